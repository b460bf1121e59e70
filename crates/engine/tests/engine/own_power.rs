//! `identity: approver` and `authority: google`: an approver's own power at Google, lent for a moment.

use std::sync::Arc;

use daypass_core::audit::Action;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::state::State;
use daypass_engine::ports::AccessToken;
use daypass_engine::testing::{DAYPASS, Script, keyring, person_token};
use daypass_engine::{Engine, Error, Judgement};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{ONE, World, ask, bindings, caller, catalogue};

/// A project that only approvers' own power writes.
const ALONE: &str = "projects/acme-alone";
/// Where the entitlement on two projects gives its second role.
const TWO: &str = "projects/acme-two";

const OWN_POWER: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: lent
    requesters: [group:sre@example.com]
    grantors: [user:greta@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    start: {latest: 14d}
    approval: {identity: approver, steps: [{approvers: [group:leads@example.com]}]}
  - id: lent-alone
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-alone, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {identity: approver, steps: [{approvers: [group:leads@example.com]}]}
  - id: lent-two
    requesters: [group:sre@example.com]
    privileges:
      - {resource: projects/acme-one, roles: [roles/storage.admin]}
      - {resource: projects/acme-two, roles: [roles/storage.admin]}
    duration: {default: 1h, max: 4h}
    approval: {identity: approver, steps: [{approvers: [group:leads@example.com]}]}
  - id: lent-second
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/storage.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {identity: approver, steps: [{approvers: [user:leo@example.com]}, {approvers: [user:lea@example.com]}]}
  - id: vouched
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {default: 1h, max: 4h}
    approval: {authority: google, steps: [{approvers: [group:leads@example.com]}]}
  - id: plain
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}]
    duration: {default: 1h, max: 4h}
    approval: none
";

/// What leo's sign-in yields. It must show nowhere.
const LEO: &str = "ya29.canary-of-leo";
const LEA: &str = "ya29.canary-of-lea";

async fn world() -> World {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(OWN_POWER));
    world
}

/// A token of this text, good for an hour.
fn token(world: &World, text: &str) -> AccessToken {
    let ends = world.engine.now() + SignedDuration::from_hours(1);
    person_token(text, ends)
}

fn with(power: AccessToken) -> Judgement {
    Judgement {
        power: Some(power),
        ..Judgement::default()
    }
}

/// Leo approves with a token of his.
async fn lend(world: &World, id: GrantId) -> Result<Grant, Error> {
    let judgement = with(token(world, LEO));
    world.engine.approve(&caller("leo"), id, judgement).await
}

/// A grant that leo's own power wrote.
async fn lent(world: &World, entitlement: &str) -> Grant {
    let grant = world.requested("ann", entitlement).await;
    lend(world, grant.id).await.unwrap();
    world.quiet().await;
    let grant = world.grant(grant.id).await;
    assert_eq!(grant.state, State::Active, "{:?}", grant.failure);
    grant
}

/// After so many reads, none shows an etag: no run gets as far as a write.
fn stop_writes_after(world: &World, reads: usize) {
    let works = std::iter::repeat_n(Script::Works, reads);
    let fails = std::iter::repeat_n(Script::NoEtag, 50);
    world.fakes.iam.on_get(works.chain(fails));
}

/// The same world after the server was ended and started again: the record is there, tokens are not.
fn restarted(world: &World) -> Engine {
    let (_, mut ports) = daypass_engine::testing::Fakes::with_store(Arc::clone(&world.store));
    ports.iam = world.witness.clone();
    ports.clock = world.fakes.clock.clone();
    ports.directory = world.fakes.groups.clone();
    Engine::new(
        ports,
        keyring(),
        catalogue(OWN_POWER),
        daypass_engine::Settings {
            read_back_for: std::time::Duration::ZERO,
            ..daypass_engine::Settings::default()
        },
    )
}

