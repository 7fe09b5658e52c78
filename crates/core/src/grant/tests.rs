//! Every transition of 3.2, and who may make it.

use super::*;
use crate::license::tests::example;
use crate::refusal::{Kind, Refusal};

const SELLER: &str = "111122223333";
const BUYER: &str = "444455556666";
const OTHER: &str = "777788889999";

fn new(granter: &str, principal: &str, operations: &[AllowedOperation]) -> NewGrant {
    NewGrant {
        key: 7,
        arn: arn(granter, "7"),
        name: "grant".into(),
        granter: granter.into(),
        region: "us-east-1".into(),
        home_region: "us-east-1".into(),
        principal: Principal::parse(principal).unwrap(),
        operations: operations.to_vec(),
        is_accepted: false,
        now_ms: 0,
    }
}

fn to_account(account: &str) -> String {
    crate::account::root_arn(account)
}

const TO_ORGANIZATION: &str = "arn:aws:organizations::444455556666:organization/o-abcdef1234";

/// A grant of the seller's to the buyer in this status.
fn standing(status: GrantStatus) -> Grant {
    let license = example();
    let new = new(SELLER, &to_account(BUYER), AllowedOperation::ALL);
    let mut grant = create(&license, &Grantor::Owner, new).unwrap();
    grant.terms.status = status;
    grant
}

/// An organization's grant of the seller's, and one account's part of it, in this status.
fn distributed(status: GrantStatus) -> (Grant, Grant) {
    let new = new(BUYER, TO_ORGANIZATION, &[AllowedOperation::CheckoutLicense]);
    let own = standing(GrantStatus::Active);
    let grantor = Grantor::Grantee(&own, AllowedOperation::ALL.to_vec());
    let pending = create(&example(), &grantor, new).unwrap();
    assert_eq!(pending.terms.status, GrantStatus::PendingWorkflow);
    let whole = through_workflow(pending, 0).pop().unwrap();
    assert_eq!(whole.terms.status, GrantStatus::WorkflowCompleted);
    let mut part = member(&whole, OTHER, 8, arn(BUYER, "8"), 0);
    assert_eq!(part.terms.status, GrantStatus::Disabled);
    part.terms.status = status;
    (whole, part)
}

fn set(status: GrantStatus) -> Change {
    Change { status: Some(status), ..Change::default() }
}

fn amended(grant: &Grant, account: &str, change: Change) -> Result<GrantStatus, Refusal> {
    let role = grant.role_of(account).unwrap();
    let versions = amend(&example(), grant, None, role, change, 1)?;
    assert_eq!(versions[0].version, grant.version + 1);
    Ok(versions.last().unwrap().terms.status)
}

fn rule<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().rule
}

/// Section 3.2: what is not listed is refused, whatever a grant's status is.
#[test]
fn every_transition_of_an_accounts_grant_is_listed_or_refused() {
    use GrantStatus::{Active, Deleted, Disabled, PendingAccept, Rejected};
    for from in GrantStatus::ALL.iter().copied() {
        let grant = standing(from);
        let to = |result: Result<Grant, Refusal>| result.ok().map(|next| next.terms.status);
        let accepted = (from == PendingAccept).then_some(Disabled);
        assert_eq!(to(accept(&grant, BUYER, 1)), accepted, "accept {from:?}");
        let rejected = [PendingAccept, Disabled, Active].contains(&from).then_some(Rejected);
        assert_eq!(to(reject(&grant, BUYER, 1)), rejected, "reject {from:?}");
        let deleted = (!from.is_over()).then_some(Deleted);
        let last = |versions: Vec<Grant>| versions.last().unwrap().terms.status;
        assert_eq!(delete(&grant, SELLER, "1", None, 1).ok().map(last), deleted, "delete {from:?}");
        for status in GrantStatus::ALL.iter().copied() {
            let from_either = [Active, Disabled, GrantStatus::WorkflowCompleted].contains(&from);
            let listed = [Active, Disabled].contains(&status) && from_either;
            let now = amended(&grant, BUYER, set(status)).ok();
            assert_eq!(now, listed.then_some(status), "{from:?} to {status:?}");
        }
        let renamed = Change { name: Some("new".into()), ..Change::default() };
        assert_eq!(amended(&grant, SELLER, renamed).is_ok(), !from.is_over(), "rename {from:?}");
    }
}

