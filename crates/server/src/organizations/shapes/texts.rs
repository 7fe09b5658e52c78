//! The model's texts, with their limits. Answers have them as requests have.

use crate::shape::{FREE, Limits};
use crate::strings;

strings! {
    /// The model's `AccountArn`.
    AccountArn: Limits {
        pattern: Some(concat!(
            r"^arn:aws:organizations::\d{12}:account\/o-[a-z0-9]{10,32}",
            r"\/\d{12}",
        )),
        ..FREE
    };
    /// The model's `AccountId`.
    AccountId: Limits {
        max: Some(12),
        pattern: Some(r"^\d{12}$"),
        ..FREE
    };
    /// The model's `AccountName`.
    AccountName: Limits {
        min: Some(1),
        max: Some(128),
        pattern: Some(r"[\s\S]*"),
    };
    /// The model's `ChildId`.
    ChildId: Limits {
        max: Some(100),
        pattern: Some(r"^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"),
        ..FREE
    };
    /// The model's `CreateAccountName`.
    CreateAccountName: Limits {
        min: Some(1),
        max: Some(50),
        pattern: Some(r"[\u0020-\u007E]+"),
    };
    /// The model's `CreateAccountRequestId`.
    CreateAccountRequestId: Limits {
        max: Some(36),
        pattern: Some(r"^car-[a-z0-9]{8,32}$"),
        ..FREE
    };
    /// The model's `Email`.
    Email: Limits {
        min: Some(6),
        max: Some(64),
        pattern: Some(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    };
    /// The model's `HandshakeArn`.
    HandshakeArn: Limits {
        pattern: Some(concat!(
            r"^arn:aws:organizations::\d{12}:handshake",
            r"\/o-[a-z0-9]{10,32}\/[a-z_]{1,32}\/h-[0-9a-z]{8,32}",
        )),
        ..FREE
    };
    /// The model's `HandshakeId`.
    HandshakeId: Limits {
        max: Some(34),
        pattern: Some(r"^h-[0-9a-z]{8,32}$"),
        ..FREE
    };
    /// The model's `HandshakeNotes`.
    HandshakeNotes: Limits {
        max: Some(1_024),
        pattern: Some(r"[\s\S]*"),
        ..FREE
    };
    /// The model's `HandshakePartyId`.
    HandshakePartyId: Limits {
        min: Some(1),
        max: Some(64),
        pattern: Some(r"[\s\S]*"),
    };
    /// The model's `NextToken`.
    NextToken: Limits {
        max: Some(100_000),
        pattern: Some(r"[\s\S]*"),
        ..FREE
    };
    /// The model's `OrganizationArn`.
    OrganizationArn: Limits {
        pattern: Some(concat!(
            r"^arn:aws:organizations::\d{12}:organization",
            r"\/o-[a-z0-9]{10,32}",
        )),
        ..FREE
    };
    /// The model's `OrganizationId`.
    OrganizationId: Limits {
        pattern: Some(r"^o-[a-z0-9]{10,32}$"),
        ..FREE
    };
    /// The model's `OrganizationalUnitArn`.
    OrganizationalUnitArn: Limits {
        pattern: Some(concat!(
            r"^arn:aws:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}",
            r"\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}",
        )),
        ..FREE
    };
    /// The model's `OrganizationalUnitId`.
    OrganizationalUnitId: Limits {
        max: Some(68),
        pattern: Some(r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$"),
        ..FREE
    };
    /// The model's `OrganizationalUnitName`.
    OrganizationalUnitName: Limits {
        min: Some(1),
        max: Some(128),
        pattern: Some(r"[\s\S]*"),
    };
    /// The model's `ParentId`.
    ParentId: Limits {
        max: Some(100),
        pattern: Some(r"^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"),
        ..FREE
    };
    /// The model's `Path`.
    Path: Limits {
        pattern: Some(concat!(
            r"^(o-[a-z0-9]{10,32}\/r-[0-9a-z]{4,32}(",
            r"\/ou\-[0-9a-z]{4,32}-[a-z0-9]{8,32})*(\/\d{12})*)\/",
        )),
        ..FREE
    };
    /// The model's `RoleName`.
    RoleName: Limits {
        max: Some(64),
        pattern: Some(r"[\w+=,.@-]{1,64}"),
        ..FREE
    };
    /// The model's `RootArn`.
    RootArn: Limits {
        pattern: Some(concat!(
            r"^arn:aws:organizations::\d{12}:root\/o-[a-z0-9]{10,32}",
            r"\/r-[0-9a-z]{4,32}",
        )),
        ..FREE
    };
    /// The model's `RootId`.
    RootId: Limits {
        max: Some(34),
        pattern: Some(r"^r-[0-9a-z]{4,32}$"),
        ..FREE
    };
    /// The model's `RootName`.
    RootName: Limits {
        min: Some(1),
        max: Some(128),
        ..FREE
    };
    /// The model's `ServicePrincipal`.
    ServicePrincipal: Limits {
        min: Some(1),
        max: Some(128),
        pattern: Some(r"[\w+=,.@-]*"),
    };
    /// The model's `TagKey`.
    TagKey: Limits {
        min: Some(1),
        max: Some(128),
        pattern: Some(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"),
    };
    /// The model's `TagValue`.
    TagValue: Limits {
        min: Some(0),
        max: Some(256),
        pattern: Some(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"),
    };
}
