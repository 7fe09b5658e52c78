//! GetPublicKey, Sign and Verify; also for those whom a key's policy lets.

use leasehold_core::key::{Cause, SigningAlgorithm};
use leasehold_store::Tx;
use leasehold_store::key::StoredKey;

use super::find::shared;
use super::keys::{algorithms, specs, unavailable};
use super::shapes::{self, MessageType};
use crate::cx::Cx;
use crate::keyring::crypto::{self, digest_of};
use crate::operation::Outcome;
use crate::server::Server;
use crate::shape::Blob;

/// The public half.
pub async fn get_public_key(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::SharedKeyRequest,
) -> Outcome<shapes::GetPublicKeyResponse> {
    check_grant_tokens(it.grant_tokens.as_ref())?;
    let StoredKey { key, public_key, .. } = shared(tx, cx, &it.key_id).await?;
    key.check_usable()?;
    let (key_spec, customer_master_key_spec) = specs(key.spec);
    Ok(shapes::GetPublicKeyResponse {
        key_id: Some(key.arn().into()),
        public_key: Some(Blob(public_key)),
        customer_master_key_spec,
        key_spec,
        key_usage: Some(shapes::KeyUsage::SignVerify),
        encryption_algorithms: None,
        signing_algorithms: Some(algorithms(key.spec)),
        key_agreement_algorithms: None,
    })
}

/// With the private half, where it is kept.
pub async fn sign(
    server: &Server,
    cx: &Cx,
    it: &shapes::SignRequest,
) -> Outcome<shapes::SignResponse> {
    check_grant_tokens(it.grant_tokens.as_ref())?;
    let asked = Asked { key: &it.key_id, algorithm: it.signing_algorithm };
    let (found, algorithm) = asked.find(server, cx).await?;
    let digest = digest(&it.message, it.message_type, algorithm)?;
    check_dry_run(it.dry_run)?;
    let signature = server.keys.sign(&found, algorithm, &digest).await;
    let signature = signature.map_err(|fault| unavailable(cx, &fault))?;
    Ok(shapes::SignResponse {
        key_id: Some(found.key.arn().into()),
        signature: Some(Blob(signature)),
        signing_algorithm: Some(it.signing_algorithm),
    })
}

/// With the public half.
pub async fn verify(
    server: &Server,
    cx: &Cx,
    it: &shapes::VerifyRequest,
) -> Outcome<shapes::VerifyResponse> {
    check_grant_tokens(it.grant_tokens.as_ref())?;
    let asked = Asked { key: &it.key_id, algorithm: it.signing_algorithm };
    let (found, algorithm) = asked.find(server, cx).await?;
    let digest = digest(&it.message, it.message_type, algorithm)?;
    check_dry_run(it.dry_run)?;
    if !crypto::verify(&found.public_key, algorithm, &digest, &it.signature.0) {
        return Err(Cause::WrongSignature.into());
    }
    Ok(shapes::VerifyResponse {
        key_id: Some(found.key.arn().into()),
        signature_valid: Some(true),
        signing_algorithm: Some(it.signing_algorithm),
    })
}

/// What a request asks of which key.
struct Asked<'a> {
    key: &'a str,
    algorithm: shapes::SigningAlgorithm,
}

impl Asked<'_> {
    /// The key, if it can do so at this time. The transaction is over then, for signing takes long.
    async fn find(&self, server: &Server, cx: &Cx) -> Outcome<(StoredKey, SigningAlgorithm)> {
        let mut tx = server.store.read().await?;
        let found = shared(&mut tx, cx, self.key).await?;
        found.key.check_usable()?;
        let algorithm = SigningAlgorithm::named(self.algorithm.as_str());
        let algorithm = algorithm.ok_or(Cause::WrongAlgorithm)?;
        found.key.check_algorithm(algorithm)?;
        Ok((found, algorithm))
    }
}

/// What is signed: the digest of the message, or the message where it is one.
fn digest(
    message: &shapes::Message,
    kind: Option<MessageType>,
    algorithm: SigningAlgorithm,
) -> Result<Vec<u8>, Cause> {
    match kind {
        None | Some(MessageType::Raw) => Ok(digest_of(algorithm, &message.0)),
        Some(MessageType::Digest) if message.0.len() == algorithm.digest_length() => {
            Ok(message.0.clone())
        }
        Some(MessageType::Digest) => Err(Cause::WrongDigest),
        Some(MessageType::ExternalMu) => Err(Cause::WrongMessageType),
    }
}

fn check_grant_tokens(tokens: Option<&shapes::GrantTokens>) -> Result<(), Cause> {
    let has_some = tokens.is_some_and(|tokens| !tokens.0.is_empty());
    if has_some { Err(Cause::WrongGrantToken) } else { Ok(()) }
}

fn check_dry_run(dry_run: Option<bool>) -> Result<(), Cause> {
    if dry_run == Some(true) { Err(Cause::DryRun) } else { Ok(()) }
}
