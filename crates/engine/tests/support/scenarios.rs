//! One scenario for each deliberate defect: it holds, by a named assertion, and with the defect it must not.

use daypass_core::Timestamp;
use daypass_core::binding::OwnBinding;
use daypass_core::condition::Window;
use daypass_core::iam_policy::Policy;
use daypass_core::ids::GrantId;
use daypass_core::mutant::Mutant;
use daypass_core::person::Person;
use daypass_core::plan::limits::Limits;
use daypass_core::plan::{Edit, Unit, plan};
use daypass_core::state::State;
use daypass_engine::testing::{Script, keyring};
use daypass_engine::{Caller, Judgement, Settings};
use futures::future::{BoxFuture, FutureExt};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{ONE, World, bindings, caller, title};

/// A scenario with the defect that it notices and the name of the assertion by which it does.
pub(crate) struct Scenario {
    /// The defect.
    pub(crate) mutant: Mutant,
    pub(crate) name: &'static str,
    pub(crate) run: fn(&'static str) -> BoxFuture<'static, ()>,
}

macro_rules! scenarios {
    ($($mutant:ident $name:literal $function:ident,)*) => {
        /// All of them.
        pub(crate) const ALL: &[Scenario] = &[$(Scenario { mutant: Mutant::$mutant, name: $name, run: |name| $function(name).boxed() },)*];
    };
}

scenarios! {
    EtagDropped "the etag is sent back" etag_is_sent_back,
    EtagMissingAccepted "nothing is written without an etag" no_etag,
    DowngradedAccepted "a policy read without its conditions is not written" downgraded,
    SelfCheckSkipped "the last look refuses" self_check,
    LimitsIgnored "a full policy refuses" limits,
    OldWindowKept "a fresh window takes the place of the old one" fresh_window,
    AddedTwice "a lost answer adds no second binding" lost_answer,
    RemovesByAccess "revoking one grant leaves the other" two_of_one_role,
    SweepsLive "an orphan lives until its end" orphan,
    VersionOneAsked "conditions of others survive a read" version_three,
    AuditAfterSet "intent precedes effect" intent_first,
    ReadBackSkipped "active is what was read back" read_back,
    RequesterApproves "nobody approves their own request" own_request,
    VoteCountedTwice "one human has one vote" one_vote,
    LateVoteCounts "a late vote is no vote" late_vote,
    EndIsInclusive "over at the very second of the end" the_end,
    ConflictNotRetried "a conflict is read again and tried again" conflict,
    AmbiguousRepeated "an unknown outcome is never sent again blindly" ambiguous,
    EligibilityNotRechecked "eligible at the approval too" eligibility,
    SkewIgnored "a wrong clock gives nothing" skew,
    OwnershipByTitle "what was edited by hand is not touched" edited,
    BatchSharesFate "the innocent of a batch go through" batch,
}

/// The named assertion.
#[track_caller]
fn claim(name: &str, holds: bool, saw: &dyn std::fmt::Debug) {
    assert!(holds, "{name}: {saw:?}");
}

async fn etag_is_sent_back(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    let failures = world.reconcile().await;
    let state = world.state(grant.id).await;
    claim(
        name,
        state == State::Active && world.fakes.iam.blind_writes() == 0,
        &(state, failures),
    );
}

async fn no_etag(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_get([Script::NoEtag]);
    let failures = world.reconcile().await;
    claim(name, world.fakes.iam.blind_writes() == 0, &failures);
    assert!(
        failures
            .iter()
            .any(|failure| failure.contains("without an etag")),
        "{failures:?}"
    );
    assert_eq!(
        world.state(grant.id).await,
        State::Active,
        "the next read has one"
    );
}

async fn downgraded(name: &'static str) {
    let world = World::new().await;
    world.fakes.iam.put(ONE, json!({"version": 1, "bindings": [{"role": "roles/x_withcond_0123456789abcdef0123", "members": ["user:x@example.com"]}]}));
    let grant = world.requested("ann", "self-serve").await;
    let failures = world.reconcile().await;
    claim(name, world.fakes.iam.writes(ONE) == 0, &failures);
    assert_eq!(world.state(grant.id).await, State::Activating);
}

fn self_check(name: &'static str) -> impl Future<Output = ()> {
    futures::future::lazy(move |_| {
        // A record that does not render back exactly: the planner alone would write it again in every run.
        let start = "2026-12-01T12:00:00Z".parse().unwrap();
        let window = Window {
            start,
            end: start + SignedDuration::from_millis(1_500),
        };
        let grant = GrantId::new(start, [1; 10]);
        let own = OwnBinding {
            grant,
            role: "roles/x".parse().unwrap(),
            member: "user:ann@example.com".parse().unwrap(),
            window,
            extra: None,
        };
        let read = Policy::from_json(json!({"etag": "E"})).unwrap();
        let resource = daypass_core::binding::CanonicalResource("x".into());
        let units = [Unit {
            grant,
            edits: vec![Edit::Add(own)],
        }];
        let outcome = plan(&read, &resource, &keyring(), &units, &Limits::default());
        claim(name, outcome.is_err(), &outcome);
    })
}

async fn limits(name: &'static str) {
    let limits = Limits {
        principals: 1,
        ..Limits::default()
    };
    let world = World::with(Settings {
        limits,
        ..Settings::default()
    })
    .await;
    world.fakes.iam.put(
        ONE,
        json!({"bindings": [{"role": "roles/x", "members": ["user:x@example.com"]}]}),
    );
    let grant = world.requested("ann", "self-serve").await;
    world.quiet().await;
    let grant = world.grant(grant.id).await;
    let told = grant.failure.clone().unwrap_or_default();
    claim(
        name,
        grant.state == State::ActivationFailed
            && told.contains("principals would be 2, and Google allows 1 (now 1)"),
        &grant,
    );
}

fn fresh_window(name: &'static str) -> impl Future<Output = ()> {
    futures::future::lazy(move |_| {
        // The old window arrives late, after a fresh one was recorded: the same place, and only one may stand.
        let start = "2026-12-01T12:00:00Z".parse().unwrap();
        let hour = SignedDuration::from_hours(1);
        let of = |start: Timestamp| OwnBinding {
            grant: GrantId::new(start, [1; 10]),
            role: "roles/x".parse().unwrap(),
            member: "user:ann@example.com".parse().unwrap(),
            window: Window::new(start, start + hour).unwrap(),
            extra: None,
        };
        let old = of(start);
        let fresh = OwnBinding {
            window: Window::new(start + hour, start + hour + hour).unwrap(),
            ..old.clone()
        };
        let resource = daypass_core::binding::CanonicalResource("x".into());
        let empty = Policy::from_json(json!({"etag": "E"})).unwrap();
        let read = empty.with_bindings(vec![old.render(&resource, &keyring())]);
        let units = [Unit {
            grant: old.grant,
            edits: vec![Edit::Add(fresh.clone())],
        }];
        let planned = plan(&read, &resource, &keyring(), &units, &Limits::default()).unwrap();
        let stands = planned.policy.bindings().to_vec();
        claim(
            name,
            stands == [fresh.render(&resource, &keyring())],
            &stands,
        );
    })
}

async fn lost_answer(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set([Script::DoneButLost]);
    let failures = world.reconcile().await;
    let ours = world.ours(ONE);
    claim(
        name,
        ours.len() == 1 && world.state(grant.id).await == State::Active,
        &(ours, failures),
    );
}

async fn two_of_one_role(name: &'static str) {
    let world = World::new().await;
    let (first, second) = (
        world.active("ann", "self-serve").await,
        world.active("ann", "self-serve").await,
    );
    world
        .engine
        .revoke(&caller("ann"), first.id, None)
        .await
        .unwrap();
    let failures = world.reconcile().await;
    let states = (world.state(first.id).await, world.state(second.id).await);
    let ours = world.ours(ONE);
    let left = ours.len() == 1 && title(&ours[0]).contains(&second.id.to_string());
    claim(
        name,
        left && states == (State::Revoked, State::Active),
        &(states, ours, failures),
    );
}

async fn orphan(name: &'static str) {
    let world = World::new().await;
    let now = world.engine.now();
    let own = OwnBinding {
        grant: GrantId::new(now, [9; 10]),
        role: "roles/storage.admin".parse().unwrap(),
        member: "user:ann@example.com".parse().unwrap(),
        window: Window::new(now, now + SignedDuration::from_hours(1)).unwrap(),
        extra: None,
    };
    let resource = daypass_core::binding::CanonicalResource(format!("number-of/{ONE}"));
    let binding = Value::Object(own.render(&resource, &keyring()).as_json().clone());
    let foreign = json!({"role": "roles/x", "members": ["user:x@example.com"]});
    world
        .fakes
        .iam
        .put(ONE, json!({"bindings": [foreign, binding]}));
    world.quiet().await;
    world.fakes.clock.advance(3_600 + 60);
    world.quiet().await;
    claim(name, world.ours(ONE) == [binding], &world.ours(ONE));
    world.fakes.clock.advance(1);
    world.quiet().await;
    assert_eq!(
        bindings(&world.fakes.iam.policy(ONE)),
        [foreign],
        "swept after its grace, alone"
    );
    assert_eq!(
        world.count(daypass_core::audit::Action::OrphanFound).await,
        1,
        "reported once"
    );
    assert_eq!(
        world
            .count(daypass_core::audit::Action::SweepIntended)
            .await,
        1
    );
}

async fn version_three(name: &'static str) {
    let world = World::new().await;
    let foreign = json!({"role": "roles/x", "members": ["user:x@example.com"], "condition": {"title": "t", "expression": "true"}});
    world
        .fakes
        .iam
        .put(ONE, json!({"version": 3, "bindings": [foreign]}));
    let grant = world.requested("ann", "self-serve").await;
    let failures = world.reconcile().await;
    let policy = world.fakes.iam.policy(ONE);
    let kept = bindings(&policy).first() == Some(&foreign) && policy["version"] == 3;
    claim(
        name,
        kept && world.state(grant.id).await == State::Active,
        &(policy, failures),
    );
}

async fn intent_first(name: &'static str) {
    let world = World::new().await;
    world.active("ann", "self-serve").await;
    claim(
        name,
        world.witness.violations().is_empty(),
        &world.witness.violations(),
    );
}

async fn read_back(name: &'static str) {
    let world = World::new().await;
    world.fakes.iam.put(ONE, json!({"bindings": []}));
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_get(
        [Script::Works]
            .into_iter()
            .chain(vec![Script::StaleRead; 20]),
    );
    world.reconcile().await;
    claim(
        name,
        world.state(grant.id).await == State::Activating,
        &world.grant(grant.id).await,
    );
    assert_eq!(
        world.fakes.iam.writes(ONE),
        1,
        "a stale read is polled, not written over"
    );
    world.fakes.iam.calm();
    world.quiet().await;
    assert_eq!(
        (world.state(grant.id).await, world.fakes.iam.writes(ONE)),
        (State::Active, 1)
    );
}

async fn own_request(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("lea", "prod-one").await;
    let plain = world.approve("lea", grant.id).await;
    let lea = caller("lea");
    let alias = Caller {
        person: Person {
            email: daypass_core::email::Email::parse("leo@example.com").unwrap(),
            ..lea.person
        },
        ..lea
    };
    let aliased = world
        .engine
        .approve(&alias, grant.id, Judgement::default())
        .await;
    claim(
        name,
        plain.is_err() && aliased.is_err() && world.state(grant.id).await == State::ApprovalAwaited,
        &(plain, aliased),
    );
}

async fn one_vote(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "two-yes").await;
    world.approve("leo", grant.id).await.unwrap();
    let again = world.approve("leo", grant.id).await;
    let leo = caller("leo");
    let elsewhere = Caller {
        person: Person {
            issuer: "https://slack.example.com".into(),
            subject: "U1".into(),
            ..leo.person
        },
        ..leo
    };
    let aliased = world
        .engine
        .approve(&elsewhere, grant.id, Judgement::default())
        .await;
    claim(
        name,
        again.is_err() && aliased.is_err() && world.state(grant.id).await == State::ApprovalAwaited,
        &(again, aliased),
    );
    assert_eq!(
        world.approve("lea", grant.id).await.unwrap().state,
        State::Activating,
        "a second human settles it"
    );
}

