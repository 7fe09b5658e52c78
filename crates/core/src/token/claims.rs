//! What stands in tokens (T1–T5).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Token;
use crate::time::SECOND_MS;

/// How long an access token lives, seconds (T5).
pub const ACCESS_LIFE_S: i64 = 3_600;

/// What a token is good for (T6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Use {
    /// For access tokens.
    RefreshToken,
    /// For assuming a role.
    AccessToken,
}

/// The claims of a token of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer's URL (T4).
    pub iss: String,
    /// A UUID that stands for the account that made the token (T3).
    pub sub: String,
    /// ARN of the license (T1).
    pub aud: String,
    /// The token's properties, and whose token it is (T1, T2).
    pub amr: Vec<String>,
    /// Second of its issue.
    pub iat: i64,
    /// Second of its end.
    pub exp: i64,
    /// Its own id: of a refresh token the `TokenId`.
    pub jti: String,
    /// What it is good for.
    #[serde(rename = "tokenType")]
    pub token_type: Use,
    /// Of an access token, the `TokenId` of the refresh token that it was given for.
    #[serde(rename = "tokenId", skip_serializing_if = "Option::is_none", default)]
    pub token_id: Option<String>,
    /// Of a refresh token, the roles that it is meant for.
    #[serde(rename = "roleArns", skip_serializing_if = "Vec::is_empty", default)]
    pub role_arns: Vec<String>,
}

impl Claims {
    /// Those of a refresh token.
    pub fn refresh(issuer: &str, token: &Token) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: subject(&token.account),
            aud: token.license_arn.clone(),
            amr: methods(token),
            iat: token.created_at_ms.div_euclid(SECOND_MS),
            exp: token.expires_at_ms.div_euclid(SECOND_MS),
            jti: token.id.clone(),
            token_type: Use::RefreshToken,
            token_id: None,
            role_arns: token.role_arns.clone(),
        }
    }

    /// Those of an access token with this id, given for a refresh token.
    pub fn access(issuer: &str, token: &Token, id: String, now_ms: i64) -> Self {
        let iat = now_ms.div_euclid(SECOND_MS);
        Self {
            iss: issuer.to_owned(),
            sub: subject(&token.account),
            aud: token.license_arn.clone(),
            amr: methods(token),
            iat,
            exp: iat + ACCESS_LIFE_S,
            jti: id,
            token_type: Use::AccessToken,
            token_id: Some(token.id.clone()),
            role_arns: Vec::new(),
        }
    }
}

fn methods(token: &Token) -> Vec<String> {
    let own = token.properties.iter().cloned();
    own.chain([marker(&token.account)]).collect()
}

/// What trust policies know an account's tokens by (T2).
pub fn marker(account: &str) -> String {
    format!("aws:license-manager:token-issuer-account-id:{account}")
}

/// The UUID that stands for an account (T3): always the same one, so that a role can trust it
/// before there is a token.
pub fn subject(account: &str) -> String {
    let digest = Sha256::new().chain_update("token subject ").chain_update(account).finalize();
    let mut bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    // Version 8, of one's own making, and the variant.
    bits = bits & !(0xf << 76) | 0x8 << 76;
    bits = bits & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token {
            key: 1,
            id: "t-1".to_owned(),
            account: "111122223333".to_owned(),
            license_arn: "arn:l".to_owned(),
            properties: vec!["p".to_owned()],
            role_arns: vec!["arn:r".to_owned()],
            created_at_ms: 10_000,
            expires_at_ms: 20_000,
            deleted_at_ms: None,
            signing_key: "k".to_owned(),
        }
    }

    #[test]
    fn t3_a_subject_is_a_uuid_of_the_account() {
        let one = subject("111122223333");
        assert_eq!(one, subject("111122223333"));
        assert_ne!(one, subject("111122223334"));
        let lengths: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes()[14], b'8');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
    }

    #[test]
    fn t5_claims_of_both_kinds() {
        let refresh = Claims::refresh("https://i", &token());
        assert_eq!((refresh.iat, refresh.exp, refresh.jti.as_str()), (10, 20, "t-1"));
        assert_eq!(refresh.role_arns, ["arn:r"]);
        let access = Claims::access("https://i", &token(), "a-1".to_owned(), 12_345);
        assert_eq!((access.iat, access.exp, access.jti.as_str()), (12, 3_612, "a-1"));
        assert_eq!(access.token_id.as_deref(), Some("t-1"));
        let marker = "aws:license-manager:token-issuer-account-id:111122223333";
        assert_eq!(access.amr, ["p", marker]);
        assert_eq!((&refresh.sub, &refresh.aud), (&access.sub, &access.aud));
        let text = serde_json::to_string(&access).unwrap();
        assert!(text.contains(r#""tokenType":"ACCESS_TOKEN""#) && !text.contains("roleArns"));
    }
}
