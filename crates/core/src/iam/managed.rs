//! The managed policies that every account finds: AWS's names, for the services that are here.
//!
//! They are code, not rows: every account sees the same ones, and an upgrade brings new versions.

/// A policy that belongs to no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Managed {
    /// Its name.
    pub name: &'static str,
    /// Its path, from `/` to `/`.
    pub path: &'static str,
    /// What `PolicyId` shows.
    pub id: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its document.
    pub document: &'static str,
}

/// Its only version; a change to a document must count on.
pub const MANAGED_VERSION: &str = "v1";

/// All of them, by name.
pub const MANAGED: [Managed; 8] = [
    Managed {
        name: "AWSLicenseManagerConsumptionPolicy",
        path: "/service-role/",
        id: "ANPALICENSECONSUMPTIO",
        description: "Checks licenses out and in, and extends check-outs.",
        document: include_str!("managed/AWSLicenseManagerConsumptionPolicy.json"),
    },
    Managed {
        name: "AWSMarketplaceGetEntitlements",
        path: "/",
        id: "ANPAMARKETENTITLEMENT",
        description: "Reads what customers are entitled to.",
        document: include_str!("managed/AWSMarketplaceGetEntitlements.json"),
    },
    Managed {
        name: "AWSMarketplaceMeteringFullAccess",
        path: "/",
        id: "ANPAMARKETMETERING000",
        description: "Meters usage.",
        document: include_str!("managed/AWSMarketplaceMeteringFullAccess.json"),
    },
    Managed {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAADMINISTRATOR0000",
        description: "Everything.",
        document: include_str!("managed/AdministratorAccess.json"),
    },
    Managed {
        name: "IAMFullAccess",
        path: "/",
        id: "ANPAIAMFULLACCESS0000",
        description: "Everything in IAM.",
        document: include_str!("managed/IAMFullAccess.json"),
    },
    Managed {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: "ANPAIAMREADONLY000000",
        description: "Reads IAM.",
        document: include_str!("managed/IAMReadOnlyAccess.json"),
    },
    Managed {
        name: "PowerUserAccess",
        path: "/",
        id: "ANPAPOWERUSER00000000",
        description: "Everything but identities and organizations.",
        document: include_str!("managed/PowerUserAccess.json"),
    },
    Managed {
        name: "ReadOnlyAccess",
        path: "/",
        id: "ANPAREADONLY000000000",
        description: "Reads everything.",
        document: include_str!("managed/ReadOnlyAccess.json"),
    },
];

impl Managed {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    /// The one with an ARN.
    pub fn find(arn: &str) -> Option<&'static Self> {
        let path = arn.strip_prefix("arn:aws:iam::aws:policy")?;
        MANAGED.iter().find(|managed| {
            path.strip_prefix(managed.path).is_some_and(|name| name == managed.name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Kind, MANAGED_SIZE_MAX, Policy, size};

    #[test]
    fn every_managed_policy_is_one_and_is_found() {
        for managed in &MANAGED {
            let policy = Policy::parse(Kind::Identity, managed.document);
            assert!(policy.is_ok(), "{}: {policy:?}", managed.name);
            assert!(size(managed.document) <= MANAGED_SIZE_MAX);
            assert_eq!(Managed::find(&managed.arn()), Some(managed));
            assert_eq!(managed.id.len(), 21);
        }
        assert!(MANAGED.is_sorted_by_key(|managed| managed.name));
        assert_eq!(
            Managed::find("arn:aws:iam::aws:policy/AWSLicenseManagerConsumptionPolicy"),
            None
        );
        assert_eq!(Managed::find("arn:aws:iam::111122223333:policy/AdministratorAccess"), None);
    }

    #[test]
    fn consumption_has_its_documented_name() {
        let arn = "arn:aws:iam::aws:policy/service-role/AWSLicenseManagerConsumptionPolicy";
        assert!(Managed::find(arn).is_some());
    }
}
