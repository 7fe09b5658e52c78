//! What policies would say of a request that nobody makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leasehold_core::Refusal;
use leasehold_core::account::is_account_id;
use leasehold_core::iam::{
    self, Action, Attached, Context, Decider, Decision, Key, OfResource, Policy, Principal,
    Request, Source, Value, Values, evaluate,
};
use leasehold_core::identity::{Cause, Entity, Kind, PolicyArn};
use leasehold_store::{Tx, iam as store};

use super::error::*;
use super::paging::Paging;
use super::shapes;
use crate::access::Resource;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read};
use crate::rights::Rights;

/// Actions times resources of one request.
const RESULTS_MAX: usize = 1_000;
/// The resource of those who name none.
const ANY: &str = "*";

/// The operations that simulate.
pub fn operations() -> Vec<Operation> {
    vec![
        read("SimulateCustomPolicy", &[INVALID_INPUT, POLICY_EVALUATION], |tx, cx, it| {
            Box::pin(simulate_custom(tx, cx, it))
        }),
        read(
            "SimulatePrincipalPolicy",
            &[INVALID_INPUT, NO_SUCH_ENTITY, POLICY_EVALUATION],
            |tx, cx, it| Box::pin(simulate_principal(tx, cx, it)),
        )
        .on(Resource::Arn("PolicySourceArn")),
        read("GetContextKeysForCustomPolicy", &[INVALID_INPUT], |tx, cx, it| {
            Box::pin(custom_keys(tx, cx, it))
        }),
        read("GetContextKeysForPrincipalPolicy", &[INVALID_INPUT, NO_SUCH_ENTITY], |tx, cx, it| {
            Box::pin(principal_keys(tx, cx, it))
        })
        .on(Resource::Arn("PolicySourceArn")),
    ]
}

/// What both simulations ask beside the policies.
struct Asked<'a> {
    actions: &'a [shapes::ActionName],
    resources: Option<&'a [shapes::ResourceName]>,
    of_resource: Option<&'a shapes::PolicyDocument>,
    owner: Option<&'a shapes::ResourceName>,
    entries: &'a [shapes::ContextEntry],
    paging: Paging<'a>,
}

/// The policies that are given, and no others.
async fn simulate_custom(
    _: &mut Tx,
    cx: &Cx,
    it: &shapes::SimulateCustomPolicyRequest,
) -> Outcome<shapes::SimulatePolicyResponse> {
    let rights = Rights {
        identity: compile("PolicyInputList", &it.policy_input_list)?,
        boundary: boundary(it.permissions_boundary_policy_input_list.as_deref())?,
        session: None,
        tags: Vec::new(),
    };
    let asked = Asked {
        actions: &it.action_names,
        resources: it.resource_arns.as_deref(),
        of_resource: it.resource_policy.as_ref(),
        owner: it.resource_owner.as_ref(),
        entries: it.context_entries.as_deref().unwrap_or_default(),
        paging: Paging::read(it.marker.as_ref(), it.max_items),
    };
    let arn = it.caller_arn.as_deref().unwrap_or(&cx.caller.principal);
    let caller = principal(&cx.caller.account, arn, "", &rights);
    Ok(answer(cx, &caller, &rights, &asked)?)
}

/// Those of a user, group or role, with those that are given.
async fn simulate_principal(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::SimulatePrincipalPolicyRequest,
) -> Outcome<shapes::SimulatePolicyResponse> {
    let entity = source(tx, cx, &it.policy_source_arn).await?;
    let mut rights = Rights::of(tx, &entity).await?;
    let more = it.policy_input_list.as_deref().unwrap_or_default();
    rights.identity.extend(compile("PolicyInputList", more)?);
    if let Some(boundary) = boundary(it.permissions_boundary_policy_input_list.as_deref())? {
        rights.boundary = Some(boundary);
    }
    let asked = Asked {
        actions: &it.action_names,
        resources: it.resource_arns.as_deref(),
        of_resource: it.resource_policy.as_ref(),
        owner: it.resource_owner.as_ref(),
        entries: it.context_entries.as_deref().unwrap_or_default(),
        paging: Paging::read(it.marker.as_ref(), it.max_items),
    };
    let own = entity.arn();
    let arn = it.caller_arn.as_deref().unwrap_or(&own);
    let caller = principal(&cx.caller.account, arn, &entity.id, &rights);
    Ok(answer(cx, &caller, &rights, &asked)?)
}

