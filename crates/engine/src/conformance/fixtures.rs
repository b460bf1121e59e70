//! Grants to store, made by the core's own life cycle.

#![expect(
    clippy::missing_panics_doc,
    reason = "a fixture that cannot be made fails its test"
)]

use std::collections::BTreeMap;

use daypass_core::approval::Word;
use daypass_core::audit::{Action, Actor, Channel, Entry};
use daypass_core::binding::CanonicalResource;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{
    Approval, Authority, BreakGlass, EntitlementId, Hash, Identity, ReviewRule, Step,
};
use daypass_core::grant::{Grant, GrantedPrivilege, Origin, Terms};
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use jiff::{SignedDuration, Timestamp};

use crate::ports::{Change, IdempotencyKey};

/// How long the grants of the fixtures last, and how long they wait for approval.
pub const HOUR: Duration = Duration::minutes(60);

/// The instant so many seconds after the fixtures' beginning.
pub fn at(seconds: u64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
    start + SignedDuration::from_secs(i64::try_from(seconds).expect("a small number"))
}

/// The person of this name.
pub fn person(name: &str) -> Person {
    Person {
        issuer: "https://issuer.example.com".to_owned(),
        subject: format!("subject of {name}"),
        email: email(name),
    }
}

/// The person's address.
pub fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).expect("an address")
}

/// A resource.
pub fn resource(name: &str) -> ResourceName {
    name.parse().expect("a resource")
}

/// An entitlement's id.
pub fn entitlement(id: &str) -> EntitlementId {
    EntitlementId::parse(id).expect("an entitlement id")
}

/// Somebody's idempotency key; `request` tells requests apart.
pub fn key(name: &str, key: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        person: email(name),
        key: key.to_owned(),
        request: [request; 32],
    }
}

/// What a grant shall be like. The number sets its id and its time: higher is newer, one second each.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Which one.
    pub number: u64,
    /// Who asks.
    pub requester: String,
    /// Who receives it.
    pub beneficiary: String,
    /// The entitlement.
    pub entitlement: String,
    /// The resources, each with one role.
    pub resources: Vec<String>,
    /// Whether it is for an emergency, and so owes a review.
    pub emergency: bool,
}

impl Sample {
    /// An ordinary one.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            requester: "alice".to_owned(),
            beneficiary: "alice".to_owned(),
            entitlement: "prod-logs".to_owned(),
            resources: vec!["projects/shop-prod".to_owned()],
            emergency: false,
        }
    }

    /// When it was asked.
    pub fn asked_at(&self) -> Timestamp {
        at(self.number)
    }

    /// The grant in this state, new to the store, with the entries of the way there.
    pub fn make(&self, state: State) -> (Grant, Vec<Entry>) {
        let waits = matches!(
            state,
            State::ApprovalAwaited | State::Denied | State::Withdrawn | State::Expired
        );
        let now = self.asked_at();
        let (mut grant, mut entries) = self.ask(waits, state == State::Scheduled);
        let more = match state {
            State::ApprovalAwaited | State::Scheduled | State::Activating => Vec::new(),
            State::Denied => {
                let hash = grant.request_hash();
                grant
                    .deny(&person("dora"), hash, None, Channel::Web, now)
                    .expect("it may be denied")
            }
            State::Withdrawn => grant
                .withdraw(Actor::person(&person(&self.requester), Channel::Cli), now)
                .expect("it waits"),
            State::Expired => grant
                .expire(now + HOUR.signed())
                .expect("its time to decide is over"),
            State::ActivationFailed => grant
                .fail("Google refused", now)
                .expect("nothing is written"),
            State::Active => activate(&mut grant, now),
            State::Ended => [
                activate(&mut grant, now),
                grant.end(now + HOUR.signed()).expect("its time is over"),
            ]
            .concat(),
            State::Revoking | State::Revoked => {
                let mut entries = activate(&mut grant, now);
                entries.extend(
                    grant
                        .revoke(Actor::system(), Some("a test"), now)
                        .expect("it is active"),
                );
                if state == State::Revoked {
                    entries.extend(observe_all(&mut grant, false, now));
                }
                entries
            }
        };
        entries.extend(more);
        assert_eq!(
            grant.state, state,
            "the fixture leads to the state that was asked for"
        );
        (grant, entries)
    }

    fn ask(&self, waits: bool, later: bool) -> (Grant, Vec<Entry>) {
        let now = self.asked_at();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.number.to_be_bytes());
        let privilege = |name: &String| GrantedPrivilege {
            resource: resource(name),
            target: resource(name),
            role: "roles/logging.viewer".parse().expect("a role"),
            condition: None,
        };
        let start_at = later.then(|| now + HOUR.signed());
        let terms = Terms {
            entitlement: entitlement(&self.entitlement),
            title: "Read the logs of production".to_owned(),
            entitlement_hash: Hash::of(&self.entitlement),
            origin: Origin::Requested,
            requester: person(&self.requester),
            beneficiary: Principal::of_account(email(&self.beneficiary)),
            privileges: self.resources.iter().map(privilege).collect(),
            impersonations: Vec::new(),
            duration: HOUR,
            start_at,
            justification: None,
            inputs: BTreeMap::new(),
            break_glass: self.emergency.then(emergency_rule),
            notify: Vec::new(),
        };
        let ask = Ask {
            duration: Some(HOUR),
            start_at,
            ..Ask::new(entitlement(&self.entitlement))
        };
        let approval = waits.then(one_approval);
        let actor = Actor::person(&person(&self.requester), Channel::Cli);
        Grant::new(GrantId::new(now, random), ask, terms, approval, actor, now)
    }
}

