//! Why an organization says no: one cause for each, with its text. The server's table gives each
//! the exception that AWS models.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::refusal::Kind;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The caller is in no organization.
    NotInUse,
    /// The caller is in one already.
    AlreadyIn,
    /// The caller has no right to this.
    AccessDenied,
    /// The organization has no such account.
    AccountNotFound,
    /// It has no such account or unit.
    ChildNotFound,
    /// It has no such root or unit.
    ParentNotFound,
    /// The account is not under the parent that it is to leave.
    SourceParentNotFound,
    /// There is no parent that it could move to.
    DestinationParentNotFound,
    /// The account is at the destination already.
    DuplicateAccount,
    /// It has no such unit.
    UnitNotFound,
    /// The parent has a unit of this name.
    DuplicateUnit,
    /// The unit has accounts or units.
    UnitNotEmpty,
    /// Units nested deeper than [`super::UNIT_DEPTH_MAX`].
    UnitsTooDeep,
    /// More units than [`super::UNITS_MAX`].
    TooManyUnits,
    /// More accounts than [`super::ACCOUNTS_MAX`].
    TooManyAccounts,
    /// The organization has accounts or units.
    NotEmpty,
    /// The management account stays as long as its organization.
    ManagerCannotLeave,
    /// The account still administers a service.
    AdministratorCannotLeave,
    /// The organization is for one bill only.
    NotAllFeatures,
    /// It has all features already.
    HasAllFeatures,
    /// This server has no such service.
    UnknownService,
    /// The service has no trusted access.
    ServiceNotTrusted,
    /// The service still has delegated administrators.
    ServiceIsDelegated,
    /// The management account administers everything anyway.
    ManagerCannotBeDelegate,
    /// More delegated administrators than [`super::ADMINISTRATORS_MAX`].
    TooManyAdministrators,
    /// It is one already.
    AlreadyRegistered,
    /// It is none.
    NotRegistered,
    /// An account is invited by its number only.
    TargetNotSupported,
    /// This server has no account of that number.
    TargetNotFound,
    /// The account is in an organization.
    TargetIsMember,
    /// The account has an open invitation.
    DuplicateHandshake,
    /// More invitations than [`super::HANDSHAKES_MAX`].
    TooManyHandshakes,
    /// No handshake that the caller takes part in.
    HandshakeNotFound,
    /// The handshake is over, and ended otherwise.
    HandshakeIsOver,
    /// The handshake is over, and ended so.
    HandshakeIsInState,
    /// No account was made by such a request.
    CreationNotFound,
    /// The token of another list.
    WrongNextToken,
    /// Tags of organizations are not kept.
    TagsNotKept,
}

impl Cause {
    /// Text for the client: what to do.
    fn text(self) -> &'static str {
        match self {
            Self::NotInUse => "Your account is not a member of an organization.",
            Self::AlreadyIn => "Your account is already in an organization.",
            Self::AccessDenied => "You don't have permissions to access this resource.",
            Self::AccountNotFound => "AccountId: the organization has no such account.",
            Self::ChildNotFound => "ChildId: the organization has no such account or OU.",
            Self::ParentNotFound => "ParentId: the organization has no such root or OU.",
            Self::SourceParentNotFound => "SourceParentId: the account is not directly under it.",
            Self::DestinationParentNotFound => {
                "DestinationParentId: the organization has no such root or OU."
            }
            Self::DuplicateAccount => "DestinationParentId: the account is there already.",
            Self::UnitNotFound => "OrganizationalUnitId: the organization has no such OU.",
            Self::DuplicateUnit => "Name: the parent has another OU of this name.",
            Self::UnitNotEmpty => "The OU has accounts or OUs; move or delete them first.",
            Self::UnitsTooDeep => "ParentId: OUs can be nested five deep.",
            Self::TooManyUnits => "The organization has 2,000 OUs, the most that it may have.",
            Self::TooManyAccounts => {
                "The organization has 15,000 accounts, the most that it may have."
            }
            Self::NotEmpty => "Remove all member accounts and delete all OUs first.",
            Self::ManagerCannotLeave => {
                "The management account cannot leave; delete the organization instead."
            }
            Self::AdministratorCannotLeave => {
                "The account is a delegated administrator; deregister it first."
            }
            Self::NotAllFeatures => "The organization must have all features; enable them first.",
            Self::HasAllFeatures => "The organization has all features already.",
            Self::UnknownService => "ServicePrincipal: this server has no such service.",
            Self::ServiceNotTrusted => {
                "ServicePrincipal: enable the service's access to the organization first."
            }
            Self::ServiceIsDelegated => {
                "ServicePrincipal: deregister the service's delegated administrators first."
            }
            Self::ManagerCannotBeDelegate => {
                "AccountId: the management account administers every service already."
            }
            Self::TooManyAdministrators => {
                "The service has 50 delegated administrators, the most that it may have."
            }
            Self::AlreadyRegistered => "AccountId: it is a delegated administrator already.",
            Self::NotRegistered => "AccountId: it is no delegated administrator.",
            Self::TargetNotSupported => {
                "Target: give the Type ACCOUNT and, as the Id, the account's twelve digits."
            }
            Self::TargetNotFound => "Target: this server has no account with this Id.",
            Self::TargetIsMember => "The account is in an organization already.",
            Self::DuplicateHandshake => "The account has an open invitation already.",
            Self::TooManyHandshakes => "The organization has made too many invitations lately.",
            Self::HandshakeNotFound => "HandshakeId: your account has no such handshake.",
            Self::HandshakeIsOver => "The handshake is no longer open.",
            Self::HandshakeIsInState => "The handshake is in this state already.",
            Self::CreationNotFound => {
                "CreateAccountRequestId: the organization has no account from such a request."
            }
            Self::WrongNextToken => "NextToken is not one that this operation gave; begin anew.",
            Self::TagsNotKept => {
                "Tags: this server keeps no tags of organizations; leave them out."
            }
        }
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Self::new(Kind::Organization(cause), "G50", cause.text())
    }
}
