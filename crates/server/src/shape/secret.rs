//! Members that nobody is to read in a log.

use std::fmt::{Debug, Formatter};
use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;

use super::{Description, Path, Shape, Violations};

/// A member whose value is on the wire only: tokens and secret keys. It is of the shape of what is
/// in it, and shows nothing of it in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Secret<T>(pub T);

impl<T> Debug for Secret<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl<T> Deref for Secret<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: From<String>> From<String> for Secret<T> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<T: Shape> Shape for Secret<T> {
    const IS_SECRET: bool = true;

    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        T::accept(value, path, violations).map(Self)
    }

    fn describe() -> Description {
        T::describe()
    }
}

#[cfg(test)]
mod tests {
    use leasehold_wire::Service;
    use serde_json::json;

    use super::*;
    use crate::license::shapes::{CreateTokenResponse, GetAccessTokenRequest};
    use crate::server::operations;
    use crate::shape::{MemberDescription, decode};

    /// What is a secret on the wire, by the names that the models have for it.
    const NAMES: [&str; 7] = [
        "AccessToken",
        "LicenseConsumptionToken",
        "SecretAccessKey",
        "SessionToken",
        "SignedToken",
        "Token",
        "WebIdentityToken",
    ];

    #[test]
    fn a_secret_is_on_the_wire_and_nowhere_else() {
        let Value::Object(object) = json!({"Token": "hidden"}) else { unreachable!() };
        let request: GetAccessTokenRequest = decode(object).map_err(|it| it.message()).unwrap();
        assert_eq!(&**request.token, "hidden");
        assert!(!format!("{request:?}").contains("hidden"));
        let answer = CreateTokenResponse {
            token_id: None,
            token_type: None,
            token: Some("hidden".to_owned().into()),
        };
        assert!(!format!("{answer:?}").contains("hidden"));
        assert_eq!(serde_json::to_value(answer).unwrap()["Token"], "hidden");
    }

    /// A new one is noticed, whatever operation has it.
    #[test]
    fn every_member_of_such_a_name_is_a_secret() {
        let mut found = 0;
        for operation in Service::ALL.into_iter().flat_map(operations) {
            for shape in [(operation.input)(), (operation.output)()] {
                found += secrets(&shape);
            }
        }
        assert!(found >= 12, "{found}");
    }

    fn secrets(shape: &Description) -> usize {
        let Description::Structure { members } = shape else { return 0 };
        let of = |member: &MemberDescription| {
            if NAMES.contains(&member.name) {
                assert!(member.is_secret, "{}", member.name);
                return 1;
            }
            secrets(&member.shape)
        };
        members.iter().map(of).sum()
    }
}
