//! Handshakes: an organization invites an account of this server, and the account answers.

use leasehold_core::organization::{
    Cause, FeatureSet, HANDSHAKES_MAX, Handshake, HandshakeState, KEPT_MS, Organization,
};
use leasehold_store::handshake::{self as store, Party};
use leasehold_store::{Tx, account, organization};

use super::paging::Paging;
use super::placement::{enter, newcomer};
use super::shapes::{self, ActionType, HandshakePartyType, HandshakeResourceType};
use super::standing::{managed, readable};
use super::units::check_no_tags;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::shape::Timestamp;

/// By the account's number, once at a time.
pub async fn invite_account_to_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::InviteRequest,
) -> Outcome<shapes::HandshakeAnswer> {
    let inviting = managed(tx, cx).await?;
    check_no_tags(it.tags.as_deref())?;
    if it.target.kind != HandshakePartyType::Account {
        return Err(Cause::TargetNotSupported.into());
    }
    let target = &it.target.id;
    if account::find(tx, target).await?.is_none() {
        return Err(Cause::TargetNotFound.into());
    }
    let member = organization::member(tx, target).await?;
    if member.is_some_and(|member| member.organization == inviting.id) {
        return Err(Cause::TargetIsMember.into());
    }
    let earlier = store::between(tx, &inviting.id, target).await?;
    if earlier.iter().any(|each| each.state_at(cx.now_ms) == HandshakeState::Open) {
        return Err(Cause::DuplicateHandshake.into());
    }
    if store::tidy(tx, &inviting.id, cx.now_ms - KEPT_MS).await? >= HANDSHAKES_MAX {
        return Err(Cause::TooManyHandshakes.into());
    }
    let notes = it.notes.as_ref().map(|notes| notes.0.clone());
    let handshake = Handshake { notes, ..Handshake::new(&inviting, target, &cx.seed, cx.now_ms) };
    store::save(tx, &handshake).await?;
    Ok(answer(cx, &handshake))
}

/// By the account that is invited, which is in the organization from then on.
pub async fn accept_handshake(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakeRequest,
) -> Outcome<shapes::HandshakeAnswer> {
    let handshake = end(tx, cx, it, HandshakeState::Accepted).await?;
    let joined = organization::find(tx, &handshake.organization).await?;
    let joined = joined.ok_or(Cause::HandshakeNotFound)?;
    enter(tx, cx, &newcomer(cx, &joined, &handshake.account)).await?;
    Ok(answer(cx, &handshake))
}

/// By the account that is invited.
pub async fn decline_handshake(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakeRequest,
) -> Outcome<shapes::HandshakeAnswer> {
    Ok(answer(cx, &end(tx, cx, it, HandshakeState::Declined).await?))
}

/// By the organization.
pub async fn cancel_handshake(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakeRequest,
) -> Outcome<shapes::HandshakeAnswer> {
    Ok(answer(cx, &end(tx, cx, it, HandshakeState::Canceled).await?))
}

async fn end(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakeRequest,
    state: HandshakeState,
) -> Outcome<Handshake> {
    let handshake = find(tx, cx, &it.handshake_id).await?;
    let may_end = match state {
        HandshakeState::Canceled => &handshake.management_account,
        _ => &handshake.account,
    };
    if *may_end != cx.caller.account {
        return Err(Cause::AccessDenied.into());
    }
    let handshake = handshake.end(state, cx.now_ms)?;
    store::save(tx, &handshake).await?;
    Ok(handshake)
}

/// For both sides.
pub async fn describe_handshake(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakeRequest,
) -> Outcome<shapes::HandshakeAnswer> {
    Ok(answer(cx, &find(tx, cx, &it.handshake_id).await?))
}

/// A handshake that the caller takes part in.
async fn find(tx: &mut Tx, cx: &Cx, id: &str) -> Outcome<Handshake> {
    let caller = &cx.caller.account;
    let found = store::find(tx, id).await?;
    let found = found.filter(|it| [&it.account, &it.management_account].contains(&caller));
    Ok(found.ok_or(Cause::HandshakeNotFound)?)
}

