//! The way of a grant, station by station: which state follows, what is recorded, what is due next.

use daypass_core::Timestamp;
use daypass_core::audit::{Action, Actor, Channel, Entry};
use daypass_core::binding::CanonicalResource;
use daypass_core::entitlement::EntitlementId;
use daypass_core::grant::{Grant, Seen, TransitionError};
use daypass_core::plan::expired::SWEEP_GRACE;
use daypass_core::request::Ask;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use jiff::SignedDuration;

use crate::generators::{approval, grant_id, noon, person, terms};

fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

fn actions(entries: &[Entry]) -> Vec<Action> {
    entries.iter().map(|entry| entry.action).collect()
}

fn project(number: usize) -> ResourceName {
    format!("projects/acme-{number}").parse().unwrap()
}

/// On two projects, decided already; it begins at once or later.
fn granted(start: Option<Timestamp>) -> Grant {
    let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
    Grant::new(
        grant_id(1),
        ask,
        terms(&person("ann"), 2, start),
        None,
        Actor::system(),
        noon(),
    )
    .0
}

fn intended() -> Grant {
    let mut grant = granted(None);
    let window = grant.window_from(noon()).unwrap();
    let entries = grant
        .intend(
            window,
            |name| Some(CanonicalResource(name.full_name())),
            noon(),
        )
        .unwrap();
    assert_eq!(
        (actions(&entries), grant.state),
        (vec![Action::Intended], State::Activating)
    );
    grant
}

fn look(grant: &mut Grant, number: usize, present: bool) -> Vec<Action> {
    actions(
        &grant
            .observe(&project(number), |_| present, Some("E1"), noon())
            .unwrap(),
    )
}

fn active() -> Grant {
    let mut grant = intended();
    assert_eq!(look(&mut grant, 0, true), [Action::Observed]);
    assert_eq!(look(&mut grant, 0, true), [], "nothing new");
    assert_eq!(look(&mut grant, 1, true), [Action::Activated]);
    assert_eq!(grant.state, State::Active);
    grant
}

#[test]
fn it_begins_when_it_was_to() {
    let mut grant = granted(Some(after(60)));
    assert_eq!(
        (grant.state, grant.due_at()),
        (State::Scheduled, Some(after(60)))
    );
    assert_eq!(grant.start(after(59)), Err(TransitionError::TooEarly));
    assert_eq!(actions(&grant.start(after(60)).unwrap()), [Action::Started]);
    assert_eq!((grant.state, grant.due_at()), (State::Activating, None));
    assert_eq!(
        granted(Some(noon())).state,
        State::Activating,
        "its start is now"
    );
    assert_eq!(granted(None).state, State::Activating);
}

#[test]
fn it_wants_its_bindings_from_the_intent_to_the_end() {
    assert!(granted(None).wants_bindings());
    let mut grant = active();
    assert!(grant.wants_bindings());
    assert_eq!(grant.open_bindings().count(), 0);
    let end = grant.window.unwrap().end;
    assert_eq!(grant.due_at(), Some(end));
    let second = SignedDuration::from_secs(1);
    assert_eq!(grant.end(end - second), Err(TransitionError::TooEarly));
    assert_eq!(actions(&grant.end(end).unwrap()), [Action::Ended]);
    assert!(!grant.wants_bindings());
    let rests = end + SWEEP_GRACE;
    assert_eq!(
        (grant.due_at(), grant.open_bindings().count()),
        (Some(rests), 0)
    );
    assert_eq!(grant.release(rests), Err(TransitionError::TooEarly));
    assert_eq!(
        actions(&grant.release(rests + second).unwrap()),
        [Action::SweepIntended]
    );
    assert_eq!((grant.due_at(), grant.open_bindings().count()), (None, 2));
    assert!(
        matches!(
            grant.release(rests + second),
            Err(TransitionError::NotAllowed { .. })
        ),
        "once"
    );
}

#[test]
fn a_refusal_by_google_clears_what_was_written() {
    let mut grant = intended();
    assert_eq!(look(&mut grant, 0, true), [Action::Observed]);
    assert_eq!(
        actions(&grant.fail("no such member", noon()).unwrap()),
        [Action::ActivationAbandoned]
    );
    assert_eq!(
        (grant.state, grant.wants_bindings()),
        (State::Activating, false)
    );
    assert_eq!(grant.fail("another reason", noon()), Ok(Vec::new()));
    assert_eq!(
        grant.failure.as_deref(),
        Some("no such member"),
        "the first reason stands"
    );
    assert_eq!(look(&mut grant, 1, false), [Action::Observed]);
    assert_eq!(look(&mut grant, 0, false), [Action::ActivationFailed]);
    assert_eq!(
        (grant.state, grant.ended_at),
        (State::ActivationFailed, Some(noon()))
    );
    let mut untouched = granted(None);
    assert_eq!(
        actions(&untouched.fail("no", noon()).unwrap()),
        [Action::ActivationFailed],
        "nothing was written"
    );
    assert!(matches!(
        active().fail("late", noon()),
        Err(TransitionError::NotAllowed { .. })
    ));
}

