//! Tokens: sections 2.6 and 4.23–4.26.

use super::Filter;
use crate::shape::{Arn, Bounded, ClientToken, IsoTime, PageSize, Secret, TokenText};
use crate::{names, shape};

names! {
    /// 2.6.
    pub enum TokenType {
        RefreshToken = "REFRESH_TOKEN",
    }
}

/// What a caller says of a token (T8).
pub type TokenProperties = Bounded<String, 0, 3>;

shape! {
    /// 4.23.
    pub struct CreateTokenRequest {
        /// The license, the caller's or received by it.
        license_arn: "LicenseArn" => Arn,
        /// Roles that the token is meant for, unchecked (T1).
        role_arns: "RoleArns" => Option<Vec<Arn>>,
        /// How long it lives (T7).
        expiration_in_days: "ExpirationInDays" => Option<i32>,
        /// What the caller says of it (T1, T19).
        token_properties: "TokenProperties" => Option<TokenProperties>,
        /// W60.
        client_token: "ClientToken" => ClientToken,
    }
}

shape! {
    /// 4.23.
    pub struct CreateTokenResponse {
        /// Which.
        token_id: "TokenId" => Option<String>,
        /// What it is.
        token_type: "TokenType" => Option<TokenType>,
        /// The refresh token, shown this once.
        token: "Token" => Option<Secret<TokenText>>,
    }
}

shape! {
    /// A token, but for itself (2.6).
    pub struct TokenData {
        /// Which.
        token_id: "TokenId" => Option<String>,
        /// What it is.
        token_type: "TokenType" => Option<String>,
        /// The license.
        license_arn: "LicenseArn" => Option<String>,
        /// Its end.
        expiration_time: "ExpirationTime" => Option<IsoTime>,
        /// What its maker said of it.
        token_properties: "TokenProperties" => Option<TokenProperties>,
        /// Roles that it is meant for.
        role_arns: "RoleArns" => Option<Vec<Arn>>,
        /// 3.4.
        status: "Status" => Option<String>,
    }
}

shape! {
    /// 4.24.
    pub struct ListTokensRequest {
        /// Only these (W54).
        token_ids: "TokenIds" => Option<Vec<String>>,
        /// `LicenseArns` (T15).
        filters: "Filters" => Option<Vec<Filter>>,
        /// Where the last page ended.
        next_token: "NextToken" => Option<String>,
        /// Elements of a page.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.24.
    pub struct ListTokensResponse {
        /// In the order of creation.
        tokens: "Tokens" => Option<Vec<TokenData>>,
        /// Where the next page begins.
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.25.
    pub struct DeleteTokenRequest {
        /// Which.
        token_id: "TokenId" => String,
    }
}

shape! {
    /// 4.25.
    pub struct DeleteTokenResponse {}
}

shape! {
    /// 4.26.
    pub struct GetAccessTokenRequest {
        /// A refresh token.
        token: "Token" => Secret<TokenText>,
        /// What it must say of itself (T12).
        token_properties: "TokenProperties" => Option<TokenProperties>,
    }
}

shape! {
    /// 4.26.
    pub struct GetAccessTokenResponse {
        /// For an hour (T5).
        access_token: "AccessToken" => Option<Secret<TokenText>>,
    }
}