/// Those that the caller got; it may be in no organization.
pub async fn list_handshakes_for_account(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakesRequest,
) -> Outcome<shapes::HandshakesAnswer> {
    list(tx, cx, Party::Account(&cx.caller.account), it).await
}

/// Those that the organization made.
pub async fn list_handshakes_for_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::HandshakesRequest,
) -> Outcome<shapes::HandshakesAnswer> {
    let organization = readable(tx, cx).await?;
    list(tx, cx, Party::Organization(&organization.id), it).await
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    party: Party<'_>,
    it: &shapes::HandshakesRequest,
) -> Outcome<shapes::HandshakesAnswer> {
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    // All handshakes are invitations, and none belongs to another one.
    let is_empty = it.filter.as_ref().is_some_and(|filter| {
        filter.action_type.is_some_and(|action| action != ActionType::Invite)
            || filter.parent_handshake_id.is_some()
    });
    let found = if is_empty { Vec::new() } else { store::list(tx, party, paging.page()).await? };
    let (found, next_token) = paging.cut(found, |handshake| &handshake.id);
    let handshakes = found.iter().map(|it| view(cx, it, ActionType::Invite)).collect();
    Ok(shapes::HandshakesAnswer { handshakes: Some(handshakes), next_token })
}

/// Takes effect at once: the members of this server's organizations are asked nothing.
pub async fn enable_all_features(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::Nothing,
) -> Outcome<shapes::HandshakeAnswer> {
    let organization = managed(tx, cx).await?;
    if organization.has_all_features() {
        return Err(Cause::HasAllFeatures.into());
    }
    let organization = Organization { feature_set: FeatureSet::All, ..organization };
    organization::save(tx, &organization).await?;
    let manager = &organization.management_account;
    let handshake = Handshake::new(&organization, manager, &cx.seed, cx.now_ms);
    let handshake = handshake.end(HandshakeState::Accepted, cx.now_ms)?;
    let handshake = view(cx, &handshake, ActionType::EnableAllFeatures);
    Ok(shapes::HandshakeAnswer { handshake: Some(handshake) })
}

fn answer(cx: &Cx, it: &Handshake) -> shapes::HandshakeAnswer {
    shapes::HandshakeAnswer { handshake: Some(view(cx, it, ActionType::Invite)) }
}

fn view(cx: &Cx, it: &Handshake, action: ActionType) -> shapes::Handshake {
    let party = |id: &str, kind| shapes::HandshakeParty { id: id.into(), kind };
    let organization = it.organization.trim_start_matches("o-");
    let mut parties = vec![party(organization, HandshakePartyType::Organization)];
    let mut resources = vec![shapes::HandshakeResource {
        value: Some(it.organization.clone()),
        kind: Some(HandshakeResourceType::Organization),
        resources: Some(vec![
            detail(&it.management_account, HandshakeResourceType::ManagementAccount),
            detail(it.feature_set.as_str(), HandshakeResourceType::OrganizationFeatureSet),
        ]),
    }];
    if action == ActionType::Invite {
        parties.push(party(&it.account, HandshakePartyType::Account));
        resources.push(resource(&it.account, HandshakeResourceType::Account));
        let notes = it.notes.as_deref();
        resources.extend(notes.map(|notes| resource(notes, HandshakeResourceType::Notes)));
    }
    shapes::Handshake {
        id: Some(it.id.as_str().into()),
        arn: Some(it.arn(action.as_str()).into()),
        parties: Some(parties),
        state: Some(it.state_at(cx.now_ms)),
        requested_timestamp: Some(Timestamp(it.requested_at_ms)),
        expiration_timestamp: Some(Timestamp(it.expires_at_ms)),
        action: Some(action),
        resources: Some(resources),
    }
}

fn resource(value: &str, kind: HandshakeResourceType) -> shapes::HandshakeResource {
    let value = Some(value.to_owned());
    shapes::HandshakeResource { value, kind: Some(kind), resources: None }
}

fn detail(value: &str, kind: HandshakeResourceType) -> shapes::HandshakeDetail {
    shapes::HandshakeDetail { value: Some(value.to_owned()), kind: Some(kind) }
}
