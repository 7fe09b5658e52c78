//! What temporary credentials are not good for, whatever policies say.

use leasehold_core::session::Of;
use leasehold_wire::{AuthFault, Fault, Route, Service};

use crate::auth::Caller;

/// Of STS, what the credentials of GetSessionToken are good for.
const OF_STS: [&str; 2] = ["AssumeRole", "GetCallerIdentity"];

/// Refuses what AWS does not take the credentials of GetSessionToken for: IAM, for want of a second
/// factor, and most of STS (API, GetSessionToken). Sessions of roles may do either.
///
/// # Errors
/// As AWS answers.
pub fn check_session(caller: &Caller, route: &Route) -> Result<(), Fault> {
    match caller.session.as_ref().map(|session| &session.of) {
        None | Some(Of::Role(..)) => Ok(()),
        Some(Of::Root | Of::User(_)) => match route.service {
            Service::Iam => Err(Fault::auth(route.protocol, &AuthFault::UnknownKey)),
            Service::Sts if !OF_STS.contains(&route.operation.as_str()) => {
                let text = format!("Cannot call {} with session credentials", route.operation);
                Err(Fault::denied(route.protocol, text))
            }
            Service::Sts | Service::Kms | Service::LicenseManager | Service::Organizations => {
                Ok(())
            }
        },
    }
}
