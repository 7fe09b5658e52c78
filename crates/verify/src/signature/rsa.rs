//! RSA signatures, verification alone: RSASSA-PSS and RSASSA-PKCS1-v1_5 of RFC 8017.
//!
//! Written out here over `crypto-bigint`, because a whole RSA library brings private keys with
//! it: more code, an open advisory about their timing (RUSTSEC-2023-0071) that every vendor's
//! audit would show, and, as its exponents are secret, twice the time.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Shorter keys can be broken.
const MODULUS_BITS_MIN: u32 = 2048;
/// Longer keys exist nowhere; the work grows with the square of the length.
const MODULUS_BITS_MAX: u32 = 8192;
/// FIPS 186-5 allows no smaller exponent, and everybody uses this one.
const EXPONENT_MIN: u64 = 65_537;
/// The work grows with the length of the exponent.
const EXPONENT_MAX: u64 = u32::MAX as u64;

/// What a signature of PSS ends with.
const TRAILER: u8 = 0xbc;

/// A modulus and an exponent.
#[derive(Debug, Clone)]
pub struct Key {
    modulus: BoxedMontyParams,
    exponent: u64,
}

/// What is wrong with a key's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The modulus is even, or of a length out of the limits.
    Modulus,
    /// The exponent is even, or out of the limits.
    Exponent,
}

/// A hash as the signatures of PKCS #1 v1.5 name it.
pub trait Named: Digest {
    /// The DER of `DigestInfo` up to the digest itself (RFC 8017, section 9.2, note 1).
    const DIGEST_INFO: [u8; 19];
}

impl Named for Sha256 {
    const DIGEST_INFO: [u8; 19] = digest_info(1, 32);
}

impl Named for Sha384 {
    const DIGEST_INFO: [u8; 19] = digest_info(2, 48);
}

impl Named for Sha512 {
    const DIGEST_INFO: [u8; 19] = digest_info(3, 64);
}

/// `SEQUENCE { SEQUENCE { 2.16.840.1.101.3.4.2.<hash>, NULL }, OCTET STRING (bytes) }`.
const fn digest_info(hash: u8, bytes: u8) -> [u8; 19] {
    let oid = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash];
    let [a, b, c, d, e, f, g, h, i, j, k] = oid;
    [0x30, 17 + bytes, 0x30, 0x0d, a, b, c, d, e, f, g, h, i, j, k, 0x05, 0x00, 0x04, bytes]
}

