//! Shapes: accounts.

use super::{
    AccountArn, AccountId, AccountJoinedMethod, AccountName, AccountState, AccountStatus,
    BillingAccess, CreateAccountFailureReason, CreateAccountName, CreateAccountRequestId,
    CreateAccountState, Email, NextToken, ParentId, Path, RoleName, Tag,
};
use crate::shape;
use crate::shape::Timestamp;

shape! {
    /// An account.
    pub struct Account {
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
        /// The ids from the organization down to it.
        paths: "Paths" => Option<Vec<Path>>,
        /// How it came into the organization.
        joined_method: "JoinedMethod" => Option<AccountJoinedMethod>,
        /// When it came.
        joined_timestamp: "JoinedTimestamp" => Option<Timestamp>,
    }
}

shape! {
    /// A page of accounts.
    pub struct AccountsAnswer {
        /// A page.
        accounts: "Accounts" => Option<Vec<Account>>,
        /// Where to go on.
        next_token: "NextToken" => Option<NextToken>,
    }
}

shape! {
    /// An account.
    pub struct AccountRequest {
        /// Which account.
        account_id: "AccountId" => AccountId,
    }
}

shape! {
    /// Output of DescribeAccount.
    pub struct DescribeAccountResponse {
        /// The account.
        account: "Account" => Option<Account>,
    }
}

shape! {
    /// Input of MoveAccount.
    pub struct MoveAccountRequest {
        /// Which account.
        account_id: "AccountId" => AccountId,
        /// Where it is.
        source_parent_id: "SourceParentId" => ParentId,
        /// Where it goes.
        destination_parent_id: "DestinationParentId" => ParentId,
    }
}

shape! {
    /// Input of CreateAccount.
    pub struct CreateAccountRequest {
        /// Its address; only accounts that an organization made have one.
        email: "Email" => Email,
        /// The account's name.
        account_name: "AccountName" => CreateAccountName,
        /// Has no effect: this server has no roles.
        role_name: "RoleName" => Option<RoleName>,
        /// Has no effect: this server has no bills.
        iam_user_access_to_billing: "IamUserAccessToBilling" => Option<BillingAccess>,
        /// Not kept; leave them out.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}

shape! {
    /// What became of a CreateAccount.
    pub struct CreateAccountStatus {
        /// Its id.
        id: "Id" => Option<CreateAccountRequestId>,
        /// The account's name.
        account_name: "AccountName" => Option<CreateAccountName>,
        /// Always that it succeeded.
        state: "State" => Option<CreateAccountState>,
        /// When it was asked for.
        requested_timestamp: "RequestedTimestamp" => Option<Timestamp>,
        /// When it was done.
        completed_timestamp: "CompletedTimestamp" => Option<Timestamp>,
        /// Which account.
        account_id: "AccountId" => Option<AccountId>,
        /// Never: there is no second account.
        gov_cloud_account_id: "GovCloudAccountId" => Option<AccountId>,
        /// Never: an account is made or the request is refused.
        failure_reason: "FailureReason" => Option<CreateAccountFailureReason>,
    }
}

shape! {
    /// What became of a CreateAccount.
    pub struct CreationAnswer {
        /// What became of the request.
        create_account_status: "CreateAccountStatus" => Option<CreateAccountStatus>,
    }
}

shape! {
    /// Input of DescribeCreateAccountStatus.
    pub struct DescribeCreateAccountStatusRequest {
        /// Which request.
        create_account_request_id: "CreateAccountRequestId" => CreateAccountRequestId,
    }
}