async fn late_vote(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world.fakes.clock.advance(4 * 3_600);
    let late = world.approve("leo", grant.id).await;
    claim(
        name,
        late.is_err() && world.state(grant.id).await == State::ApprovalAwaited,
        &late,
    );
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Expired);
}

async fn the_end(name: &'static str) {
    let world = World::new().await;
    let grant = world.active("ann", "self-serve").await;
    world.fakes.clock.advance(3_599);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    world.fakes.clock.advance(1);
    world.quiet().await;
    claim(
        name,
        world.state(grant.id).await == State::Ended,
        &world.grant(grant.id).await,
    );
}

async fn conflict(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set([
        Script::ForeignWrite("user:x@example.com".into()),
        Script::Conflict,
    ]);
    let failures = world.reconcile().await;
    let bindings = bindings(&world.fakes.iam.policy(ONE));
    claim(
        name,
        world.state(grant.id).await == State::Active && bindings.len() == 2,
        &(bindings, failures),
    );
}

async fn ambiguous(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world.fakes.iam.on_set([Script::DoneButLost]);
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    claim(
        name,
        world.fakes.iam.reasons().len() == 1,
        &world.fakes.iam.reasons(),
    );
}

async fn eligibility(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "prod-one").await;
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    let outcome = world.approve("leo", grant.id).await;
    claim(
        name,
        outcome.is_err() && world.state(grant.id).await == State::Denied,
        &outcome,
    );
}