/// G4, G26, G33, G42.
#[test]
fn an_organizations_grant_goes_through_its_workflow_and_its_parts_follow() {
    use GrantStatus::{Active, Deleted, Disabled, PendingDelete, PendingWorkflow};
    let (whole, part) = distributed(Disabled);
    let versions = amend(&example(), &whole, None, Role::Grantor, set(Active), 1).unwrap();
    let shown: Vec<_> = versions.iter().map(|it| (it.version, it.terms.status)).collect();
    assert_eq!(shown, [(2 + 1, PendingWorkflow), (2 + 2, GrantStatus::WorkflowCompleted)]);
    assert_eq!(versions[1].terms.member_status, Some(Active));
    let activated = follow(&part, &versions[1], Some(Active), 1).unwrap();
    assert_eq!(activated.terms.status, Active);
    assert_eq!(follow(&part, &whole, Some(Disabled), 1), None);
    assert_eq!(follow(&withdraw(&part, "left", 1), &whole, Some(Active), 1), None);
    let mut wider = whole.clone();
    wider.terms.operations.push(AllowedOperation::CreateToken);
    let widened = follow(&activated, &wider, None, 1).unwrap();
    assert_eq!(widened.terms.operations, wider.terms.operations);
    assert_eq!(widened.terms.status, Active);
    let late = member(&versions[1], OTHER, 9, arn(BUYER, "9"), 2);
    assert_eq!(late.terms.status, Active, "G51");
    assert_eq!(rule(accept(&part, OTHER, 1)), "G26");
    assert_eq!(rule(reject(&part, OTHER, 1)), "G26");
    assert_eq!(amended(&part, OTHER, set(Active)), Ok(Active));
    assert_eq!(amended(&part, BUYER, set(Active)), Ok(Active));
    let gone = delete(&whole, BUYER, "2", None, 1).unwrap();
    let shown: Vec<_> = gone.iter().map(|it| it.terms.status).collect();
    assert_eq!(shown, [PendingDelete, Deleted]);
    assert_eq!(rule(delete(&part, BUYER, "1", None, 1)), "G40");
}

/// G24, G31–G33, G35, G40, G41.
#[test]
fn changes_are_refused_by_who_asks_and_what() {
    let grant = standing(GrantStatus::Active);
    let pending = standing(GrantStatus::PendingAccept);
    let refusal = accept(&pending, OTHER, 1).unwrap_err();
    let caller = "arn:aws:iam::777788889999:root";
    assert_eq!(refusal.message, format!("Caller {caller} is not allowed to accept this grant."));
    assert_eq!(rule(reject(&pending, SELLER, 1)), "G24");
    assert_eq!(rule(delete(&grant, BUYER, "1", None, 1)), "G40");
    let refusal = delete(&grant, SELLER, "2", None, 1).unwrap_err();
    assert!(refusal.message.ends_with("doesn't match the latest version 1 in our records"));
    assert_eq!(rule(amended(&grant, SELLER, set(GrantStatus::Disabled))), "G33");
    let renamed = Change { name: Some("new".into()), ..Change::default() };
    assert_eq!(rule(amended(&grant, BUYER, renamed)), "G33");
    let stale = Change { source_version: Some("2".into()), ..set(GrantStatus::Disabled) };
    assert_eq!(rule(amended(&grant, BUYER, stale)), "G31");
    let replacing = Change {
        activation_override: Some(ActivationOverride::DistributedGrantsOnly),
        ..set(GrantStatus::Active)
    };
    assert_eq!(rule(amended(&grant, BUYER, replacing)), "G35");
}

/// G35, G37.
#[test]
fn an_override_is_for_marketplace_and_not_against_the_grantors() {
    let (whole, mut part) = distributed(GrantStatus::Disabled);
    let mut license = example();
    license.account = MARKETPLACE_ACCOUNT.into();
    let change = || Change {
        activation_override: Some(ActivationOverride::AllGrantsPermittedByIssuer),
        ..set(GrantStatus::Active)
    };
    assert!(amend(&license, &part, None, Role::Grantee, change(), 1).is_ok());
    part.terms.activation_override = Some(ActivationOverride::DistributedGrantsOnly);
    assert_eq!(rule(amend(&license, &part, None, Role::Grantee, change(), 1)), "G37");
    assert!(amend(&license, &part, None, Role::Grantor, change(), 1).is_ok());
    let activated = amend(&license, &whole, None, Role::Grantor, change(), 1).unwrap();
    let followed = follow(&part, &activated[1], Some(GrantStatus::Active), 1).unwrap();
    assert_eq!(followed.terms.activation_override, change().activation_override);
}

