//! Shapes: signatures and public keys.

use super::{
    CustomerMasterKeySpec, EncryptionAlgorithm, GrantTokens, KeyAgreementAlgorithm, KeyId, KeySpec,
    KeyUsage, MessageType, SigningAlgorithm,
};
use crate::shape;
use crate::shape::Blob;

/// The model's `PublicKeyType`.
pub type PublicKey = Blob<8_192>;
/// The model's `PlaintextType`.
pub type Message = Blob<4_096>;
/// The model's `CiphertextType`.
pub type Signature = Blob<6_144>;

shape! {
    /// Output of GetPublicKey.
    pub struct GetPublicKeyResponse {
        /// ARN.
        key_id: "KeyId" => Option<KeyId>,
        /// A DER SubjectPublicKeyInfo.
        public_key: "PublicKey" => Option<PublicKey>,
        /// Its kind, by the deprecated name.
        customer_master_key_spec: "CustomerMasterKeySpec" => Option<CustomerMasterKeySpec>,
        /// Its kind.
        key_spec: "KeySpec" => Option<KeySpec>,
        /// SIGN_VERIFY.
        key_usage: "KeyUsage" => Option<KeyUsage>,
        /// Never.
        encryption_algorithms: "EncryptionAlgorithms" => Option<Vec<EncryptionAlgorithm>>,
        /// How it can sign.
        signing_algorithms: "SigningAlgorithms" => Option<Vec<SigningAlgorithm>>,
        /// Never.
        key_agreement_algorithms: "KeyAgreementAlgorithms" => Option<Vec<KeyAgreementAlgorithm>>,
    }
}

shape! {
    /// Input of Sign.
    pub struct SignRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// What is signed, or its digest.
        message: "Message" => Message,
        /// Which of the two; RAW if absent.
        message_type: "MessageType" => Option<MessageType>,
        /// None.
        grant_tokens: "GrantTokens" => Option<GrantTokens>,
        /// How.
        signing_algorithm: "SigningAlgorithm" => SigningAlgorithm,
        /// Whether to check only.
        dry_run: "DryRun" => Option<bool>,
    }
}

shape! {
    /// Output of Sign.
    pub struct SignResponse {
        /// ARN.
        key_id: "KeyId" => Option<KeyId>,
        /// The signature.
        signature: "Signature" => Option<Signature>,
        /// How.
        signing_algorithm: "SigningAlgorithm" => Option<SigningAlgorithm>,
    }
}

shape! {
    /// Input of Verify.
    pub struct VerifyRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// What is signed, or its digest.
        message: "Message" => Message,
        /// Which of the two; RAW if absent.
        message_type: "MessageType" => Option<MessageType>,
        /// The signature.
        signature: "Signature" => Signature,
        /// How.
        signing_algorithm: "SigningAlgorithm" => SigningAlgorithm,
        /// None.
        grant_tokens: "GrantTokens" => Option<GrantTokens>,
        /// Whether to check only.
        dry_run: "DryRun" => Option<bool>,
    }
}

shape! {
    /// Output of Verify.
    pub struct VerifyResponse {
        /// ARN.
        key_id: "KeyId" => Option<KeyId>,
        /// True.
        signature_valid: "SignatureValid" => Option<bool>,
        /// How.
        signing_algorithm: "SigningAlgorithm" => Option<SigningAlgorithm>,
    }
}