/// One yes of dora.
fn one_approval() -> Approval {
    let step = Step {
        approvers: vec![Principal::of_account(email("dora"))],
        peers: false,
        on_call: None,
        needed: 1,
        remind: None,
        escalate: None,
    };
    Approval {
        identity: Identity::Broker,
        authority: Authority::Entitlement,
        self_approval: false,
        justification_required: false,
        constraints: Vec::new(),
        expires: HOUR,
        steps: vec![step],
    }
}

/// A review by rita within an hour.
fn emergency_rule() -> BreakGlass {
    BreakGlass {
        page: Vec::new(),
        review: ReviewRule {
            by: vec![Principal::of_account(email("rita"))],
            within: HOUR,
        },
    }
}

/// Records the intent of an ACTIVATING grant.
pub fn intend(grant: &mut Grant, now: Timestamp) -> Vec<Entry> {
    let window = grant.window_from(now).expect("a window");
    let canonical = |resource: &ResourceName| Some(CanonicalResource(resource.full_name()));
    grant
        .intend(window, canonical, now)
        .expect("it may be activated")
}

/// Reads all bindings of the grant as present, or as absent.
pub fn observe_all(grant: &mut Grant, present: bool, now: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::new();
    let resources: Vec<_> = grant
        .bindings
        .iter()
        .map(|binding| binding.resource.clone())
        .collect();
    for resource in resources {
        entries.extend(
            grant
                .observe(&resource, |_| present, Some("BwXyz="), now)
                .expect("it may be observed"),
        );
    }
    entries
}

/// Brings an ACTIVATING grant to ACTIVE.
pub fn activate(grant: &mut Grant, now: Timestamp) -> Vec<Entry> {
    [intend(grant, now), observe_all(grant, true, now)].concat()
}

/// Says yes to a waiting grant.
pub fn approve(grant: &mut Grant, approver: &str, now: Timestamp) -> Vec<Entry> {
    let hash = grant.request_hash();
    let entries = grant
        .approve(&person(approver), hash, None, Channel::Slack, now)
        .expect("it waits for approval");
    assert!(
        grant.votes.iter().all(|vote| vote.word == Word::Approve),
        "only yes was said"
    );
    entries
}

/// A change that brings a new grant.
pub fn new(grant: Grant, entries: Vec<Entry>) -> Change {
    Change {
        grant: Some(grant),
        is_new: true,
        entries,
        idempotency: None,
    }
}

/// A change to a stored grant, which bears the revision it was read with.
pub fn changed(grant: Grant, entries: Vec<Entry>) -> Change {
    Change {
        grant: Some(grant),
        is_new: false,
        entries,
        idempotency: None,
    }
}

/// An entry of its own.
pub fn entry(seconds: u64) -> Entry {
    Entry::new(at(seconds), Actor::system(), Action::OrphanFound)
}

/// A change that only records something.
pub fn note(seconds: u64) -> Change {
    Change {
        grant: None,
        is_new: false,
        entries: vec![entry(seconds)],
        idempotency: None,
    }
}
