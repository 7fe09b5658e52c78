//! The little DER that tokens do not speak: signatures of elliptic curves, prefixes of digests.

use leasehold_core::key::SigningAlgorithm;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Two numbers of equal length, one behind the other, as a SEQUENCE of two INTEGERs.
pub fn ecdsa_signature(numbers: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = numbers.split_at_checked(numbers.len() / 2)?;
    element(SEQUENCE, &[integer(r)?, integer(s)?].concat())
}

fn integer(number: &[u8]) -> Option<Vec<u8>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..)?;
    // A first bit that is set would make it negative; no digits at all are the number 0.
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits].concat())
}

/// What is short enough for one byte of length, as everything here is.
fn element(tag: u8, content: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(content.len()).ok()?;
    match length {
        ..0x80 => Some([&[tag, length], content].concat()),
        _ => Some([&[tag, 0x81, length], content].concat()),
    }
}

/// What an OCTET STRING holds; what is none is given back as it is, for some tokens give a point
/// without it.
pub fn octets(bytes: &[u8]) -> &[u8] {
    match bytes {
        [OCTET_STRING, length, content @ ..] if usize::from(*length) == content.len() => content,
        _ => bytes,
    }
}

/// What PKCS #1 puts before a digest to tell which one it is (RFC 8017, 9.2).
pub fn digest_info(algorithm: SigningAlgorithm, digest: &[u8]) -> Option<Vec<u8>> {
    let (hash, length) = match algorithm {
        SigningAlgorithm::RsassaPkcs1V15Sha256 => (1, 32),
        SigningAlgorithm::RsassaPkcs1V15Sha384 => (2, 48),
        SigningAlgorithm::RsassaPkcs1V15Sha512 => (3, 64),
        SigningAlgorithm::RsassaPssSha256
        | SigningAlgorithm::RsassaPssSha384
        | SigningAlgorithm::RsassaPssSha512
        | SigningAlgorithm::EcdsaSha256
        | SigningAlgorithm::EcdsaSha384 => return None,
    };
    // AlgorithmIdentifier: 2.16.840.1.101.3.4.2.n with NULL.
    let oid = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00];
    let identifier = element(SEQUENCE, &oid)?;
    let value = element(OCTET_STRING, digest).filter(|_| digest.len() == length)?;
    element(SEQUENCE, &[identifier, value].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_positive() {
        let check = |numbers: &str, expect: &str| {
            let found = ecdsa_signature(&hex::decode(numbers).unwrap()).unwrap();
            assert_eq!(hex::encode(found), expect, "{numbers}");
        };
        check("0102", "3006020101020102");
        check("80ff", "300802020080020200ff");
        check("00010000", "3006020101020100");
        let long = "ff".repeat(2 * 66);
        let number = format!("02430000{}", "ff".repeat(66)).replacen("0000", "00", 1);
        check(&long, &format!("30818a{number}{number}"));
    }

    #[test]
    fn a_point_is_taken_out_of_its_wrapping() {
        assert_eq!(octets(&[4, 2, 9, 8]), [9, 8]);
        assert_eq!(octets(&[4, 9, 8, 7]), [4, 9, 8, 7]);
        assert_eq!(octets(&[]), [0_u8; 0]);
    }

    #[test]
    fn digests_say_which_they_are() {
        let info = digest_info(SigningAlgorithm::RsassaPkcs1V15Sha256, &[7; 32]).unwrap();
        assert_eq!(hex::encode(&info[..19]), "3031300d060960864801650304020105000420");
        assert_eq!(digest_info(SigningAlgorithm::RsassaPkcs1V15Sha256, &[7; 31]), None);
        assert_eq!(digest_info(SigningAlgorithm::RsassaPssSha256, &[7; 32]), None);
    }
}
