//! Requests of one fixed shape, signed ahead of time.
//!
//! Everything but a client token, a product number and the signature is equal in all requests of
//! a phase. So a signed request is kept as those three values and the bytes are put together when
//! they are sent: hundreds of thousands of signed requests then need megabytes, not gigabytes,
//! and the generator copies from a template that stays in the processor's cache. The signature
//! itself is always computed before the clock starts.

use anyhow::{Context as _, Result};
use leasehold_wire::sigv4::SigningKey;
use sha2::{Digest, Sha256};

/// Stands in a body where the request's own 16 hexadecimal digits go.
pub const TOKEN_SLOT: &str = "<---request--->!";
/// Stands in a body where the eight hexadecimal digits of a product number go.
pub const PRODUCT_SLOT: &str = "<-prod->";
/// Stands in the header where the 64 hexadecimal digits of the signature go.
const SIGNATURE_SLOT: &str = "<------------------------- signature -------------------------->";

/// An access key, and the region and service its requests are signed for.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The id that goes into the header.
    pub access_key_id: String,
    /// The secret; never leaves this process.
    pub secret: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
    /// The region of the credential scope.
    pub region: String,
}

/// What is called: one operation of one service.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The signing name, for example `license-manager`.
    pub service: &'a str,
    /// The `X-Amz-Target`, for AWS JSON services.
    pub target: Option<&'a str>,
    /// The `Content-Type`.
    pub content_type: &'a str,
    /// The body, with [`TOKEN_SLOT`] and [`PRODUCT_SLOT`] where values change.
    pub body: &'a str,
}

/// A request with slots, and what is needed to sign copies of it.
pub struct Template {
    bytes: Vec<u8>,
    body_at: usize,
    token_at: Option<usize>,
    product_at: Option<usize>,
    signature_at: usize,
    canonical_head: String,
    string_to_sign_head: String,
    key: SigningKey,
}

/// One signed request: put into its template, it is complete.
#[derive(Clone, Copy, Debug)]
pub struct Signed {
    token: u64,
    product: u32,
    signer: u32,
    signature: [u8; 32],
}

impl Signed {
    /// Which of the templates it is for.
    pub fn signer(&self) -> usize {
        usize::try_from(self.signer).unwrap_or(usize::MAX)
    }
}

/// Signs `count` requests with tokens from `first_token` on, by the templates in turn, spread over
/// `products`.
pub fn sign_many(
    templates: &[Template],
    first_token: u64,
    count: u64,
    products: u32,
) -> Vec<Signed> {
    let tokens = first_token..first_token.saturating_add(count);
    let signed = tokens.zip((0_u32..).zip(templates).cycle()).map(|(token, (signer, template))| {
        Signed { signer, ..template.sign(token, spread(token, products)) }
    });
    signed.collect()
}

impl Template {
    /// Lays out a request to `host` and derives the signing key for `date` (`X-Amz-Date` form).
    pub fn new(signer: &Signer, host: &str, call: &Call<'_>, date: &str) -> Result<Self> {
        let Call { service, target, content_type, body } = call;
        let day = date.get(..8).context("a date starts with its day")?;
        let scope = format!("{day}/{}/{service}/aws4_request", signer.region);
        let mut headers = format!("content-type:{content_type}\nhost:{host}\nx-amz-date:{date}\n");
        let mut names = "content-type;host;x-amz-date".to_owned();
        if let Some(token) = &signer.session_token {
            headers.push_str(&format!("x-amz-security-token:{token}\n"));
            names.push_str(";x-amz-security-token");
        }
        if let Some(target) = target {
            headers.push_str(&format!("x-amz-target:{target}\n"));
            names.push_str(";x-amz-target");
        }
        let head = format!(
            "POST / HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, \
             SignedHeaders={names}, Signature={SIGNATURE_SLOT}\r\ncontent-length: {}\r\n\r\n",
            headers.replace('\n', "\r\n"),
            signer.access_key_id,
            body.len(),
        );
        let text = format!("{head}{body}");
        Ok(Self {
            body_at: head.len(),
            token_at: text.find(TOKEN_SLOT),
            product_at: text.find(PRODUCT_SLOT),
            signature_at: head.find(SIGNATURE_SLOT).context("the head has a signature")?,
            canonical_head: format!("POST\n/\n\n{headers}\n{names}\n"),
            string_to_sign_head: format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n"),
            key: SigningKey::derive(&signer.secret, day, &signer.region, service),
            bytes: text.into_bytes(),
        })
    }

    /// Signs the copy with these values.
    pub fn sign(&self, token: u64, product: u32) -> Signed {
        let mut signed = Signed { token, product, signer: 0, signature: [0; 32] };
        let mut bytes = Vec::with_capacity(self.bytes.len());
        self.write(&signed, &mut bytes);
        let body = bytes.get(self.body_at..).unwrap_or_default();
        let mut digits = [0; 64];
        put_digits(&mut digits, Some(0), &Sha256::digest(body));
        let canonical = Sha256::new().chain_update(&self.canonical_head).chain_update(digits);
        put_digits(&mut digits, Some(0), &canonical.finalize());
        let string_to_sign = [self.string_to_sign_head.as_bytes(), &digits].concat();
        signed.signature = self.key.sign(&string_to_sign);
        signed
    }

    /// Replaces what is in `bytes` by the complete request.
    pub fn write(&self, signed: &Signed, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&self.bytes);
        put_digits(bytes, Some(self.signature_at), &signed.signature);
        put_digits(bytes, self.token_at, &signed.token.to_be_bytes());
        put_digits(bytes, self.product_at, &signed.product.to_be_bytes());
    }
}

/// The product a token asks for: evenly spread, yet in no order a cache could profit from.
fn spread(token: u64, products: u32) -> u32 {
    let mixed = (token ^ (token >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let place = (mixed >> 32).wrapping_mul(u64::from(products)) >> 32;
    u32::try_from(place).unwrap_or_default()
}

/// Writes `value` as lower-case hexadecimal digits over the bytes from `at` on.
fn put_digits(bytes: &mut [u8], at: Option<usize>, value: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    let slot = at.and_then(|at| bytes.get_mut(at..)).unwrap_or_default();
    for (pair, byte) in slot.chunks_exact_mut(2).zip(value) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
        };
        let call = Call {
            service: "license-manager",
            target: Some("AWSLicenseManager.CheckoutLicense"),
            content_type: "application/x-amz-json-1.1",
            body: &format!("{{\"ClientToken\":\"{TOKEN_SLOT}\",\"P\":\"{PRODUCT_SLOT}\"}}"),
        };
        Template::new(&signer, "127.0.0.1:8480", &call, "20261121T200000Z").unwrap()
    }

    fn text(token: u64, product: u32) -> String {
        let template = template();
        let mut bytes = Vec::new();
        template.write(&template.sign(token, product), &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn values_stand_in_their_slots() {
        let text = text(0xbeef, 10_000);
        let body = "{\"ClientToken\":\"000000000000beef\",\"P\":\"00002710\"}";
        assert!(text.ends_with(&format!("content-length: {}\r\n\r\n{body}", body.len())));
    }

    #[test]
    fn the_signature_is_the_one_computed_by_hand() {
        assert!(text(1, 2).contains(
            "Signature=bb28f0f5421191b1e635c4fcdd546c78d714e25458bf3c09af5332cb88a7c24f\r\n"
        ));
    }

    #[test]
    fn requests_spread_evenly_over_products() {
        let mut counts = [0_u32; 10];
        for token in 0..10_000 {
            counts[spread(token, 10) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