#[tokio::test]
async fn the_token_writes_and_daypass_does_not() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    let grant = lent(&world, "lent").await;
    assert_eq!(world.fakes.iam.writers(ONE), [LEO]);
    assert_eq!(world.ours(ONE).len(), 1);
    let kept = serde_json::to_string(&world.grant(grant.id).await).unwrap();
    let trail = serde_json::to_string(
        &world
            .trail()
            .await
            .iter()
            .map(|recorded| &recorded.entry)
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(!kept.contains("canary") && !trail.contains("canary"));
}

/// Each credential makes one write, though both stand in one policy.
#[tokio::test]
async fn a_batch_is_per_resource_and_credential() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    let token = token(&world, LEO);
    let mut lent = Vec::new();
    for who in ["ann", "abe"] {
        let grant = world.requested(who, "lent").await;
        let judgement = with(token.clone());
        let approver = caller("leo");
        world
            .engine
            .approve(&approver, grant.id, judgement)
            .await
            .unwrap();
        lent.push(grant.id);
    }
    for number in 0..3 {
        lent.push(world.requested(&format!("p{number}"), "plain").await.id);
    }
    world.quiet().await;
    for id in lent {
        assert_eq!(world.state(id).await, State::Active);
    }
    let mut writers = world.fakes.iam.writers(ONE);
    writers.sort();
    assert_eq!(writers, [DAYPASS, LEO]);
    assert_eq!(world.ours(ONE).len(), 5);
}

#[tokio::test]
async fn without_a_token_a_browser_is_needed_and_nothing_is_recorded() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    let grant = world.requested("ann", "lent").await;
    let over = person_token(LEO, world.engine.now());
    for judgement in [Judgement::default(), with(over)] {
        let refused = world
            .engine
            .approve(&caller("leo"), grant.id, judgement)
            .await;
        assert!(
            matches!(refused, Err(Error::NeedsBrowser { grant: of, .. }) if of == grant.id),
            "{refused:?}"
        );
    }
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::ApprovalAwaited);
    assert_eq!(world.count(Action::Approved).await, 0);
    lend(&world, grant.id).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
}

/// Only the last word writes: the first approver needs no browser, and a token of theirs is not used.
#[tokio::test]
async fn the_one_who_completes_it_writes_it() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.empower(LEA, ONE);
    let grant = world.requested("ann", "lent-second").await;
    lend(&world, grant.id).await.unwrap();
    let refused = world.approve("lea", grant.id).await;
    assert!(matches!(refused, Err(Error::NeedsBrowser { .. })));
    let judgement = with(token(&world, LEA));
    world
        .engine
        .approve(&caller("lea"), grant.id, judgement)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    assert_eq!(world.fakes.iam.writers(ONE), [LEA]);
}

/// G-29: Google's words on a write that it refuses are what the grant fails with.
#[tokio::test]
async fn google_refuses_the_approver_in_its_own_words() {
    let world = world().await;
    world.fakes.iam.sign_in(LEO);
    let grant = world.requested("ann", "lent").await;
    lend(&world, grant.id).await.unwrap();
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert_eq!(
        failed.failure.unwrap(),
        "projects/acme-one: Google denied it to the approver: Permission 'resourcemanager.projects.getIamPolicy' denied"
    );
    assert_eq!(world.fakes.iam.writers(ONE), Vec::<String>::new());

    world.fakes.iam.empower(LEO, ONE);
    world
        .fakes
        .iam
        .on_set([Script::Refuse("Invalid JSON payload received.".to_owned())]);
    let grant = world.requested("abe", "lent").await;
    lend(&world, grant.id).await.unwrap();
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(
        failed.failure.as_deref(),
        Some("Invalid JSON payload received.")
    );
    assert_eq!(world.ours(ONE).len(), 0);
}

/// G-28: a policy that is not there is asked for once, and nothing is written.
#[tokio::test]
async fn a_project_that_is_not_there() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.always(ONE, Some(Script::NotFound));
    let grant = world.requested("ann", "lent").await;
    lend(&world, grant.id).await.unwrap();
    world.reconcile().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert!(
        failed
            .failure
            .unwrap()
            .contains("Google does not know the resource")
    );
    assert_eq!(world.fakes.iam.reasons().len(), 0);
}

