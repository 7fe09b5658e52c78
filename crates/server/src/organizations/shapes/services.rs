//! Shapes: services and their delegated administrators.

use super::{
    AccountArn, AccountId, AccountJoinedMethod, AccountName, AccountState, AccountStatus, Email,
    NextToken, ServicePrincipal,
};
use crate::shape;
use crate::shape::{SmallPageSize, Timestamp};

shape! {
    /// A service.
    pub struct ServiceRequest {
        /// Which service.
        service_principal: "ServicePrincipal" => ServicePrincipal,
    }
}

shape! {
    /// A service with trusted access.
    pub struct EnabledServicePrincipal {
        /// Which service.
        service_principal: "ServicePrincipal" => Option<ServicePrincipal>,
        /// Since when it has access.
        date_enabled: "DateEnabled" => Option<Timestamp>,
    }
}

shape! {
    /// Output of ListAWSServiceAccessForOrganization.
    pub struct ListAWSServiceAccessForOrganizationResponse {
        /// A page.
        enabled_service_principals: "EnabledServicePrincipals"
            => Option<Vec<EnabledServicePrincipal>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}

shape! {
    /// An account and a service.
    pub struct DelegateRequest {
        /// Which account.
        account_id: "AccountId" => AccountId,
        /// Which service.
        service_principal: "ServicePrincipal" => ServicePrincipal,
    }
}

shape! {
    /// Input of ListDelegatedAdministrators.
    pub struct ListDelegatedAdministratorsRequest {
        /// Which service.
        service_principal: "ServicePrincipal" => Option<ServicePrincipal>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// A member account that administers a service.
    pub struct DelegatedAdministrator {
        /// Its id.
        id: "Id" => Option<AccountId>,
        /// Its ARN.
        arn: "Arn" => Option<AccountArn>,
        /// Its address; only accounts that an organization made have one.
        email: "Email" => Option<Email>,
        /// Its name.
        name: "Name" => Option<AccountName>,
        /// Always active.
        status: "Status" => Option<AccountStatus>,
        /// Always active.
        state: "State" => Option<AccountState>,
        /// How it came into the organization.
        joined_method: "JoinedMethod" => Option<AccountJoinedMethod>,
        /// When it came.
        joined_timestamp: "JoinedTimestamp" => Option<Timestamp>,
        /// Since when.
        delegation_enabled_date: "DelegationEnabledDate" => Option<Timestamp>,
    }
}

shape! {
    /// Output of ListDelegatedAdministrators.
    pub struct ListDelegatedAdministratorsResponse {
        /// A page.
        delegated_administrators: "DelegatedAdministrators" => Option<Vec<DelegatedAdministrator>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}

shape! {
    /// Input of ListDelegatedServicesForAccount.
    pub struct ListDelegatedServicesForAccountRequest {
        /// Which account.
        account_id: "AccountId" => AccountId,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
        /// How many at most.
        max_results: "MaxResults" => Option<SmallPageSize>,
    }
}

shape! {
    /// A service that an account administers.
    pub struct DelegatedService {
        /// Which service.
        service_principal: "ServicePrincipal" => Option<ServicePrincipal>,
        /// Since when.
        delegation_enabled_date: "DelegationEnabledDate" => Option<Timestamp>,
    }
}

shape! {
    /// Output of ListDelegatedServicesForAccount.
    pub struct ListDelegatedServicesForAccountResponse {
        /// A page.
        delegated_services: "DelegatedServices" => Option<Vec<DelegatedService>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}
