//! Lists of licenses: sections 4.5, 4.6.

use super::License;
use crate::shape;
use crate::shape::{Arn, PageSize};

shape! {
    /// A filter of a list (W52).
    pub struct Filter {
        /// One of the operation's names.
        name: "Name" => Option<String>,
        /// Exactly one.
        values: "Values" => Option<Vec<String>>,
    }
}

shape! {
    /// 4.5.
    pub struct ListLicensesRequest {
        /// Only these (W54).
        license_arns: "LicenseArns" => Option<Vec<Arn>>,
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.5.
    pub struct ListLicensesResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<License>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.6.
    pub struct ListLicenseVersionsRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.6.
    pub struct ListLicenseVersionsResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<License>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}
