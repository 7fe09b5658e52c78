//! AWS Security Token Service: so far only who the caller is (8.1).

use crate::cx::Cx;
use crate::operation::{Operation, Outcome, bare};
use crate::shape;

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
        arn: "Arn" => Option<String>,
    }
}

/// The operations of this service.
pub fn operations() -> Vec<Operation> {
    vec![bare("GetCallerIdentity", &[], get_caller_identity)]
}

/// Answers from the request's signature alone.
fn get_caller_identity(
    cx: &Cx,
    _: &GetCallerIdentityRequest,
) -> Outcome<GetCallerIdentityResponse> {
    Ok(GetCallerIdentityResponse {
        user_id: Some(cx.caller.user_id().to_owned()),
        account: Some(cx.caller.account.clone()),
        arn: Some(cx.caller.principal.clone()),
    })
}
