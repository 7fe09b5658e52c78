//! The model's texts, with their limits. Answers have them as requests have.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use crate::shape::text::{check, take, whole};
use crate::shape::{Description, FREE, Limits, Path as Place, Shape, Violations};
use crate::strings;

strings! {
    /// The model's `accessKeyIdType`.
    AccessKeyId: Limits { min: Some(16), max: Some(128), pattern: Some(r"[\w]+") };
    /// The model's `ActionNameType`.
    ActionName: Limits { min: Some(3), max: Some(128), ..FREE };
    /// The model's `clientIDType`.
    ClientId: Limits { min: Some(1), max: Some(255), ..FREE };
    /// The model's `ContextKeyNameType`.
    ContextKeyName: Limits { min: Some(5), max: Some(256), ..FREE };
    /// The model's `customSuffixType`.
    CustomSuffix: Limits { min: Some(1), max: Some(64), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `DeletionTaskIdType`.
    DeletionTaskId: Limits { min: Some(1), max: Some(1_000), ..FREE };
    /// The model's `idType`.
    EntityId: Limits { min: Some(16), max: Some(128), pattern: Some(r"[\w]+") };
    /// The model's `EvalDecisionSourceType`.
    EvalDecisionSource: Limits { min: Some(3), max: Some(256), ..FREE };
    /// The model's `existingUserNameType`.
    ExistingUserName: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `groupNameType`.
    GroupName: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `arnType`.
    IamArn: Limits { min: Some(20), max: Some(2_048), ..FREE };
    /// The model's `instanceProfileNameType`.
    InstanceProfileName: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `markerType`.
    Marker: Limits { min: Some(1), max: Some(320), pattern: Some(r"[\u0020-\u00FF]+") };
    /// The model's `pathType`.
    Path: Limits {
        min: Some(1),
        max: Some(512),
        pattern: Some(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"),
    };
    /// The model's `pathPrefixType`.
    PathPrefix: Limits { min: Some(1), max: Some(512), pattern: Some(r"\u002F[\u0021-\u007F]*") };
    /// The model's `policyDescriptionType`.
    PolicyDescription: Limits { max: Some(1_000), ..FREE };
    /// The model's `policyDocumentType`.
    PolicyDocument: Limits {
        min: Some(1),
        max: Some(131_072),
        pattern: Some(r"[\u0009\u000A\u000D\u0020-\u00FF]+"),
    };
    /// The model's `policyNameType`.
    PolicyName: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `policyPathType`.
    PolicyPath: Limits {
        min: Some(1),
        max: Some(512),
        pattern: Some(r"((/[A-Za-z0-9\.,\+@=_-]+)*)/"),
    };
    /// The model's `policyVersionIdType`.
    PolicyVersionId: Limits { pattern: Some(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"), ..FREE };
    /// The model's `OpenIDConnectProviderUrlType`.
    ProviderUrl: Limits { min: Some(1), max: Some(255), ..FREE };
    /// The model's `ReasonType`.
    Reason: Limits { max: Some(1_000), ..FREE };
    /// The model's `RegionNameType`.
    RegionName: Limits { min: Some(1), max: Some(100), ..FREE };
    /// The model's `ResourceHandlingOptionType`.
    ResourceHandlingOption: Limits { min: Some(1), max: Some(64), ..FREE };
    /// The model's `ResourceNameType`.
    ResourceName: Limits { min: Some(1), max: Some(2_048), ..FREE };
    /// The model's `roleDescriptionType`.
    RoleDescription: Limits {
        max: Some(1_000),
        pattern: Some(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"),
        ..FREE
    };
    /// The model's `roleNameType`.
    RoleName: Limits { min: Some(1), max: Some(64), pattern: Some(r"[\w+=,.@-]+") };
    /// The model's `tagKeyType`.
    TagKey: Limits { min: Some(1), max: Some(128), pattern: Some(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+") };
    /// The model's `tagValueType`.
    TagValue: Limits {
        min: Some(0),
        max: Some(256),
        pattern: Some(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"),
    };
    /// The model's `thumbprintType`.
    Thumbprint: Limits { min: Some(40), max: Some(40), ..FREE };
    /// The model's `userNameType`.
    UserName: Limits { min: Some(1), max: Some(64), pattern: Some(r"[\w+=,.@-]+") };
}

/// The model's `accountAliasType`. Its pattern looks ahead, which ours cannot; `ALIAS` says the
/// same within these lengths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountAlias(pub String);

const ALIAS_LIMITS: Limits = Limits {
    min: Some(3),
    max: Some(63),
    pattern: Some(r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"),
};
static ALIAS: LazyLock<Option<Regex>> = LazyLock::new(|| whole(Some(r"[a-z0-9](-?[a-z0-9])+")));

impl From<String> for AccountAlias {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Shape for AccountAlias {
    fn accept(value: &mut Value, place: &Place<'_>, violations: &mut Violations) -> Option<Self> {
        let accepted = check(value, &ALIAS_LIMITS, ALIAS.as_ref(), place, violations);
        take(value).filter(|_| accepted).map(Self)
    }

    fn describe() -> Description {
        let Limits { min, max, pattern } = ALIAS_LIMITS;
        Description::String { min, max, pattern, values: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_has_single_hyphens_within() {
        let alias = ALIAS.as_ref().unwrap();
        for good in ["abc", "a-b", "1-2-3", "a1b"] {
            assert!(alias.is_match(good), "{good}");
        }
        for bad in ["-ab", "ab-", "a--b", "A-b", "a b", "a.b"] {
            assert!(!alias.is_match(bad), "{bad}");
        }
    }
}
