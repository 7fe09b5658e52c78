//! OpenID Connect providers, whose tokens roles may trust.

use leasehold_core::Refusal;
use leasehold_core::identity::{
    Cause, Details, Entity, Kind, Provider, check_provider_url, limits, provider_name,
};
use leasehold_store::{Tx, iam as store};

use super::entities::{self, draft, tags_of};
use super::error::*;
use super::{shapes, tags};
use crate::access::{NEW_PROVIDER, Resource};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};
use crate::shape::Timestamp;

/// The operations on providers.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateOpenIDConnectProvider",
            &[
                CONCURRENT_MODIFICATION,
                ENTITY_ALREADY_EXISTS,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                OPEN_ID_IDP_COMMUNICATION_ERROR,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(NEW_PROVIDER)
        .tagging("TagOpenIDConnectProvider"),
        read(
            "GetOpenIDConnectProvider",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(get(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        read("ListOpenIDConnectProviders", &[SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list(tx, cx, it))
        }),
        write(
            "DeleteOpenIDConnectProvider",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        write(
            "AddClientIDToOpenIDConnectProvider",
            &[
                CONCURRENT_MODIFICATION,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(add_client(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        write(
            "RemoveClientIDFromOpenIDConnectProvider",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(remove_client(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        write(
            "UpdateOpenIDConnectProviderThumbprint",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(update_thumbprints(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        write(
            "TagOpenIDConnectProvider",
            &[
                CONCURRENT_MODIFICATION,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(tag(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        write(
            "UntagOpenIDConnectProvider",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(untag(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
        read(
            "ListOpenIDConnectProviderTags",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(list_tags(tx, cx, it)),
        )
        .on(Resource::Arn("OpenIDConnectProviderArn")),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateProviderRequest,
) -> Outcome<shapes::CreateProviderResponse> {
    let name = check_provider_url(&it.url)?;
    let client_ids = it.client_ids.iter().flatten().map(|id| id.0.clone()).collect();
    let thumbprints = it.thumbprints.iter().flatten().map(|print| print.0.clone()).collect();
    let provider = Provider { client_ids, thumbprints };
    check(&provider)?;
    let entity = draft(cx, &name, None, Details::Provider(provider));
    entities::create(tx, cx, &entity, it.tags.as_ref()).await?;
    Ok(shapes::CreateProviderResponse {
        provider_arn: Some(entity.arn().into()),
        tags: tags_of(tx, &entity.id).await?,
    })
}

fn check(provider: &Provider) -> Result<(), Refusal> {
    let (ids, prints) = (provider.client_ids.len(), provider.thumbprints.len());
    limits::check_size(ids, limits::CLIENT_IDS_MAX, "ClientIdsPerOpenIdConnectProvider")?;
    limits::check_size(prints, limits::THUMBPRINTS_MAX, "ThumbprintsPerOpenIdConnectProvider")?;
    let is_hex = |print: &String| print.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !provider.thumbprints.iter().all(is_hex) {
        let text = "ThumbprintList: a thumbprint has 40 hexadecimal digits.";
        return Err(Cause::InvalidInput.because(text));
    }
    Ok(())
}

async fn get(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ProviderRequest,
) -> Outcome<shapes::GetProviderResponse> {
    let (entity, provider) = find(tx, cx, &it.provider_arn).await?;
    let client_ids = provider.client_ids.into_iter().map(Into::into).collect();
    let thumbprints = provider.thumbprints.into_iter().map(Into::into).collect();
    Ok(shapes::GetProviderResponse {
        tags: tags_of(tx, &entity.id).await?,
        url: Some(entity.name.into()),
        client_ids: Some(client_ids),
        thumbprints: Some(thumbprints),
        create_date: Some(Timestamp(entity.created_at_ms)),
    })
}

/// The provider of this ARN.
async fn find(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<(Entity, Provider)> {
    let found = look_up(tx, cx, arn).await?;
    let missing =
        || Cause::NoSuchEntity.because(format!("OpenIDConnect Provider not found for arn {arn}"));
    let entity = found.ok_or_else(missing)?;
    let provider = entities::provider_of(&entity)?;
    Ok((entity, provider))
}

async fn look_up(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Option<Entity>> {
    let account = &cx.caller.account;
    let found = match provider_name(arn, account) {
        Some(name) => store::find(tx, account, Kind::Provider, name).await?,
        None => None,
    };
    // Names are found whatever their case; policies have been asked about this very ARN.
    let found = found.filter(|found| found.arn() == arn);
    if let Some(found) = &found {
        cx.check_same(Some(Kind::Provider), &found.id)?;
    }
    Ok(found)
}

async fn list(tx: &mut Tx, cx: &Cx, _: &shapes::Nothing) -> Outcome<shapes::ListProvidersResponse> {
    let found = entities::all(tx, cx, Kind::Provider, "/").await?;
    let show = |entity: &Entity| shapes::ProviderEntry { arn: Some(entity.arn().into()) };
    Ok(shapes::ListProvidersResponse { providers: Some(found.iter().map(show).collect()) })
}

/// One that is not there is deleted, too (API, DeleteOpenIDConnectProvider).
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::ProviderRequest) -> Outcome<shapes::Nothing> {
    if let Some(entity) = look_up(tx, cx, &it.provider_arn).await? {
        entities::delete(tx, &entity).await?;
    }
    Ok(shapes::Nothing {})
}

/// Once more changes nothing.
async fn add_client(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ProviderClientRequest,
) -> Outcome<shapes::Nothing> {
    change(tx, cx, &it.provider_arn, |provider| {
        if !provider.client_ids.contains(&it.client_id.0) {
            provider.client_ids.push(it.client_id.0.clone());
        }
    })
    .await
}

/// One that is not there is removed, too.
async fn remove_client(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ProviderClientRequest,
) -> Outcome<shapes::Nothing> {
    let change_it =
        |provider: &mut Provider| provider.client_ids.retain(|id| *id != it.client_id.0);
    change(tx, cx, &it.provider_arn, change_it).await
}

/// All of them anew.
async fn update_thumbprints(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateThumbprintRequest,
) -> Outcome<shapes::Nothing> {
    let thumbprints = it.thumbprints.iter().map(|print| print.0.clone()).collect();
    change(tx, cx, &it.provider_arn, |provider| provider.thumbprints = thumbprints).await
}

async fn change(
    tx: &mut Tx,
    cx: &Cx,
    arn: &str,
    change: impl FnOnce(&mut Provider),
) -> Outcome<shapes::Nothing> {
    let (entity, mut provider) = find(tx, cx, arn).await?;
    change(&mut provider);
    check(&provider)?;
    store::save(tx, &Entity { details: Details::Provider(provider), ..entity }).await?;
    Ok(shapes::Nothing {})
}

async fn tag(tx: &mut Tx, cx: &Cx, it: &shapes::TagProviderRequest) -> Outcome<shapes::Nothing> {
    let (entity, _) = find(tx, cx, &it.provider_arn).await?;
    tags::set(tx, &entity.id, &it.tags).await?;
    Ok(shapes::Nothing {})
}

async fn untag(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UntagProviderRequest,
) -> Outcome<shapes::Nothing> {
    let (entity, _) = find(tx, cx, &it.provider_arn).await?;
    tags::remove(tx, &entity.id, &it.tag_keys).await?;
    Ok(shapes::Nothing {})
}

async fn list_tags(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ProviderPageRequest,
) -> Outcome<shapes::TagsAnswer> {
    let (entity, _) = find(tx, cx, &it.provider_arn).await?;
    tags::list(tx, &entity.id, it.marker.as_ref(), it.max_items).await
}