/// G13–G17, W75, W76, and the depth that license metadata opens.
#[test]
fn a_license_is_passed_on_within_ones_own_rights() {
    use AllowedOperation::{CheckoutLicense, CreateGrant, CreateToken};
    let mut license = example();
    let own = standing(GrantStatus::Active);
    let pass_on = |license: &License, own: &Grant, has: &[AllowedOperation], asks: &[_]| {
        let grantor = Grantor::Grantee(own, has.to_vec());
        let granter = own.grantee.clone().unwrap();
        let next = if granter == BUYER { OTHER } else { "999988887777" };
        create(license, &grantor, new(&granter, &to_account(next), asks))
    };
    let all = AllowedOperation::ALL;
    let child = pass_on(&license, &own, all, &[CheckoutLicense, CheckoutLicense]).unwrap();
    assert_eq!((child.depth, child.parent, child.version), (2, Some(own.key), 1));
    assert_eq!(child.terms.operations, [CheckoutLicense]);
    let refusal = pass_on(&license, &own, &[CheckoutLicense], &[CheckoutLicense]).unwrap_err();
    assert_eq!((refusal.kind, refusal.rule.as_str()), (Kind::Denied, "G14"));
    let pending = standing(GrantStatus::PendingAccept);
    assert_eq!(rule(pass_on(&license, &pending, all, &[CheckoutLicense])), "G14");
    assert_eq!(rule(pass_on(&license, &own, &[CreateGrant], &[CreateToken])), "G14");
    assert_eq!(rule(pass_on(&license, &own, all, &[CreateGrant])), "G13");
    let child = accept(&child, OTHER, 1).unwrap();
    assert_eq!(rule(pass_on(&license, &child, all, &[CheckoutLicense])), "G13");
    license.terms.metadata.push(crate::license::Metadata {
        name: Some(DEPTH_METADATA.into()),
        value: Some("3".into()),
    });
    let reseller = pass_on(&license, &own, all, &[CreateGrant]).unwrap();
    let reseller = accept(&reseller, OTHER, 1).unwrap();
    assert!(pass_on(&license, &reseller, all, &[CheckoutLicense]).is_ok());
    assert_eq!(rule(pass_on(&license, &reseller, all, &[CreateGrant])), "G13");
    let mut elsewhere = new(SELLER, &to_account(BUYER), all);
    elsewhere.region = "eu-west-1".into();
    let refusal = create(&license, &Grantor::Owner, elsewhere).unwrap_err();
    let text = "Grant can only be created in resource home AWS region: us-east-1";
    assert_eq!(refusal.message, text);
    let to_self = new(SELLER, &to_account(SELLER), all);
    assert_eq!(rule(create(&license, &Grantor::Owner, to_self)), "G16");
}

/// G15.
#[test]
fn principals_have_three_forms() {
    let check = |text: &str, expect: bool| {
        let read = Principal::parse(text);
        assert_eq!(read.is_ok(), expect, "{text}");
        if let Ok(principal) = read {
            assert_eq!(principal.to_string(), text);
        }
    };
    check("arn:aws:iam::444455556666:root", true);
    check(TO_ORGANIZATION, true);
    check("arn:aws:organizations::444455556666:ou/o-abcdef1234/ou-ab12-11111111", true);
    check("arn:aws:iam::444455556666:user/me", false);
    check("arn:aws:iam::4444:root", false);
    check("444455556666", false);
    check("arn:aws:organizations::444455556666:ou/o-abcdef1234", false);
    check("arn:aws:organizations::444455556666:root/o-abcdef1234/r-ab12", false);
}

/// G36.
#[test]
fn an_activation_settles_with_other_grants_of_the_product() {
    use ActivationOverride::{AllGrantsPermittedByIssuer, DistributedGrantsOnly};
    let others = [standing(GrantStatus::Active)];
    assert_eq!(settle(None, &[], 1), Ok(Some(vec![])));
    assert_eq!(rule(settle(None, &others, 1)), "G36");
    assert_eq!(settle(Some(DistributedGrantsOnly), &others, 1), Ok(None));
    let gone = settle(Some(AllGrantsPermittedByIssuer), &others, 1).unwrap().unwrap();
    assert_eq!(gone[0].terms.status, GrantStatus::Disabled);
}
