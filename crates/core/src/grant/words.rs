//! The words of the model for grants.

use serde::{Deserialize, Serialize};

/// Declares an enumeration of the model: its values in the model's order, with their wire names.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$each:meta])* $value:ident = $wire:literal),+ $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $wire)] $value,)+
        }

        impl $name {
            /// Every value, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The wire name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$value => $wire),+ }
            }
        }
    )+};
}

words! {
    /// Where a grant stands (3.2).
    pub enum GrantStatus {
        /// Being distributed to the accounts of an organization.
        PendingWorkflow = "PENDING_WORKFLOW",
        /// Waiting for the recipient.
        PendingAccept = "PENDING_ACCEPT",
        /// Refused by the recipient, for good.
        Rejected = "REJECTED",
        /// Accepted and activated: the license can be used.
        Active = "ACTIVE",
        /// Distribution failed; never produced.
        FailedWorkflow = "FAILED_WORKFLOW",
        /// Withdrawn by the grantor, for good.
        Deleted = "DELETED",
        /// Being withdrawn from the accounts of an organization.
        PendingDelete = "PENDING_DELETE",
        /// Accepted and not activated, or deactivated.
        Disabled = "DISABLED",
        /// Distributed to the accounts of an organization.
        WorkflowCompleted = "WORKFLOW_COMPLETED",
    }

    /// A grant's status as its recipient sees it beside the license (2.5).
    pub enum ReceivedStatus {
        /// As [`GrantStatus::PendingWorkflow`].
        PendingWorkflow = "PENDING_WORKFLOW",
        /// As [`GrantStatus::PendingAccept`].
        PendingAccept = "PENDING_ACCEPT",
        /// As [`GrantStatus::Rejected`].
        Rejected = "REJECTED",
        /// As [`GrantStatus::Active`].
        Active = "ACTIVE",
        /// As [`GrantStatus::FailedWorkflow`].
        FailedWorkflow = "FAILED_WORKFLOW",
        /// As [`GrantStatus::Deleted`].
        Deleted = "DELETED",
        /// As [`GrantStatus::Disabled`].
        Disabled = "DISABLED",
        /// As [`GrantStatus::WorkflowCompleted`].
        WorkflowCompleted = "WORKFLOW_COMPLETED",
    }

    /// What a grant may allow (section 7).
    pub enum AllowedOperation {
        /// Passing the license on.
        CreateGrant = "CreateGrant",
        /// CheckoutLicense (C2).
        CheckoutLicense = "CheckoutLicense",
        /// CheckoutBorrowLicense.
        CheckoutBorrowLicense = "CheckoutBorrowLicense",
        /// CheckInLicense of own check-outs (C68).
        CheckInLicense = "CheckInLicense",
        /// ExtendLicenseConsumption of own check-outs (C51); the words are in this order.
        ExtendConsumptionLicense = "ExtendConsumptionLicense",
        /// Seeing what was received, which is never withheld.
        ListPurchasedLicenses = "ListPurchasedLicenses",
        /// CreateToken.
        CreateToken = "CreateToken",
    }

    /// What activation does to other active grants for the same Marketplace product (G36).
    pub enum ActivationOverride {
        /// Accounts keep what is active there.
        DistributedGrantsOnly = "DISTRIBUTED_GRANTS_ONLY",
        /// This grant takes the place of others.
        AllGrantsPermittedByIssuer = "ALL_GRANTS_PERMITTED_BY_ISSUER",
    }
}

impl GrantStatus {
    /// Whether nothing comes after it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::Deleted)
    }

    /// Whether its recipient has taken it: it can be activated, or passed on (G13).
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Active | Self::Disabled | Self::WorkflowCompleted)
    }

    /// How its recipient sees it.
    pub fn received(self) -> ReceivedStatus {
        match self {
            Self::PendingWorkflow => ReceivedStatus::PendingWorkflow,
            Self::PendingAccept => ReceivedStatus::PendingAccept,
            Self::Rejected => ReceivedStatus::Rejected,
            Self::Active => ReceivedStatus::Active,
            Self::FailedWorkflow => ReceivedStatus::FailedWorkflow,
            Self::Deleted | Self::PendingDelete => ReceivedStatus::Deleted,
            Self::Disabled => ReceivedStatus::Disabled,
            Self::WorkflowCompleted => ReceivedStatus::WorkflowCompleted,
        }
    }
}
