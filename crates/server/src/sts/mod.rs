//! AWS Security Token Service (8.1): temporary credentials, and who the caller is.

mod assume;
mod credentials;
pub mod error;
mod keys;
mod shapes;
mod trust;
mod web_identity;

use crate::cx::Cx;
use crate::operation::{Operation, Outcome, bare, ledger, read};
use error::{
    EXPIRED_TOKEN, IDP_COMMUNICATION_ERROR, IDP_REJECTED_CLAIM, INVALID_IDENTITY_TOKEN,
    MALFORMED_POLICY_DOCUMENT, PACKED_POLICY_TOO_LARGE, REGION_DISABLED,
};

/// The operations of this service.
pub fn operations() -> Vec<Operation> {
    vec![
        read(
            "AssumeRole",
            &[MALFORMED_POLICY_DOCUMENT, PACKED_POLICY_TOO_LARGE, REGION_DISABLED, EXPIRED_TOKEN],
            |tx, cx, it| Box::pin(assume::assume_role(tx, cx, it)),
        )
        .trusted(),
        ledger(
            "AssumeRoleWithWebIdentity",
            &[
                MALFORMED_POLICY_DOCUMENT,
                PACKED_POLICY_TOO_LARGE,
                IDP_REJECTED_CLAIM,
                IDP_COMMUNICATION_ERROR,
                INVALID_IDENTITY_TOKEN,
                EXPIRED_TOKEN,
                REGION_DISABLED,
            ],
            |server, cx, it| Box::pin(web_identity::assume_role(server, cx, it)),
        )
        .unsigned(),
        read("GetSessionToken", &[REGION_DISABLED], |tx, cx, it| {
            Box::pin(assume::get_session_token(tx, cx, it))
        })
        .open(),
        read("GetAccessKeyInfo", &[], |tx, cx, it| Box::pin(keys::get_access_key_info(tx, cx, it))),
        // Who may nothing else may still ask who it is.
        bare("GetCallerIdentity", &[], get_caller_identity).open(),
    ]
}

/// Answers from the request's signature alone.
fn get_caller_identity(
    cx: &Cx,
    _: &shapes::GetCallerIdentityRequest,
) -> Outcome<shapes::GetCallerIdentityResponse> {
    Ok(shapes::GetCallerIdentityResponse {
        user_id: Some(cx.caller.user_id().to_owned()),
        account: Some(cx.caller.account.clone()),
        arn: Some(cx.caller.principal.as_str().into()),
    })
}