#[test]
fn ending_it_early() {
    let mut grant = active();
    assert_eq!(
        actions(&grant.revoke(Actor::system(), Some("done"), noon()).unwrap()),
        [Action::RevocationBegun]
    );
    assert_eq!(
        (
            grant.state,
            grant.wants_bindings(),
            grant.open_bindings().count()
        ),
        (State::Revoking, false, 2)
    );
    assert_eq!(look(&mut grant, 0, false), [Action::Observed]);
    assert_eq!(look(&mut grant, 1, false), [Action::Revoked]);
    let mut scheduled = granted(Some(after(60)));
    assert_eq!(
        actions(&scheduled.revoke(Actor::system(), None, noon()).unwrap()),
        [Action::Revoked]
    );
    let mut unwritten = granted(None);
    assert_eq!(
        actions(&unwritten.revoke(Actor::system(), None, noon()).unwrap()),
        [Action::RevocationBegun, Action::Revoked]
    );
    let mut half = active();
    assert_eq!(
        actions(&half.removed_by_others(&project(0), noon()).unwrap()),
        [Action::RemovedOutside, Action::RevocationBegun]
    );
    assert_eq!(
        half.bindings.iter().map(|one| one.seen).collect::<Vec<_>>(),
        [Seen::Absent, Seen::Present]
    );
    assert_eq!(look(&mut half, 1, false), [Action::Revoked]);
}

#[test]
fn taking_it_back_while_it_waits() {
    let waits = || {
        let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
        Grant::new(
            grant_id(1),
            ask,
            terms(&person("ann"), 1, None),
            Some(approval(&[(&["bob", "cora"], 2)])),
            Actor::system(),
            noon(),
        )
        .0
    };
    let mut grant = waits();
    assert_eq!(grant.due_at(), grant.decide_by);
    assert_eq!(
        actions(&grant.withdraw(Actor::system(), noon()).unwrap()),
        [Action::Withdrawn]
    );
    assert_eq!((grant.state, grant.due_at()), (State::Withdrawn, None));
    let mut grant = waits();
    let hash = grant.request_hash();
    grant
        .approve(&person("bob"), hash, None, Channel::Web, noon())
        .unwrap();
    assert_eq!(
        grant.disregard(&[person("cora")], noon()),
        [],
        "she had not spoken"
    );
    assert_eq!(
        actions(&grant.disregard(&[person("bob")], noon())),
        [Action::ApprovalVoid]
    );
    assert!(grant.votes.is_empty());
}

#[test]
fn an_extension_takes_its_place() {
    let mut grant = active();
    assert_eq!(
        actions(&grant.doubt(grant_id(2), noon()).unwrap()),
        [Action::ExtensionBegun]
    );
    assert_eq!(
        (grant.state, grant.open_bindings().count()),
        (State::Active, 2)
    );
    assert_eq!(
        actions(&grant.supersede(grant_id(2), noon()).unwrap()),
        [Action::Superseded]
    );
    assert_eq!(
        (grant.state, grant.superseded_by, grant.rests_until),
        (State::Ended, Some(grant_id(2)), None)
    );
    assert!(matches!(
        granted(None).doubt(grant_id(2), noon()),
        Err(TransitionError::NotAllowed { .. })
    ));
}

#[test]
fn tokens_alone_need_no_policy() {
    let mut grant = granted(None);
    grant.terms.privileges.clear();
    let window = grant.window_from(noon()).unwrap();
    let entries = grant.intend(window, |_| None, noon()).unwrap();
    assert_eq!(
        (actions(&entries), grant.state),
        (vec![Action::Intended, Action::Activated], State::Active)
    );
    assert_eq!(
        actions(&grant.revoke(Actor::system(), None, noon()).unwrap()),
        [Action::RevocationBegun, Action::Revoked]
    );
}

#[test]
fn states_have_their_names() {
    for state in State::ALL {
        assert_eq!(State::parse(&state.to_string()), Some(state));
        assert_eq!(state.to_string(), state.as_str());
    }
    assert_eq!(State::ApprovalAwaited.to_string(), "APPROVAL_AWAITED");
}
