//! Shapes of requests and answers (8.1); limits as in the model.

use serde::Serialize;
use serde_json::Value;

use crate::iam::shapes::{TagKeys, Tags};
use crate::shape::{
    Bounded, Description, FREE, Limits, Path, RoleSessionDuration, Secret, Shape, Timestamp,
    UserSessionDuration, Violations,
};
use crate::{shape, strings};

const NAME: &str = r"[\w+=,.@-]*";
const LATIN: &str = r"[\u0009\u000A\u000D\u0020-\u00FF]+";

strings! {
    /// The model's `accessKeyIdType`.
    AccessKeyId: Limits { min: Some(16), max: Some(128), pattern: Some(r"[\w]*") };
    /// The model's `arnType`.
    StsArn: Limits {
        min: Some(20),
        max: Some(2_048),
        pattern: Some(
            r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
        ),
    };
    /// The model's `assumedRoleIdType`.
    AssumedRoleId: Limits { min: Some(2), max: Some(193), pattern: Some(r"[\w+=,.@:-]*") };
    /// The model's `clientTokenType`.
    WebIdentityToken: Limits { min: Some(4), max: Some(20_000), ..FREE };
    /// The model's `contextAssertionType`.
    ContextAssertion: Limits { min: Some(4), max: Some(2_048), ..FREE };
    /// The model's `externalIdType`.
    ExternalId: Limits { min: Some(2), max: Some(1_224), pattern: Some(r"[\w+=,.@:\/-]*") };
    /// The model's `roleSessionNameType`.
    RoleSessionName: Limits { min: Some(2), max: Some(64), pattern: Some(NAME) };
    /// The model's `serialNumberType`.
    SerialNumber: Limits { min: Some(9), max: Some(256), pattern: Some(r"[\w+=/:,.@-]*") };
    /// The model's `sessionPolicyDocumentType`.
    SessionPolicy: Limits { min: Some(1), max: Some(2_048), pattern: Some(LATIN) };
    /// The model's `sourceIdentityType`.
    SourceIdentity: Limits { min: Some(2), max: Some(64), pattern: Some(NAME) };
    /// The model's `tokenCodeType`.
    TokenCode: Limits { min: Some(6), max: Some(6), pattern: Some(r"[\d]*") };
    /// The model's `unrestrictedSessionPolicyDocumentType`.
    LongSessionPolicy: Limits { min: Some(1), pattern: Some(LATIN), ..FREE };
    /// The model's `urlType`.
    ProviderId: Limits { min: Some(4), max: Some(2_048), ..FREE };
    /// The model's `webIdentitySubjectType`.
    Subject: Limits { min: Some(6), max: Some(255), ..FREE };
}

/// The model's `nonNegativeIntegerType`, which only answers have.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Percent(pub i32);

impl Shape for Percent {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        i32::accept(value, path, violations).map(Self)
    }

    fn describe() -> Description {
        Description::Integer { min: Some(0), max: None }
    }
}

shape! {
    /// A managed policy that limits a session.
    pub struct PolicyDescriptor {
        /// Its ARN.
        arn: "arn" => Option<StsArn>,
    }
}

shape! {
    /// What another provider says of a session.
    pub struct ProvidedContext {
        /// The provider.
        provider_arn: "ProviderArn" => Option<StsArn>,
        /// What it says.
        context_assertion: "ContextAssertion" => Option<ContextAssertion>,
    }
}

shape! {
    /// Temporary credentials.
    pub struct Credentials {
        /// `ASIA…`.
        access_key_id: "AccessKeyId" => AccessKeyId,
        /// Its secret.
        secret_access_key: "SecretAccessKey" => Secret<String>,
        /// What goes with every request.
        session_token: "SessionToken" => Secret<String>,
        /// Their end.
        expiration: "Expiration" => Timestamp,
    }
}

shape! {
    /// Who the caller is then.
    pub struct AssumedRoleUser {
        /// `AROA…:<session>`.
        assumed_role_id: "AssumedRoleId" => AssumedRoleId,
        /// ARN.
        arn: "Arn" => StsArn,
    }
}