/// G-23, G-33, G-34: what is there stays, and a stale etag is read again, with the same token.
#[tokio::test]
async fn a_conflict_is_read_again_with_the_same_token() {
    for fault in [
        Script::Conflict,
        Script::DoneButLost,
        Script::NotDoneAndLost,
        Script::Unavailable,
        Script::ForeignWrite("user:x@example.com".into()),
    ] {
        let world = world().await;
        let before = json!({"bindings": [
            {"role": "roles/x", "members": ["user:x@example.com"]},
            {"role": "roles/y", "members": ["user:y@example.com"]},
        ]});
        world.fakes.iam.put(ONE, before.clone());
        world.fakes.iam.restrict_daypass(ONE, true);
        world.fakes.iam.empower(LEO, ONE);
        world.fakes.iam.on_set([fault.clone()]);
        lent(&world, "lent").await;
        assert_eq!(world.fakes.iam.writers(ONE), [LEO], "{fault:?}");
        let after = world.fakes.iam.policy(ONE);
        assert_eq!(after["version"], json!(3));
        for binding in bindings(&before) {
            assert!(bindings(&after).contains(&binding), "{fault:?}");
        }
    }
}

/// A restart between the approval and the intent: nothing was sent, nothing is.
#[tokio::test]
async fn a_token_that_is_lost_before_anything_was_written() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    let grant = world.requested("ann", "lent").await;
    lend(&world, grant.id).await.unwrap();
    let failures = restarted(&world).reconcile_once().await;
    assert!(failures.is_empty(), "{failures:?}");
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert!(
        failed
            .failure
            .unwrap()
            .starts_with("the approver's access token is no longer at hand; ask again")
    );
    assert_eq!(world.fakes.iam.reasons().len(), 0, "nobody wrote");
}

/// A restart after the intent, while Google was out of reach: a read proves that nothing stands.
#[tokio::test]
async fn a_token_that_is_lost_after_the_intent() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    stop_writes_after(&world, 0);
    let grant = world.requested("ann", "lent").await;
    lend(&world, grant.id).await.unwrap();
    world.reconcile().await;
    world.fakes.iam.calm();
    assert_eq!(world.state(grant.id).await, State::Activating);
    assert_eq!(world.count(Action::Intended).await, 1);
    let failures = restarted(&world).reconcile_once().await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(world.state(grant.id).await, State::ActivationFailed);
    assert_eq!(world.fakes.iam.writers(ONE), Vec::<String>::new());
}

/// The write reached Google, the record of it was never made.
#[tokio::test]
async fn a_crash_between_the_write_and_its_record() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    let grant = world.requested("ann", "lent").await;
    // Reads stay stale, so that the process ends with the binding written and not read back.
    let stale = std::iter::repeat_n(Script::StaleRead, 50);
    world
        .fakes
        .iam
        .on_get(std::iter::once(Script::Works).chain(stale));
    world.fakes.iam.put(ONE, json!({"bindings": []}));
    lend(&world, grant.id).await.unwrap();
    world.reconcile().await;
    world.fakes.iam.calm();
    let written = world.ours(ONE);
    assert_eq!((written.len(), world.fakes.iam.writers(ONE).len()), (1, 1));
    assert_eq!(world.state(grant.id).await, State::Activating);
    let failures = restarted(&world).reconcile_once().await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(world.state(grant.id).await, State::Active);
    assert_eq!(world.ours(ONE), written, "not written again");
}

/// G-26: a token that Google does not take any more is not tried twice, and no other power steps in.
#[tokio::test]
async fn a_token_that_google_refuses() {
    let world = world().await;
    let grant = world.requested("ann", "lent").await;
    lend(&world, grant.id).await.unwrap();
    world.quiet().await;
    let failed = world.grant(grant.id).await;
    assert_eq!(failed.state, State::ActivationFailed);
    assert!(
        failed
            .failure
            .unwrap()
            .contains("access token is no longer at hand")
    );
    assert_eq!(world.fakes.iam.reasons().len(), 0);
}

