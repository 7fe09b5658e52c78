//! What went wrong, as the exception that the service has for it.

use leasehold_core::Refusal;
use leasehold_wire::{Fault, Route, Service};

use crate::config::Policy;
use crate::operation::Operation;
use crate::throttle::TooOften;
use crate::{iam, kms, license, organizations, sts};

/// The codes of a service's exceptions, each a constant.
macro_rules! exceptions {
    ($($name:ident = $code:literal;)+) => {$(
        #[doc = concat!("`", $code, "`.")]
        pub const $name: &str = $code;
    )+};
}
pub(crate) use exceptions;

/// Members that are missing, malformed or out of their limits.
pub fn invalid(route: &Route, message: String) -> Fault {
    match route.service {
        Service::Organizations => organizations::error::invalid(message),
        Service::Kms => kms::error::invalid(message),
        Service::LicenseManager | Service::Iam | Service::Sts => {
            Fault::validation(route.protocol, message)
        }
    }
}

/// The domain says no.
pub fn refused(route: &Route, operation: &Operation, refusal: &Refusal, policy: &Policy) -> Fault {
    match route.service {
        Service::Organizations => organizations::error::fault_of(refusal),
        Service::Kms => kms::error::fault_of(operation, refusal),
        Service::Iam => iam::error::fault_of(refusal),
        Service::Sts => sts::error::fault_of(refusal),
        Service::LicenseManager => license::error::fault_of(operation, refusal, policy),
    }
}

/// Too many requests.
pub fn throttled(route: &Route, message: &str) -> Fault {
    match route.service {
        Service::Organizations => organizations::error::throttled(message),
        Service::Kms => kms::error::throttled(message),
        Service::LicenseManager | Service::Iam | Service::Sts => {
            Fault::throttled(route.protocol, message)
        }
    }
}

/// One caller asks too often.
pub fn too_often(route: &Route, too_often: TooOften) -> Fault {
    let retry_after_s = Some(too_often.retry_after_s);
    Fault { retry_after_s, ..throttled(route, "Rate exceeded") }
}

/// Something broke on our side. The client learns no more than that.
pub fn internal(route: &Route) -> Fault {
    let fault = Fault::internal(route.protocol);
    match route.service {
        Service::Organizations => organizations::error::internal(fault.message),
        Service::Kms => kms::error::internal(fault.message),
        Service::Iam => iam::error::internal(fault.message),
        Service::LicenseManager | Service::Sts => fault,
    }
}