shape! {
    /// 8.1.
    pub struct AssumeRoleRequest {
        /// Role.
        role_arn: "RoleArn" => StsArn,
        /// Name of the session.
        role_session_name: "RoleSessionName" => RoleSessionName,
        /// What limits it.
        policy_arns: "PolicyArns" => Option<Vec<PolicyDescriptor>>,
        /// What limits it.
        policy: "Policy" => Option<LongSessionPolicy>,
        /// How long it is.
        duration_seconds: "DurationSeconds" => Option<RoleSessionDuration>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
        /// Those of them that the next session has, too.
        transitive_tag_keys: "TransitiveTagKeys" => Option<TagKeys>,
        /// What the trust policy may ask for.
        external_id: "ExternalId" => Option<ExternalId>,
        /// Of a second factor; there are none here.
        serial_number: "SerialNumber" => Option<SerialNumber>,
        /// Of a second factor; there are none here.
        token_code: "TokenCode" => Option<TokenCode>,
        /// Who it is in the end.
        source_identity: "SourceIdentity" => Option<SourceIdentity>,
        /// Of other providers; there are none here.
        provided_contexts: "ProvidedContexts" => Option<Bounded<ProvidedContext, 1, 5>>,
    }
}

shape! {
    /// 8.1.
    pub struct AssumeRoleResponse {
        /// The credentials.
        credentials: "Credentials" => Option<Credentials>,
        /// Who the caller is with them.
        assumed_role_user: "AssumedRoleUser" => Option<AssumedRoleUser>,
        /// How full the session is.
        packed_policy_size: "PackedPolicySize" => Option<Percent>,
        /// As asked.
        source_identity: "SourceIdentity" => Option<SourceIdentity>,
    }
}

shape! {
    /// 8.1.
    pub struct AssumeRoleWithWebIdentityRequest {
        /// Role.
        role_arn: "RoleArn" => StsArn,
        /// Name of the session.
        role_session_name: "RoleSessionName" => RoleSessionName,
        /// The token.
        web_identity_token: "WebIdentityToken" => Secret<WebIdentityToken>,
        /// Of providers with OAuth 2.0; there are none here.
        provider_id: "ProviderId" => Option<ProviderId>,
        /// What limits the session.
        policy_arns: "PolicyArns" => Option<Vec<PolicyDescriptor>>,
        /// What limits the session.
        policy: "Policy" => Option<SessionPolicy>,
        /// How long it is.
        duration_seconds: "DurationSeconds" => Option<RoleSessionDuration>,
    }
}

shape! {
    /// 8.1.
    pub struct AssumeRoleWithWebIdentityResponse {
        /// The credentials.
        credentials: "Credentials" => Option<Credentials>,
        /// `sub` of the token.
        subject_from_web_identity_token: "SubjectFromWebIdentityToken" => Option<Subject>,
        /// Who the caller is with them.
        assumed_role_user: "AssumedRoleUser" => Option<AssumedRoleUser>,
        /// How full the session is.
        packed_policy_size: "PackedPolicySize" => Option<Percent>,
        /// `iss` of the token.
        provider: "Provider" => Option<String>,
        /// `aud` of the token.
        audience: "Audience" => Option<String>,
        /// Never said.
        source_identity: "SourceIdentity" => Option<SourceIdentity>,
    }
}

shape! {
    /// 8.1.
    pub struct GetSessionTokenRequest {
        /// How long the session is.
        duration_seconds: "DurationSeconds" => Option<UserSessionDuration>,
        /// Of a second factor; there are none here.
        serial_number: "SerialNumber" => Option<SerialNumber>,
        /// Of a second factor; there are none here.
        token_code: "TokenCode" => Option<TokenCode>,
    }
}

shape! {
    /// 8.1.
    pub struct GetSessionTokenResponse {
        /// The credentials.
        credentials: "Credentials" => Option<Credentials>,
    }
}

shape! {
    /// 8.1.
    pub struct GetAccessKeyInfoRequest {
        /// Key.
        access_key_id: "AccessKeyId" => AccessKeyId,
    }
}

shape! {
    /// 8.1.
    pub struct GetAccessKeyInfoResponse {
        /// Whose it is.
        account: "Account" => Option<String>,
    }
}

shape! {
    /// No members.
    pub struct GetCallerIdentityRequest {}
}

shape! {
    /// 8.1.
    pub struct GetCallerIdentityResponse {
        /// Id of the principal; an account's root has the account's number.
        user_id: "UserId" => Option<String>,
        /// Account.
        account: "Account" => Option<String>,
        /// Principal.
        arn: "Arn" => Option<StsArn>,
    }
}