/// Where Daypass may not even read, nobody knows whether it stands before its end.
#[tokio::test]
async fn what_cannot_be_read_is_unknown_until_its_end() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ALONE, false);
    world.fakes.iam.empower(LEO, ALONE);
    stop_writes_after(&world, 0);
    let grant = world.requested("ann", "lent-alone").await;
    lend(&world, grant.id).await.unwrap();
    world.reconcile().await;
    world.fakes.iam.calm();
    let engine = restarted(&world);
    for _ in 0..3 {
        let failures = engine.reconcile_once().await;
        assert!(failures.is_empty(), "{failures:?}");
        assert_eq!(world.state(grant.id).await, State::Activating);
    }
    world.fakes.clock.advance(3_601);
    let failures = engine.reconcile_once().await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(world.state(grant.id).await, State::ActivationFailed);
    assert_eq!(world.fakes.iam.writers(ALONE), Vec::<String>::new());
}

/// Half of it stands when the token is lost: the grant fails, and what stands is removed by whoever may.
#[tokio::test]
async fn half_a_grant_is_no_grant() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.empower(LEO, TWO);
    stop_writes_after(&world, 2);
    let grant = world.requested("ann", "lent-two").await;
    lend(&world, grant.id).await.unwrap();
    world.reconcile().await;
    assert_eq!(world.ours(ONE).len(), 1);
    world.fakes.iam.calm();
    let failures = restarted(&world).reconcile_once().await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(world.state(grant.id).await, State::ActivationFailed);
    assert_eq!((world.ours(ONE).len(), world.ours(TWO).len()), (0, 0));
    assert_eq!(world.fakes.iam.writers(ONE), [LEO, DAYPASS], "only removed");
}

#[tokio::test]
async fn ending_it_uses_the_token_of_whoever_ends_it() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.empower(LEA, ONE);
    let grant = lent(&world, "lent").await;
    let power = Some(token(&world, LEA));
    world
        .engine
        .revoke_with(&caller("lea"), grant.id, None, power)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    assert_eq!(world.fakes.iam.writers(ONE), [LEO, LEA]);
    assert_eq!(world.ours(ONE).len(), 0);
}

/// The one who has it gives it back: their own token may not remove it, Daypass's power may.
#[tokio::test]
async fn daypass_removes_what_it_may_remove() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.sign_in("ya29.canary-of-ann");
    let grant = lent(&world, "lent").await;
    let power = Some(token(&world, "ya29.canary-of-ann"));
    world
        .engine
        .revoke_with(&caller("ann"), grant.id, None, power)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    assert_eq!(world.fakes.iam.writers(ONE), [LEO, DAYPASS]);
}

/// Where nobody may remove it, it stays until its condition ends it, and is not tried again each second.
#[tokio::test]
async fn what_nobody_may_remove_stays_until_its_end() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    let grant = lent(&world, "lent").await;
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    for _ in 0..3 {
        world.quiet().await;
        assert_eq!(world.state(grant.id).await, State::Revoking);
    }
    assert_eq!(world.ours(ONE).len(), 1);
    world.fakes.clock.advance(3_601);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    let swept = world.count(Action::SweepIntended).await;
    for _ in 0..3 {
        world.quiet().await;
    }
    assert_eq!(
        world.count(Action::SweepIntended).await,
        swept,
        "the record does not fill with what cannot be done"
    );
    assert_eq!(world.fakes.iam.writers(ONE), [LEO]);
}

/// Where Daypass may not remove it, somebody who may can still end it before its time.
#[tokio::test]
async fn what_daypass_may_not_remove_somebody_else_may() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.empower(LEA, ONE);
    let grant = lent(&world, "lent").await;
    let ann = caller("ann");
    world.engine.revoke(&ann, grant.id, None).await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoking);
    let power = Some(token(&world, LEA));
    let lea = caller("lea");
    world
        .engine
        .revoke_with(&lea, grant.id, None, power)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    assert_eq!(world.fakes.iam.writers(ONE), [LEO, LEA]);
    assert_eq!(world.ours(ONE).len(), 0);
}