async fn skew(name: &'static str) {
    let world = World::new().await;
    let grant = world.requested("ann", "self-serve").await;
    world
        .fakes
        .clock
        .set_skew(Some(SignedDuration::from_secs(31)));
    let failures = world.reconcile().await;
    claim(
        name,
        world.state(grant.id).await == State::Activating && world.fakes.iam.writes(ONE) == 0,
        &failures,
    );
    world
        .fakes
        .clock
        .set_skew(Some(SignedDuration::from_secs(-30)));
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
}

async fn edited(name: &'static str) {
    let world = World::new().await;
    let grant = world.active("ann", "self-serve").await;
    world.fakes.iam.edit(ONE, |policy| {
        let expression = policy["bindings"][0]["condition"]["expression"]
            .as_str()
            .unwrap()
            .replace("T13:", "T14:");
        policy["bindings"][0]["condition"]["expression"] = json!(expression);
    });
    let by_hand = bindings(&world.fakes.iam.policy(ONE));
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    world.fakes.clock.advance(100_000);
    world.quiet().await;
    claim(
        name,
        bindings(&world.fakes.iam.policy(ONE)) == by_hand,
        &world.fakes.iam.policy(ONE),
    );
    assert_eq!(
        world.count(daypass_core::audit::Action::AlteredFound).await,
        1,
        "it is reported instead"
    );
}

async fn batch(name: &'static str) {
    let world = World::new().await;
    let guilty = world.requested("ghost", "self-serve").await;
    let innocent = world.requested("ann", "self-serve").await;
    world.fakes.iam.refuse_member("ghost@example.com");
    let failures = world.reconcile().await;
    let states = (world.state(guilty.id).await, world.state(innocent.id).await);
    claim(
        name,
        states == (State::ActivationFailed, State::Active),
        &(states, failures),
    );
    let words = world.grant(guilty.id).await.failure.unwrap();
    assert!(
        words.contains("User ghost@example.com does not exist."),
        "in Google's words: {words}"
    );
}
