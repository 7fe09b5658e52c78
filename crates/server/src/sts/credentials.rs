//! Temporary credentials: what they may carry, and how they look.

use leasehold_core::Refusal;
use leasehold_core::iam::{Kind, Policy};
use leasehold_core::identity::{Entity, PolicyArn};
use leasehold_core::session::{
    Cause, Of, Session, WebIdentity, assumed_role_arn, draw_key_id, packed_size,
};
use leasehold_core::time::SECOND_MS;
use leasehold_store::Error;

use super::shapes::{self, PolicyDescriptor};
use crate::cx::Cx;
use crate::operation::{Failure, Outcome};
use crate::shape::Timestamp;

/// What a session is asked to carry, checked.
#[derive(Default)]
pub struct Load {
    /// What limits it.
    pub policy: Option<String>,
    /// Managed policies that limit it.
    pub policy_arns: Vec<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Keys of those that the next session has, too.
    pub transitive: Vec<String>,
    /// Who it is in the end.
    pub source_identity: Option<String>,
    /// Whose token it is given for.
    pub web_identity: Option<WebIdentity>,
    /// How full that makes it, percent.
    pub packed: Option<i32>,
}

impl Load {
    /// The same within these policies, checked.
    ///
    /// # Errors
    /// If a policy is none, or all is too much together.
    pub fn limited(
        self,
        role: &Entity,
        policy: Option<&str>,
        policy_arns: Option<&[PolicyDescriptor]>,
    ) -> Result<Self, Refusal> {
        let policy_arns: Vec<_> = policy_arns
            .into_iter()
            .flatten()
            .map(|it| it.arn.as_deref().unwrap_or_default().to_owned())
            .collect();
        let is_ours = |arn: &String| {
            PolicyArn::parse(arn)
                .is_ok_and(|parsed| parsed.account == role.account || parsed.is_of_aws())
        };
        if let Some(index) = policy_arns.iter().position(|arn| !is_ours(arn)) {
            let text = format!(
                "PolicyArns.{}.member.arn: it must be a managed policy of AWS's or of the role's \
                 account.",
                index + 1
            );
            return Err(Cause::Validation.because(text));
        }
        if let Some(policy) = policy {
            Policy::parse(Kind::Identity, policy)
                .map_err(|fault| Cause::MalformedPolicy.because(format!("Policy: {fault}")))?;
        }
        let packed = packed_size(policy, &policy_arns, &self.tags)?;
        Ok(Self { policy: policy.map(str::to_owned), policy_arns, packed, ..self })
    }

    /// How full the session is.
    pub fn packed(&self) -> Option<shapes::Percent> {
        self.packed.map(shapes::Percent)
    }
}

/// Makes credentials of a session that begins now.
///
/// # Errors
/// When the session cannot be sealed.
pub fn make(
    cx: &Cx,
    account: &str,
    of: Of,
    life_s: i32,
    load: Load,
) -> Outcome<shapes::Credentials> {
    let key_id = draw_key_id(&cx.seed, account);
    let secret = cx.seed.hex("session secret 1") + &cx.seed.hex("session secret 2");
    let secret: String = secret.chars().take(SECRET_LENGTH).collect();
    let session = Session {
        account: account.to_owned(),
        secret: secret.clone(),
        issued_at_ms: cx.now_ms,
        expires_at_ms: cx.now_ms + i64::from(life_s) * SECOND_MS,
        of,
        policy: load.policy,
        policy_arns: load.policy_arns,
        tags: load.tags,
        transitive: load.transitive,
        source_identity: load.source_identity,
        web_identity: load.web_identity,
    };
    let session_token = crate::session::seal(&cx.keyring, &key_id, &session)
        .map_err(|fault| Failure::Store(Error::failed(fault)))?;
    Ok(shapes::Credentials {
        access_key_id: key_id.into(),
        secret_access_key: secret.into(),
        session_token: session_token.into(),
        expiration: Timestamp(session.expires_at_ms),
    })
}

/// Characters of a secret.
const SECRET_LENGTH: usize = 40;

/// Who the caller is with a session of a role.
pub fn assumed(role: &Entity, name: &str) -> shapes::AssumedRoleUser {
    shapes::AssumedRoleUser {
        assumed_role_id: format!("{}:{name}", role.id).into(),
        arn: assumed_role_arn(role, name).into(),
    }
}