/// An extension takes its parent's place in one write of its approver's.
#[tokio::test]
async fn an_extension_is_written_by_its_own_approver() {
    let world = world().await;
    world.fakes.iam.restrict_daypass(ONE, true);
    world.fakes.iam.empower(LEO, ONE);
    world.fakes.iam.empower(LEA, ONE);
    let parent = lent(&world, "lent").await;
    let duration = Some(daypass_core::duration::Duration::parse("2h").unwrap());
    let child = world
        .engine
        .extend(&caller("ann"), parent.id, duration, None, None)
        .await
        .unwrap();
    let judgement = with(token(&world, LEA));
    world
        .engine
        .approve(&caller("lea"), child.id, judgement)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(
        (world.state(parent.id).await, world.state(child.id).await),
        (State::Ended, State::Active)
    );
    assert_eq!(world.ours(ONE).len(), 1);
    assert_eq!(world.fakes.iam.writers(ONE), [LEO, LEA]);
}

/// What is given unasked has no approver, and a token does not live until next week.
#[tokio::test]
async fn power_that_cannot_be_lent_is_refused_when_it_is_asked_for() {
    let world = world().await;
    let mut later = ask("lent");
    later.start_at = Some(world.engine.now() + SignedDuration::from_hours(30));
    let refused = world.try_ask("ann", later).await;
    assert!(is_denied_by(&refused, "own-power"), "{refused:?}");
    let mut given = ask("lent");
    given.kind = daypass_core::request::AskKind::Give;
    given.beneficiary = Some("user:ann@example.com".parse().unwrap());
    let refused = world.try_ask("greta", given).await;
    assert!(is_denied_by(&refused, "own-power"), "{refused:?}");
    assert_eq!(world.trail().await.len(), 0);
}

#[tokio::test]
async fn authority_google_asks_google_what_the_approver_may() {
    let world = world().await;
    world.fakes.iam.sign_in(LEO);
    world.fakes.iam.empower(LEA, ONE);
    let grant = world.requested("ann", "vouched").await;
    let refused = lend(&world, grant.id).await;
    assert!(is_denied_by(&refused, "authority"), "{refused:?}");
    let words = refused.unwrap_err().to_string();
    assert!(
        words.contains("projects/acme-one yourself (resourcemanager.projects.setIamPolicy)"),
        "{words}"
    );
    let refused = world.approve("lea", grant.id).await;
    assert!(
        matches!(refused, Err(Error::NeedsBrowser { .. })),
        "{refused:?}"
    );
    let unknown = with(token(&world, "ya29.unknown"));
    let refused = world
        .engine
        .approve(&caller("lea"), grant.id, unknown)
        .await;
    assert!(
        matches!(refused, Err(Error::NeedsBrowser { .. })),
        "{refused:?}"
    );
    assert_eq!(world.count(Action::Approved).await, 0);
    let judgement = with(token(&world, LEA));
    world
        .engine
        .approve(&caller("lea"), grant.id, judgement)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    assert_eq!(world.fakes.iam.writers(ONE), [DAYPASS], "Daypass writes it");
}

/// A token is kept for its write only: a later grant of the same person does not find it.
#[tokio::test]
async fn a_token_serves_one_grant_only() {
    let world = world().await;
    world.fakes.iam.empower(LEO, ONE);
    lent(&world, "lent").await;
    let second = world.requested("abe", "lent").await;
    let refused = world.approve("leo", second.id).await;
    assert!(matches!(refused, Err(Error::NeedsBrowser { .. })));
    // The button pressed twice: the second press takes nothing from the first.
    let (first, again) = tokio::join!(lend(&world, second.id), lend(&world, second.id));
    assert!(first.is_ok() != again.is_ok(), "{first:?} {again:?}");
    world.quiet().await;
    assert_eq!(world.state(second.id).await, State::Active);
}

fn is_denied_by<T>(outcome: &Result<T, Error>, name: &str) -> bool {
    matches!(outcome, Err(Error::Denied(rules)) if rules.iter().any(|rule| rule.name == name && !rule.holds))
}