async fn custom_keys(
    _: &mut Tx,
    _: &Cx,
    it: &shapes::GetContextKeysForCustomPolicyRequest,
) -> Outcome<shapes::GetContextKeysResponse> {
    Ok(keys(&compile("PolicyInputList", &it.policy_input_list)?))
}

async fn principal_keys(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetContextKeysForPrincipalPolicyRequest,
) -> Outcome<shapes::GetContextKeysResponse> {
    let entity = source(tx, cx, &it.policy_source_arn).await?;
    let mut found = Rights::of(tx, &entity).await?.identity;
    found.extend(compile("PolicyInputList", it.policy_input_list.as_deref().unwrap_or_default())?);
    Ok(keys(&found))
}

fn keys(policies: &[Attached]) -> shapes::GetContextKeysResponse {
    let keys: BTreeSet<&str> =
        policies.iter().flat_map(|each| each.policy.keys()).map(Key::as_str).collect();
    let names = keys.into_iter().map(Into::into).collect();
    shapes::GetContextKeysResponse { context_key_names: Some(names) }
}

/// The user, group or role of this ARN.
async fn source(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Entity> {
    let invalid = || {
        let text = "PolicySourceArn: it must be the ARN of a user, group or role of this account.";
        Cause::InvalidInput.because(text)
    };
    let own = format!("arn:aws:iam::{}:", cx.caller.account);
    let resource = arn.strip_prefix(&own).ok_or_else(invalid)?;
    let (kind, path) = resource.split_once('/').ok_or_else(invalid)?;
    let kinds = [Kind::User, Kind::Group, Kind::Role];
    let kind = kinds.into_iter().find(|each| each.as_str() == kind).ok_or_else(invalid)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let found = store::find(tx, &cx.caller.account, kind, name).await?;
    let missing = || {
        Cause::NoSuchEntity
            .because(format!("The {} with name {name} cannot be found.", kind.as_str()))
    };
    Ok(found.filter(|found| found.arn() == arn).ok_or_else(missing)?)
}

fn compile(list: &str, documents: &[shapes::PolicyDocument]) -> Result<Vec<Attached>, Refusal> {
    let compile = |(index, document): (usize, &shapes::PolicyDocument)| {
        one(&format!("{list}.{}", index + 1), iam::Kind::Identity, document)
    };
    documents.iter().enumerate().map(compile).collect()
}

fn one(name: &str, kind: iam::Kind, document: &str) -> Result<Attached, Refusal> {
    let invalid = |fault: iam::Fault| Cause::InvalidInput.because(format!("{name}: {fault}"));
    let policy = Policy::parse(kind, document).map_err(invalid)?;
    Ok(Attached { name: name.into(), policy: Arc::new(policy) })
}

fn boundary(documents: Option<&[shapes::PolicyDocument]>) -> Result<Option<Attached>, Refusal> {
    let list = "PermissionsBoundaryPolicyInputList";
    let mut compiled = compile(list, documents.unwrap_or_default())?;
    if compiled.len() > 1 {
        let text = format!("{list}: a user or role has one permissions boundary.");
        return Err(Cause::InvalidInput.because(text));
    }
    Ok(compiled.pop())
}

/// Who asks, in a simulation. A group asks as one of its users would.
fn principal<'a>(account: &'a str, arn: &'a str, id: &'a str, rights: &'a Rights) -> Principal<'a> {
    let account = arn.split(':').nth(4).filter(|text| is_account_id(text)).unwrap_or(account);
    let tags = &rights.tags;
    if arn.contains(":role/") {
        return Principal::Session { account, arn, id, role_arn: arn, tags };
    }
    let name = arn.rsplit('/').next().unwrap_or_default();
    Principal::User { account, arn, id, name, tags }
}

fn answer(
    cx: &Cx,
    caller: &Principal<'_>,
    rights: &Rights,
    asked: &Asked<'_>,
) -> Result<shapes::SimulatePolicyResponse, Refusal> {
    let of_resource = match asked.of_resource {
        Some(document) => Some(one("ResourcePolicy", iam::Kind::Resource, document)?),
        None => None,
    };
    let any = [shapes::ResourceName::from(ANY)];
    let resources = asked.resources.filter(|all| !all.is_empty()).unwrap_or(&any);
    if asked.actions.len().saturating_mul(resources.len()) > RESULTS_MAX {
        let text = format!("ActionNames times ResourceArns may be at most {RESULTS_MAX}.");
        return Err(Cause::InvalidInput.because(text));
    }
    let owner = asked.owner.map(|owner| owner.split(':').nth(4).unwrap_or(owner));
    let account = owner.or_else(|| caller.account()).unwrap_or(&cx.caller.account);
    let resource = of_resource.as_ref().map(|attached| OfResource { account, attached });
    let policies = iam::Policies { resource, ..rights.policies() };
    let values = asked.entries.iter().map(values).collect::<Result<Vec<_>, _>>()?;
    let more: Vec<(&str, Values<'_>)> =
        values.iter().map(|(name, values)| (*name, Values::Many(values))).collect();
    let context =
        Context { now_ms: cx.now_ms, region: Some(&cx.region), more: &more, ..Context::default() };
    let mut results = Vec::new();
    for name in asked.actions {
        let action = Action::parse(name).ok_or_else(|| {
            Cause::InvalidInput.because(format!("ActionNames: {} is not an action.", name.0))
        })?;
        for resource in resources {
            let request =
                Request { principal: caller, action: &action, resource, context: &context };
            results.push(result(&request, &policies, rights.boundary.is_some()));
        }
    }
    let (results, (is_truncated, marker)) = asked.paging.cut_counted(results);
    Ok(shapes::SimulatePolicyResponse { evaluation_results: Some(results), is_truncated, marker })
}

/// A key and its values.
fn values(entry: &shapes::ContextEntry) -> Result<(&str, Vec<Value<'_>>), Refusal> {
    let missing = || Cause::InvalidInput.because("ContextEntries: ContextKeyName is required.");
    let name = entry.context_key_name.as_deref().ok_or_else(missing)?;
    let values = entry.context_key_values.iter().flatten();
    Ok((name, values.map(|value| Value::Text(value)).collect()))
}

fn result(
    request: &Request<'_>,
    policies: &iam::Policies<'_>,
    is_bound: bool,
) -> shapes::EvaluationResult {
    let decision = evaluate(request, policies);
    let (word, decider) = match decision {
        Decision::Root => (shapes::Decision::Allowed, None),
        Decision::Allowed(_, decider) => (shapes::Decision::Allowed, Some(decider)),
        Decision::ExplicitDeny(_, decider) => (shapes::Decision::ExplicitDeny, Some(decider)),
        Decision::ImplicitDeny(_) => (shapes::Decision::ImplicitDeny, None),
    };
    let refuses = matches!(
        decision,
        Decision::ImplicitDeny(Source::Boundary) | Decision::ExplicitDeny(Source::Boundary, _)
    );
    let boundary = is_bound
        .then_some(shapes::BoundaryDecision { allowed_by_permissions_boundary: Some(!refuses) });
    let resource = policies.resource.map(|resource| resource.attached);
    let all = policies.identity.iter().chain(policies.boundary).chain(resource);
    let missing: BTreeSet<&str> = all
        .flat_map(|attached| attached.policy.keys())
        .filter(|key| !request.knows(key))
        .map(Key::as_str)
        .collect();
    shapes::EvaluationResult {
        eval_action_name: request.action.as_str().into(),
        eval_resource_name: Some(request.resource.into()),
        eval_decision: word,
        matched_statements: Some(decider.iter().map(statement).collect()),
        missing_context_values: Some(missing.into_iter().map(Into::into).collect()),
        organizations_decision_detail: None,
        permissions_boundary_decision_detail: boundary,
        eval_decision_details: Some(BTreeMap::new()),
        resource_specific_results: None,
    }
}

fn statement(decider: &Decider<'_>) -> shapes::Statement {
    let name = &*decider.attached.name;
    let (id, kind) = match (name.split_once('/'), PolicyArn::parse(name)) {
        (_, Ok(arn)) if arn.account == "aws" => (arn.name, shapes::PolicySource::AwsManaged),
        (_, Ok(arn)) => (arn.name, shapes::PolicySource::UserManaged),
        (Some(("user", name)), Err(_)) => (name, shapes::PolicySource::User),
        (Some(("group", name)), Err(_)) => (name, shapes::PolicySource::Group),
        (Some(("role", name)), Err(_)) => (name, shapes::PolicySource::Role),
        (_, Err(_)) if name == "ResourcePolicy" => (name, shapes::PolicySource::Resource),
        (_, Err(_)) => (name, shapes::PolicySource::None),
    };
    shapes::Statement {
        source_policy_id: Some(id.to_owned()),
        source_policy_type: Some(kind),
        start_position: None,
        end_position: None,
    }
}
