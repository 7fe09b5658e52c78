//! Shapes: the organization and its root.

use leasehold_core::organization::FeatureSet;

use super::{
    AccountArn, AccountId, Email, NextToken, OrganizationArn, OrganizationId, PolicyType,
    PolicyTypeStatus, RootArn, RootId, RootName,
};
use crate::shape;
use crate::shape::SmallPageSize;

shape! {
    /// Input of CreateOrganization.
    pub struct CreateOrganizationRequest {
        /// What it is for.
        feature_set: "FeatureSet" => Option<FeatureSet>,
    }
}

shape! {
    /// An organization.
    pub struct Organization {
        /// Its id.
        id: "Id" => Option<OrganizationId>,
        /// Its ARN.
        arn: "Arn" => Option<OrganizationArn>,
        /// What it is for.
        feature_set: "FeatureSet" => Option<FeatureSet>,
        /// ARN of the management account.
        master_account_arn: "MasterAccountArn" => Option<AccountArn>,
        /// The management account.
        master_account_id: "MasterAccountId" => Option<AccountId>,
        /// Its address, if it has one.
        master_account_email: "MasterAccountEmail" => Option<Email>,
        /// None: this server has no policies.
        available_policy_types: "AvailablePolicyTypes" => Option<Vec<PolicyTypeSummary>>,
    }
}

shape! {
    /// A kind of policy.
    pub struct PolicyTypeSummary {
        /// Which kind.
        kind: "Type" => Option<PolicyType>,
        /// Whether it can be used.
        status: "Status" => Option<PolicyTypeStatus>,
    }
}

shape! {
    /// An organization.
    pub struct OrganizationAnswer {
        /// The organization.
        organization: "Organization" => Option<Organization>,
    }
}

shape! {
    /// A page of a list.
    pub struct PageRequest {
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// The top of an organization's tree.
    pub struct Root {
        /// Its id.
        id: "Id" => Option<RootId>,
        /// Its ARN.
        arn: "Arn" => Option<RootArn>,
        /// Its name.
        name: "Name" => Option<RootName>,
        /// None: this server has no policies.
        policy_types: "PolicyTypes" => Option<Vec<PolicyTypeSummary>>,
    }
}

shape! {
    /// Output of ListRoots.
    pub struct ListRootsResponse {
        /// The one root.
        roots: "Roots" => Option<Vec<Root>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}
