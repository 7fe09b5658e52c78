//! Ids, all drawn from the seed of one request, so that a transaction that is run again gives the
//! same ids.

use sha2::{Digest, Sha256};

/// The chance of one request: 256 random bits, drawn once, at the door.
#[derive(Clone, Copy)]
pub struct Seed([u8; 32]);

impl std::fmt::Debug for Seed {
    /// Prints nothing of the bits: tokens are made of them.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Seed(…)")
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Seed {
    /// A seed of these bits.
    pub fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// Sixteen bytes that depend on the seed and `label` only; nothing can be learned from them
    /// about those of another label.
    pub fn bytes(&self, label: &str) -> [u8; 16] {
        let digest = Sha256::new().chain_update(self.0).chain_update(label).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
        bytes
    }

    /// Sixty-four bits for `label`.
    pub fn number(&self, label: &str) -> u64 {
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(self.bytes(label)).for_each(|(to, from)| *to = from);
        u64::from_be_bytes(bytes)
    }

    /// Thirty-two lower-case hexadecimal digits for `label`, the form of license ids (1.5).
    pub fn hex(&self, label: &str) -> String {
        format!("{:032x}", u128::from_be_bytes(self.bytes(label)))
    }

    /// As many upper-case letters and digits from 2 to 7 for `label`, at most 25: the ids of IAM.
    pub fn base32(&self, label: &str, length: usize) -> String {
        let bits = u128::from_be_bytes(self.bytes(label));
        let letter = |index: usize| {
            let digit = usize::try_from(bits >> (5 * index) & 31).unwrap_or_default();
            char::from(BASE32.get(digit).copied().unwrap_or(b'A'))
        };
        (0..length).map(letter).collect()
    }

    /// As many lower-case letters and digits for `label`, at most 24: the ids of organizations.
    pub fn alphanumeric(&self, label: &str, length: usize) -> String {
        let mut bits = u128::from_be_bytes(self.bytes(label));
        let mut draw = || {
            let digit = u32::try_from(bits % 36).ok().and_then(|digit| char::from_digit(digit, 36));
            bits /= 36;
            digit.unwrap_or('0')
        };
        (0..length).map(|_| draw()).collect()
    }
}

/// The token of one check-out: the row it names and bits that nobody can guess.
///
/// On the wire 32 lower-case hexadecimal digits (reference 1.5). The row number makes the look-up
/// of an extension or a check-in one step; the secret makes the token unguessable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumptionToken {
    /// Row of the consumption.
    pub seq: i64,
    /// Sixty-four random bits that the row must hold too.
    pub secret: u64,
}

impl ConsumptionToken {
    /// Reads the wire form; `None` when it is not 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let number = u128::from_str_radix(text, 16).ok()?;
        let seq = i64::try_from(u64::try_from(number >> 64).ok()?).ok()?;
        let secret = u64::try_from(number & u128::from(u64::MAX)).ok()?;
        Some(Self { seq, secret })
    }
}

impl std::fmt::Display for ConsumptionToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:016x}{:016x}", self.seq, self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_as_it_was_written() {
        let token = ConsumptionToken { seq: (7 << 40) | 12, secret: u64::MAX - 3 };
        assert_eq!(ConsumptionToken::parse(&token.to_string()), Some(token));
    }

    #[test]
    fn text_that_is_no_token_is_refused() {
        for text in ["", "0cd7", "0CD7B2BC7C674573A669BEA8F5B75F2D", &"f".repeat(32), "é"] {
            assert_eq!(ConsumptionToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ids_of_different_labels_differ_and_repeat() {
        let seed = Seed::new([9; 32]);
        assert_eq!(seed.hex("license"), seed.hex("license"));
        assert_ne!(seed.hex("license"), seed.hex("grant"));
        assert_eq!(seed.hex("license").len(), 32);
        assert_eq!(seed.base32("user", 25).len(), 25);
        assert_ne!(seed.base32("user", 17), seed.base32("role", 17));
    }
}
