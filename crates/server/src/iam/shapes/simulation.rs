//! Shapes: what policies would say.

use std::collections::BTreeMap;

use super::{
    ActionName, ContextKeyName, ContextKeyType, Decision, IamArn, Marker, PolicyDocument,
    PolicySource, ResourceHandlingOption, ResourceName,
};
use crate::shape;
use crate::shape::MarkerPageSize;

shape! {
    /// A condition key with its values.
    pub struct ContextEntry {
        /// Which key.
        context_key_name: "ContextKeyName" => Option<ContextKeyName>,
        /// Its values.
        context_key_values: "ContextKeyValues" => Option<Vec<String>>,
        /// What its values are.
        context_key_type: "ContextKeyType" => Option<ContextKeyType>,
    }
}

shape! {
    /// Input of SimulateCustomPolicy.
    pub struct SimulateCustomPolicyRequest {
        /// Policies to try.
        policy_input_list: "PolicyInputList" => Vec<PolicyDocument>,
        /// A boundary to try.
        permissions_boundary_policy_input_list:
            "PermissionsBoundaryPolicyInputList" => Option<Vec<PolicyDocument>>,
        /// Which actions.
        action_names: "ActionNames" => Vec<ActionName>,
        /// Which resources; all if left out.
        resource_arns: "ResourceArns" => Option<Vec<ResourceName>>,
        /// The resource's own policy.
        resource_policy: "ResourcePolicy" => Option<PolicyDocument>,
        /// Whose resources.
        resource_owner: "ResourceOwner" => Option<ResourceName>,
        /// As whom.
        caller_arn: "CallerArn" => Option<ResourceName>,
        /// What the request would say of itself.
        context_entries: "ContextEntries" => Option<Vec<ContextEntry>>,
        /// For services that this server does not have.
        resource_handling_option: "ResourceHandlingOption" => Option<ResourceHandlingOption>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// A place in a policy.
    pub struct Position {
        /// From 1.
        line: "Line" => Option<i32>,
        /// From 1.
        column: "Column" => Option<i32>,
    }
}

shape! {
    /// A statement of a policy.
    pub struct Statement {
        /// The policy.
        source_policy_id: "SourcePolicyId" => Option<String>,
        /// Which kind of policy.
        source_policy_type: "SourcePolicyType" => Option<PolicySource>,
        /// Where it begins.
        start_position: "StartPosition" => Option<Position>,
        /// Where it ends.
        end_position: "EndPosition" => Option<Position>,
    }
}

shape! {
    /// What organizations' policies say; there are none.
    pub struct OrganizationsDecision {
        /// Always so.
        allowed_by_organizations: "AllowedByOrganizations" => Option<bool>,
    }
}

shape! {
    /// What the boundary says.
    pub struct BoundaryDecision {
        /// Whether the boundary allows it.
        allowed_by_permissions_boundary: "AllowedByPermissionsBoundary" => Option<bool>,
    }
}

shape! {
    /// What they say of it for one resource.
    pub struct ResourceSpecificResult {
        /// The resource.
        eval_resource_name: "EvalResourceName" => ResourceName,
        /// For it.
        eval_resource_decision: "EvalResourceDecision" => Decision,
        /// What decided.
        matched_statements: "MatchedStatements" => Option<Vec<Statement>>,
        /// Keys that the policies ask for and the request does not say.
        missing_context_values: "MissingContextValues" => Option<Vec<ContextKeyName>>,
        /// By source.
        eval_decision_details: "EvalDecisionDetails" => Option<BTreeMap<String, Decision>>,
        /// What the boundary says.
        permissions_boundary_decision_detail:
            "PermissionsBoundaryDecisionDetail" => Option<BoundaryDecision>,
    }
}

shape! {
    /// What the policies say of an action.
    pub struct EvaluationResult {
        /// The action.
        eval_action_name: "EvalActionName" => ActionName,
        /// The resource.
        eval_resource_name: "EvalResourceName" => Option<ResourceName>,
        /// For all resources together.
        eval_decision: "EvalDecision" => Decision,
        /// What decided.
        matched_statements: "MatchedStatements" => Option<Vec<Statement>>,
        /// Keys that the policies ask for and the request does not say.
        missing_context_values: "MissingContextValues" => Option<Vec<ContextKeyName>>,
        /// What organizations say.
        organizations_decision_detail:
            "OrganizationsDecisionDetail" => Option<OrganizationsDecision>,
        /// What the boundary says.
        permissions_boundary_decision_detail:
            "PermissionsBoundaryDecisionDetail" => Option<BoundaryDecision>,
        /// By source.
        eval_decision_details: "EvalDecisionDetails" => Option<BTreeMap<String, Decision>>,
        /// For each resource.
        resource_specific_results: "ResourceSpecificResults" => Option<Vec<ResourceSpecificResult>>,
    }
}

shape! {
    /// Output of SimulatePolicy.
    pub struct SimulatePolicyResponse {
        /// One for each action and resource.
        evaluation_results: "EvaluationResults" => Option<Vec<EvaluationResult>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of SimulatePrincipalPolicy.
    pub struct SimulatePrincipalPolicyRequest {
        /// Whose policies: a user, group or role.
        policy_source_arn: "PolicySourceArn" => IamArn,
        /// Policies to try.
        policy_input_list: "PolicyInputList" => Option<Vec<PolicyDocument>>,
        /// A boundary to try.
        permissions_boundary_policy_input_list:
            "PermissionsBoundaryPolicyInputList" => Option<Vec<PolicyDocument>>,
        /// Which actions.
        action_names: "ActionNames" => Vec<ActionName>,
        /// Which resources; all if left out.
        resource_arns: "ResourceArns" => Option<Vec<ResourceName>>,
        /// The resource's own policy.
        resource_policy: "ResourcePolicy" => Option<PolicyDocument>,
        /// Whose resources.
        resource_owner: "ResourceOwner" => Option<ResourceName>,
        /// As whom.
        caller_arn: "CallerArn" => Option<ResourceName>,
        /// What the request would say of itself.
        context_entries: "ContextEntries" => Option<Vec<ContextEntry>>,
        /// For services that this server does not have.
        resource_handling_option: "ResourceHandlingOption" => Option<ResourceHandlingOption>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// Input of GetContextKeysForCustomPolicy.
    pub struct GetContextKeysForCustomPolicyRequest {
        /// Policies to try.
        policy_input_list: "PolicyInputList" => Vec<PolicyDocument>,
    }
}

shape! {
    /// Output of GetContextKeysForPolicy.
    pub struct GetContextKeysResponse {
        /// The keys.
        context_key_names: "ContextKeyNames" => Option<Vec<ContextKeyName>>,
    }
}

shape! {
    /// Input of GetContextKeysForPrincipalPolicy.
    pub struct GetContextKeysForPrincipalPolicyRequest {
        /// Whose policies: a user, group or role.
        policy_source_arn: "PolicySourceArn" => IamArn,
        /// Policies to try.
        policy_input_list: "PolicyInputList" => Option<Vec<PolicyDocument>>,
    }
}
