//! JSON Web Keys: public halves, as providers publish them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};

use super::{RS256, decode, encode};

/// Keys of a set that are read.
pub const KEYS_MAX: usize = 100;

/// A public key. What it lacks, it cannot verify with.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Jwk {
    /// `RSA` or `EC`.
    pub kty: String,
    /// Its name in headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The only way to sign with it, if it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// What for; `sig` if it says.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Modulus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

/// What a provider publishes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JwkSet {
    /// Its keys.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a set; keys of kinds that are not known here are passed over.
    pub fn read(json: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Raw {
            keys: Vec<serde_json::Value>,
        }
        let raw: Raw = serde_json::from_slice(json).ok()?;
        let keys = raw.keys.into_iter().take(KEYS_MAX);
        let keys = keys.filter_map(|key| serde_json::from_value(key).ok()).collect();
        Some(Self { keys })
    }

    /// The keys that a header with this `kid` may mean: those of that name; without a name, all.
    pub fn named<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a Jwk> {
        let is_meant = move |key: &&Jwk| kid.is_none() || key.kid.as_deref() == kid;
        self.keys.iter().filter(is_meant)
    }
}

impl Jwk {
    /// The key of ours with this name and DER SubjectPublicKeyInfo.
    pub fn of_rsa(kid: &str, public_key: &[u8]) -> Option<Self> {
        let (n, e) = rsa_components(public_key)?;
        Some(Self {
            kty: "RSA".to_owned(),
            kid: Some(kid.to_owned()),
            alg: Some(RS256.to_owned()),
            usage: Some("sig".to_owned()),
            n: Some(encode(n)),
            e: Some(encode(e)),
            ..Self::default()
        })
    }

    /// Whether a signature is one by this key. How it is made must fit the key: a public key is
    /// never taken for a shared secret, and `none` is no way to sign.
    pub fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let may = self.alg.as_deref().is_none_or(|only| only == algorithm)
            && self.usage.as_deref().is_none_or(|usage| usage == "sig");
        may && self.try_verify(algorithm, message, signature).is_some()
    }

    fn try_verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Option<()> {
        let member = |member: &Option<String>| decode(member.as_deref()?);
        match self.kty.as_str() {
            "RSA" => {
                let key = RsaPublicKeyComponents { n: member(&self.n)?, e: member(&self.e)? };
                key.verify(rsa(algorithm)?, message, signature).ok()
            }
            "EC" => {
                let (algorithm, curve, length) = curve(algorithm)?;
                let (x, y) = (member(&self.x)?, member(&self.y)?);
                if self.crv.as_deref() != Some(curve) || x.len() != length || y.len() != length {
                    return None;
                }
                // An uncompressed point.
                let point = [&[4], x.as_slice(), &y].concat();
                UnparsedPublicKey::new(algorithm, point).verify(message, signature).ok()
            }
            _ => None,
        }
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        RS256 => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn curve(algorithm: &str) -> Option<(&'static dyn VerificationAlgorithm, &'static str, usize)> {
    Some(match algorithm {
        "ES256" => (&ECDSA_P256_SHA256_FIXED, "P-256", 32),
        "ES384" => (&ECDSA_P384_SHA384_FIXED, "P-384", 48),
        _ => return None,
    })
}

/// Modulus and exponent of an RSA key in a SubjectPublicKeyInfo.
fn rsa_components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;
    const SEQUENCE: u8 = 0x30;
    let (info, _) = element(der, SEQUENCE)?;
    let (_, rest) = element(info, SEQUENCE)?;
    let (bits, _) = element(rest, BIT_STRING)?;
    // It begins with how many bits of its last byte are unused: none.
    let (key, _) = element(bits.strip_prefix(&[0])?, SEQUENCE)?;
    let (modulus, rest) = element(key, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    // A zero in front only says that the number is positive.
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

/// The element of this tag that DER begins with, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*length) {
        short @ 0..=0x7f => (short, rest),
        long => {
            let (length, rest) = rest.split_at_checked(long - 0x80)?;
            let fold =
                |sum: usize, byte: &u8| sum.checked_mul(256)?.checked_add(usize::from(*byte));
            (length.iter().try_fold(0, fold)?, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    (*first == tag).then_some((content, rest))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    };

    use super::*;

    fn rsa_key() -> (RsaKeyPair, Jwk) {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let jwk = Jwk::of_rsa("k", der.as_ref()).unwrap();
        (pair, jwk)
    }

    #[test]
    fn rsa_keys_verify_what_they_signed_and_nothing_else() {
        let (pair, jwk) = rsa_key();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"m", &mut signature).unwrap();
        assert!(jwk.verify("RS256", b"m", &signature));
        assert!(!jwk.verify("RS256", b"n", &signature));
        let free = Jwk { alg: None, ..jwk.clone() };
        for algorithm in ["none", "None", "", "HS256", "RS384", "PS256", "ES256"] {
            assert!(!free.verify(algorithm, b"m", &signature), "{algorithm}");
            assert!(!free.verify(algorithm, b"m", b""), "{algorithm}");
        }
        assert!(
            !Jwk { alg: Some("RS384".to_owned()), ..jwk.clone() }.verify("RS256", b"m", &signature)
        );
        assert!(!Jwk { usage: Some("enc".to_owned()), ..jwk }.verify("RS256", b"m", &signature));
        assert!(!rsa_key().1.verify("RS256", b"m", &signature), "another key");
    }

    #[test]
    fn elliptic_keys_verify_too() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let signature = pair.sign(&SystemRandom::new(), b"m").unwrap();
        let point = pair.public_key().as_ref();
        let jwk = Jwk {
            kty: "EC".to_owned(),
            crv: Some("P-256".to_owned()),
            x: Some(encode(&point[1..33])),
            y: Some(encode(&point[33..])),
            ..Jwk::default()
        };
        assert!(jwk.verify("ES256", b"m", signature.as_ref()));
        assert!(!jwk.verify("ES256", b"n", signature.as_ref()));
        let other = Jwk { crv: Some("P-384".to_owned()), ..jwk };
        assert!(!other.verify("ES256", b"m", signature.as_ref()));
    }

    #[test]
    fn sets_are_read_with_keys_of_unknown_kinds() {
        let set = br#"{"keys": [{"kty": "OKP", "kid": "a"}, {"kid": "b"}, 7, {"kty": "RSA"}]}"#;
        let set = JwkSet::read(set).unwrap();
        assert_eq!(set.keys.len(), 2);
        assert_eq!(set.named(Some("a")).count(), 1);
        assert_eq!(set.named(None).count(), 2);
        assert!(JwkSet::read(b"{}").is_none() && JwkSet::read(b"[]").is_none());
    }

    #[test]
    fn der_that_is_cut_short_is_no_key() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        for end in 0..der.as_ref().len() {
            assert!(rsa_components(&der.as_ref()[..end]).is_none());
        }
    }
}