impl Key {
    /// A key from its numbers, both big-endian.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, Unusable> {
        if modulus.len() > MODULUS_BITS_MAX.div_ceil(8) as usize + 1 {
            return Err(Unusable::Modulus);
        }
        let modulus = BoxedUint::from_be_slice_vartime(modulus);
        if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&modulus.bits()) {
            return Err(Unusable::Modulus);
        }
        let modulus: Option<Odd<BoxedUint>> = Odd::new(modulus).into();
        let modulus = BoxedMontyParams::new_vartime(modulus.ok_or(Unusable::Modulus)?);
        let exponent = small_number(exponent).ok_or(Unusable::Exponent)?;
        if exponent % 2 == 0 || !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
            return Err(Unusable::Exponent);
        }
        Ok(Self { modulus, exponent })
    }

    /// Whether `signature` is this key's over `message` by RSASSA-PSS, with the same hash for
    /// everything and as many bytes of salt as the hash has (RFC 7518, section 3.5; J1a).
    pub fn verify_pss<D: Digest>(&self, message: &[u8], signature: &[u8]) -> bool {
        let encoded_bits = self.modulus.modulus().bits() - 1;
        self.recover(signature, encoded_bits.div_ceil(8) as usize)
            .is_some_and(|encoded| is_pss::<D>(&encoded, encoded_bits, &D::digest(message)))
    }

    /// Whether `signature` is this key's over `message` by RSASSA-PKCS1-v1_5. The encoding is
    /// made again and compared, so that there is nothing in it to be read wrongly.
    pub fn verify_pkcs1<D: Named>(&self, message: &[u8], signature: &[u8]) -> bool {
        let digest = D::digest(message);
        let Some(recovered) = self.recover(signature, self.bytes()) else { return false };
        let filled = D::DIGEST_INFO.len() + digest.len() + 3;
        let Some(padding) = recovered.len().checked_sub(filled) else { return false };
        let mut expected = vec![0, 1];
        expected.resize(2 + padding, 0xff);
        expected.push(0);
        expected.extend_from_slice(&D::DIGEST_INFO);
        expected.extend_from_slice(&digest);
        recovered == expected
    }

    fn bytes(&self) -> usize {
        self.modulus.modulus().bits().div_ceil(8) as usize
    }

    /// What was signed: the signature to the power of the exponent, as `bytes` bytes (RSAVP1 and
    /// I2OSP of RFC 8017). `None` for a signature of another length than the modulus, or not
    /// below it, or when the result is longer.
    fn recover(&self, signature: &[u8], bytes: usize) -> Option<Vec<u8>> {
        let modulus = self.modulus.modulus();
        if signature.len() != self.bytes() {
            return None;
        }
        let signature = BoxedUint::from_be_slice(signature, modulus.bits_precision()).ok()?;
        if signature >= *modulus.as_ref() {
            return None;
        }
        let base = BoxedMontyForm::new(signature, &self.modulus);
        let mut power = base.clone();
        // From the second highest bit down; the highest is the base itself.
        for bit in (0..self.exponent.ilog2()).rev() {
            power = power.square();
            if self.exponent >> bit & 1 == 1 {
                power = power.mul(&base);
            }
        }
        let number = power.retrieve().to_be_bytes();
        let (above, number) = number.split_at_checked(number.len().checked_sub(bytes)?)?;
        above.iter().all(|byte| *byte == 0).then(|| number.to_vec())
    }
}

/// Whether `encoded` is an encoding of `digest` (EMSA-PSS-VERIFY, RFC 8017, section 9.1.2).
fn is_pss<D: Digest>(encoded: &[u8], encoded_bits: u32, digest: &[u8]) -> bool {
    let Some((&TRAILER, encoded)) = encoded.split_last() else { return false };
    let Some(block_bytes) = encoded.len().checked_sub(digest.len()) else { return false };
    let Some((block, hash)) = encoded.split_at_checked(block_bytes) else { return false };
    // Bits of the first byte that are beyond the encoding's length.
    let beyond = !(0xff_u8 >> (encoded_bits.next_multiple_of(8) - encoded_bits));
    if block.first().is_none_or(|first| first & beyond != 0) {
        return false;
    }
    let mut block = block.to_vec();
    unmask::<D>(&mut block, hash);
    if let Some(first) = block.first_mut() {
        *first &= !beyond;
    }
    let Some(padding_bytes) = block.len().checked_sub(digest.len()) else { return false };
    let Some((padding, salt)) = block.split_at_checked(padding_bytes) else { return false };
    let Some((&1, zeros)) = padding.split_last() else { return false };
    let expected = D::new().chain_update([0; 8]).chain_update(digest).chain_update(salt);
    zeros.iter().all(|byte| *byte == 0) && *expected.finalize() == *hash
}

/// Takes off the mask that MGF1 makes of `seed` (RFC 8017, section B.2.1).
fn unmask<D: Digest>(block: &mut [u8], seed: &[u8]) {
    for (counter, chunk) in (0_u32..).zip(block.chunks_mut(<D as Digest>::output_size())) {
        let mask = D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        for (byte, mask) in chunk.iter_mut().zip(mask.iter()) {
            *byte ^= mask;
        }
    }
}

/// A big-endian number that fits.
fn small_number(bytes: &[u8]) -> Option<u64> {
    let mut digits = bytes.iter().skip_while(|byte| **byte == 0);
    digits.try_fold(0_u64, |number, byte| Some(number.checked_mul(256)? + u64::from(*byte)))
}
