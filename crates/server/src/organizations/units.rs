//! Organizational units, and who is under whom.

use leasehold_core::organization::{Cause, Organization};
use leasehold_store::Tx;
use leasehold_store::organization::{self as store, Page, Unit};

use super::paging::Paging;
use super::shapes;
use super::standing::{managed, readable};
use crate::cx::Cx;
use crate::operation::Outcome;

/// At most five deep, with a name that its parent has once.
pub async fn create_organizational_unit(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateOrganizationalUnitRequest,
) -> Outcome<shapes::UnitAnswer> {
    let organization = managed(tx, cx).await?;
    check_no_tags(it.tags.as_deref())?;
    check_parent(tx, &organization, &it.parent_id).await?;
    let (_, units) = store::count(tx, &organization.id).await?;
    let above = store::upwards(tx, &it.parent_id).await?.len() - 1;
    Organization::check_new_unit(above, units)?;
    let unit = Unit {
        id: organization.draw_unit_id(&cx.seed),
        organization: organization.id.clone(),
        parent: it.parent_id.0.clone(),
        name: it.name.0.clone(),
    };
    save(tx, &unit).await?;
    answer(tx, &organization, &unit).await
}

/// As it is.
pub async fn describe_organizational_unit(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UnitRequest,
) -> Outcome<shapes::UnitAnswer> {
    let organization = readable(tx, cx).await?;
    let unit = find(tx, &organization, &it.organizational_unit_id).await?;
    answer(tx, &organization, &unit).await
}

/// Renames it; its own name changes nothing.
pub async fn update_organizational_unit(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateOrganizationalUnitRequest,
) -> Outcome<shapes::UnitAnswer> {
    let organization = managed(tx, cx).await?;
    let mut unit = find(tx, &organization, &it.organizational_unit_id).await?;
    if let Some(name) = it.name.as_ref().filter(|name| name.0 != unit.name) {
        unit.name = name.0.clone();
        save(tx, &unit).await?;
    }
    answer(tx, &organization, &unit).await
}

/// When it is empty.
pub async fn delete_organizational_unit(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UnitRequest,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    let unit = find(tx, &organization, &it.organizational_unit_id).await?;
    let first = Page { after: "", limit: 1 };
    let accounts = store::members(tx, &organization.id, Some(&unit.id), first).await?;
    let units = store::units(tx, &organization.id, &unit.id, first).await?;
    if !accounts.is_empty() || !units.is_empty() {
        return Err(Cause::UnitNotEmpty.into());
    }
    store::delete_unit(tx, &unit.id).await?;
    Ok(shapes::Nothing {})
}

/// Directly under a root or OU.
pub async fn list_organizational_units_for_parent(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ParentPageRequest,
) -> Outcome<shapes::ListOrganizationalUnitsForParentResponse> {
    let organization = readable(tx, cx).await?;
    check_parent(tx, &organization, &it.parent_id).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let found = store::units(tx, &organization.id, &it.parent_id, paging.page()).await?;
    let (found, next_token) = paging.cut(found, |unit| &unit.id);
    let mut units = Vec::new();
    for unit in &found {
        units.push(view(tx, &organization, unit).await?);
    }
    Ok(shapes::ListOrganizationalUnitsForParentResponse {
        organizational_units: Some(units),
        next_token,
    })
}

/// There is one.
pub async fn list_parents(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListParentsRequest,
) -> Outcome<shapes::ListParentsResponse> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let child = &*it.child_id;
    let found = if child.starts_with("ou-") {
        store::unit(tx, child).await?.map(|unit| (unit.organization, unit.parent))
    } else {
        store::member(tx, child).await?.map(|member| (member.organization, member.parent))
    };
    let (_, parent) = found.filter(|(id, _)| *id == organization.id).ok_or(Cause::ChildNotFound)?;
    let (parents, next_token) = paging.cut_whole(vec![parent], |parent| parent);
    let show = |id: &String| {
        let is_root = *id == organization.root;
        let kind =
            if is_root { shapes::ParentType::Root } else { shapes::ParentType::OrganizationalUnit };
        shapes::Parent { id: Some(id.as_str().into()), kind: Some(kind) }
    };
    let parents = Some(parents.iter().map(show).collect());
    Ok(shapes::ListParentsResponse { parents, next_token })
}

