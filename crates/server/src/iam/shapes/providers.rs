//! Shapes: OpenID Connect providers.

use super::{ClientId, IamArn, Marker, ProviderUrl, TagKeys, Tags, Thumbprint};
use crate::shape;
use crate::shape::{MarkerPageSize, Timestamp};

shape! {
    /// Input of CreateOpenIDConnectProvider.
    pub struct CreateProviderRequest {
        /// Its address, without `https://` in answers.
        url: "Url" => ProviderUrl,
        /// The audiences.
        client_ids: "ClientIDList" => Option<Vec<ClientId>>,
        /// Of certificates; kept and shown.
        thumbprints: "ThumbprintList" => Option<Vec<Thumbprint>>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// Output of CreateOpenIDConnectProvider.
    pub struct CreateProviderResponse {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => Option<IamArn>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A provider.
    pub struct ProviderRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
    }
}

shape! {
    /// Output of GetOpenIDConnectProvider.
    pub struct GetProviderResponse {
        /// Its address, without `https://` in answers.
        url: "Url" => Option<ProviderUrl>,
        /// The audiences.
        client_ids: "ClientIDList" => Option<Vec<ClientId>>,
        /// Of certificates; kept and shown.
        thumbprints: "ThumbprintList" => Option<Vec<Thumbprint>>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A provider.
    pub struct ProviderEntry {
        /// Its ARN.
        arn: "Arn" => Option<IamArn>,
    }
}

shape! {
    /// Output of ListOpenIDConnectProviders.
    pub struct ListProvidersResponse {
        /// All of them.
        providers: "OpenIDConnectProviderList" => Option<Vec<ProviderEntry>>,
    }
}

shape! {
    /// A provider and an audience.
    pub struct ProviderClientRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
        /// An audience.
        client_id: "ClientID" => ClientId,
    }
}

shape! {
    /// Input of UpdateOpenIDConnectProviderThumbprint.
    pub struct UpdateThumbprintRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
        /// Of certificates; kept and shown.
        thumbprints: "ThumbprintList" => Vec<Thumbprint>,
    }
}

shape! {
    /// Input of TagOpenIDConnectProvider.
    pub struct TagProviderRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
        /// Its tags.
        tags: "Tags" => Tags,
    }
}

shape! {
    /// Input of UntagOpenIDConnectProvider.
    pub struct UntagProviderRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
        /// Which.
        tag_keys: "TagKeys" => TagKeys,
    }
}

shape! {
    /// A page of what a provider has.
    pub struct ProviderPageRequest {
        /// The provider.
        provider_arn: "OpenIDConnectProviderArn" => IamArn,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}