/// Directly under a root or OU.
pub async fn list_children(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListChildrenRequest,
) -> Outcome<shapes::ListChildrenResponse> {
    let organization = readable(tx, cx).await?;
    check_parent(tx, &organization, &it.parent_id).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let (id, parent) = (&organization.id, &it.parent_id);
    let ids = match it.child_type {
        shapes::ChildType::Account => {
            let found = store::members(tx, id, Some(parent), paging.page()).await?;
            found.into_iter().map(|member| member.account).collect()
        }
        shapes::ChildType::OrganizationalUnit => {
            let found = store::units(tx, id, parent, paging.page()).await?;
            found.into_iter().map(|unit| unit.id).collect()
        }
    };
    let (ids, next_token) = paging.cut::<String>(ids, |id| id);
    let show = |id: String| shapes::Child { id: Some(id.into()), kind: Some(it.child_type) };
    let children = Some(ids.into_iter().map(show).collect());
    Ok(shapes::ListChildrenResponse { children, next_token })
}

/// Whether an organization has this root or OU.
///
/// # Errors
/// What the database says.
pub async fn is_parent(tx: &mut Tx, organization: &Organization, id: &str) -> Outcome<bool> {
    if id == organization.root {
        return Ok(true);
    }
    Ok(store::unit(tx, id).await?.is_some_and(|unit| unit.organization == organization.id))
}

/// Checks that an organization has this root or OU.
///
/// # Errors
/// If not.
pub async fn check_parent(tx: &mut Tx, organization: &Organization, id: &str) -> Outcome<()> {
    if is_parent(tx, organization, id).await? { Ok(()) } else { Err(Cause::ParentNotFound.into()) }
}

/// Checks that there are none.
///
/// # Errors
/// If there are: they would be lost.
pub fn check_no_tags(tags: Option<&[shapes::Tag]>) -> Result<(), Cause> {
    if tags.unwrap_or_default().is_empty() { Ok(()) } else { Err(Cause::TagsNotKept) }
}

async fn find(tx: &mut Tx, organization: &Organization, id: &str) -> Outcome<Unit> {
    let unit = store::unit(tx, id).await?.filter(|unit| unit.organization == organization.id);
    Ok(unit.ok_or(Cause::UnitNotFound)?)
}

async fn save(tx: &mut Tx, unit: &Unit) -> Outcome<()> {
    if store::has_unit(tx, &unit.organization, &unit.parent, &unit.name).await? {
        return Err(Cause::DuplicateUnit.into());
    }
    Ok(store::save_unit(tx, unit).await?)
}

/// The ids from the organization down to one of its OUs or accounts.
///
/// # Errors
/// What the database says.
pub async fn path(
    tx: &mut Tx,
    organization: &Organization,
    parent: &str,
    id: &str,
) -> Outcome<shapes::Path> {
    let mut ids = store::upwards(tx, parent).await?;
    ids.push(organization.id.clone());
    ids.reverse();
    ids.push(id.to_owned());
    Ok((ids.join("/") + "/").into())
}

async fn view(
    tx: &mut Tx,
    organization: &Organization,
    unit: &Unit,
) -> Outcome<shapes::OrganizationalUnit> {
    Ok(shapes::OrganizationalUnit {
        id: Some(unit.id.as_str().into()),
        arn: Some(organization.unit_arn(&unit.id).into()),
        name: Some(unit.name.as_str().into()),
        path: Some(path(tx, organization, &unit.parent, &unit.id).await?),
    })
}

async fn answer(
    tx: &mut Tx,
    organization: &Organization,
    unit: &Unit,
) -> Outcome<shapes::UnitAnswer> {
    let unit = view(tx, organization, unit).await?;
    Ok(shapes::UnitAnswer { organizational_unit: Some(unit) })
}
