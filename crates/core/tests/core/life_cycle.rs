//! The life cycle as a random walk: whatever happens in whatever order, the rules hold after each step.

use daypass_core::Timestamp;
use daypass_core::approval::{Vote, Word, progress};
use daypass_core::audit::{Actor, Channel, Entry};
use daypass_core::binding::CanonicalResource;
use daypass_core::entitlement::{EntitlementId, Hash};
use daypass_core::grant::{Grant, Seen, TransitionError};
use daypass_core::person::Person;
use daypass_core::request::Ask;
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::generators::{approval, grant_id, noon, person, terms};
use crate::tokens::minting;

/// Something that can happen to a grant, in any state.
#[derive(Debug, Clone)]
enum Event {
    Approve { who: usize, stale: bool },
    Deny { who: usize },
    Expire,
    Withdraw,
    Start,
    Intend,
    Observe { project: usize, present: bool },
    Fail,
    Revoke,
    End,
    RemovedByOthers { project: usize },
    Doubt,
    Supersede,
    DecidedAnew { needs: bool },
    Refuse,
    Disregard { who: usize },
    Release,
    Token { lasts: i64 },
}

/// The first asks. The second has the same address at another issuer, the third the same key and another address: all
/// three are one human. So are the last two.
fn people() -> Vec<Person> {
    let ann = person("ann");
    let other_issuer = Person {
        issuer: "https://other.example.com".into(),
        subject: "9".into(),
        ..ann.clone()
    };
    let other_address = Person {
        email: person("ann.alias").email,
        ..ann.clone()
    };
    let dan = person("dan");
    let dan_elsewhere = Person {
        issuer: "https://other.example.com".into(),
        ..dan.clone()
    };
    vec![
        ann,
        other_issuer,
        other_address,
        person("bob"),
        person("cora"),
        dan,
        dan_elsewhere,
    ]
}

const REQUESTERS: usize = 3;

/// Which human each of the people is.
const HUMANS: [usize; 7] = [0, 0, 0, 1, 2, 3, 3];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..HUMANS.len(), prop::bool::weighted(0.1)).prop_map(|(who, stale)| Event::Approve { who, stale }),
        1 => (0..HUMANS.len()).prop_map(|who| Event::Deny { who }),
        1 => Just(Event::Expire),
        1 => Just(Event::Withdraw),
        3 => Just(Event::Start),
        4 => Just(Event::Intend),
        8 => (0..3_usize, prop::bool::weighted(0.7)).prop_map(|(project, present)| Event::Observe { project, present }),
        1 => Just(Event::Fail),
        1 => Just(Event::Revoke),
        2 => Just(Event::End),
        1 => (0..3_usize).prop_map(|project| Event::RemovedByOthers { project }),
        1 => Just(Event::Doubt),
        1 => Just(Event::Supersede),
        1 => any::<bool>().prop_map(|needs| Event::DecidedAnew { needs }),
        1 => Just(Event::Refuse),
        1 => Just(Event::Release),
        1 => (0..HUMANS.len()).prop_map(|who| Event::Disregard { who }),
        2 => (-10..5_000_i64).prop_map(|lasts| Event::Token { lasts }),
    ]
}

fn project(number: usize) -> ResourceName {
    format!("projects/acme-{number}").parse().unwrap()
}

fn happen(grant: &mut Grant, event: &Event, now: Timestamp) -> Result<Vec<Entry>, TransitionError> {
    let people = people();
    let seen_hash = |stale: bool, grant: &Grant| {
        if stale {
            Hash::of(&"another request")
        } else {
            grant.request_hash()
        }
    };
    match event {
        Event::Approve { who, stale } => grant.approve(
            &people[*who],
            seen_hash(*stale, grant),
            None,
            Channel::Cli,
            now,
        ),
        Event::Deny { who } => grant.deny(
            &people[*who],
            grant.request_hash(),
            None,
            Channel::Slack,
            now,
        ),
        Event::Expire => grant.expire(now),
        Event::Withdraw => grant.withdraw(Actor::system(), now),
        Event::Start => grant.start(now),
        Event::Intend => {
            let window = grant.window_from(now).unwrap();
            grant.intend(
                window,
                |name| Some(CanonicalResource(name.full_name())),
                now,
            )
        }
        Event::Observe {
            project: number,
            present,
        } => grant.observe(&project(*number), |_| *present, Some("E1"), now),
        Event::Fail => grant.fail("Google says no", now),
        Event::Revoke => grant.revoke(Actor::system(), None, now),
        Event::End => grant.end(now),
        Event::RemovedByOthers { project: number } => {
            grant.removed_by_others(&project(*number), now)
        }
        Event::Doubt => grant.doubt(grant_id(7), now),
        Event::Supersede => grant.supersede(grant_id(7), now),
        Event::DecidedAnew { needs } => {
            let terms = grant.terms.clone();
            grant.decide_anew(
                terms,
                needs.then(|| approval(&[(&["bob", "cora"], 1)])),
                now,
            )
        }
        Event::Release => grant.release(now),
        Event::Refuse => grant.refuse("no longer", now),
        Event::Disregard { who } => Ok(grant.disregard(&people[*who..=*who], now)),
        Event::Token { lasts } => grant.hand_out_token(
            &minting(),
            now + SignedDuration::from_secs(*lasts),
            Actor::system(),
            now,
        ),
    }
}

/// Different humans beside the requester who said yes to this very request: counted by who they are, not by how they
/// compare.
fn humans_who_agreed(grant: &Grant) -> usize {
    let people = people();
    let mut humans: Vec<usize> = grant
        .votes
        .iter()
        .filter(|vote| vote.word == Word::Approve && vote.request == grant.request_hash())
        .map(|vote| {
            HUMANS[people
                .iter()
                .position(|person| *person == vote.person)
                .unwrap()]
        })
        .filter(|human| *human != 0)
        .collect();
    humans.sort_unstable();
    humans.dedup();
    humans.len()
}

/// I18: the entries tell the way from one state to the other, one for each change, along the listed transitions only.
fn told(before: State, entries: &[Entry]) -> Result<State, TestCaseError> {
    let mut at = before;
    for entry in entries {
        let name = entry.detail["state"].as_str().unwrap();
        let next = State::parse(name).unwrap();
        prop_assert!(
            next == at || at.next().contains(&next),
            "{at} to {next} by {:?}",
            entry.action
        );
        at = next;
    }
    Ok(at)
}

fn consistent(grant: &Grant) -> Result<(), TestCaseError> {
    prop_assert_eq!(grant.ended_at.is_some(), grant.state.is_terminal());
    prop_assert!(!grant.state.is_terminal() || grant.due_at() == grant.rests_until);
    let all = |seen: Seen| grant.bindings.iter().all(|binding| binding.seen == seen);
    match grant.state {
        State::Active => prop_assert!(!grant.bindings.is_empty() && grant.window.is_some()),
        State::Denied | State::Withdrawn | State::Expired => {
            prop_assert!(grant.bindings.is_empty());
        }
        _ => {}
    }
    // Whatever a grant that is over may have left in a policy stays open, so that it is cleared (I13).
    let open = grant.open_bindings().count();
    if grant.rests_until.is_some() {
        // An ended grant's bindings are left alone for the time of grace (I9).
        prop_assert_eq!((grant.state, open), (State::Ended, 0));
        return Ok(());
    }
    prop_assert_eq!(
        open == 0,
        all(if grant.wants_bindings() {
            Seen::Present
        } else {
            Seen::Absent
        })
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// I5, I18, I19, I20.
    #[test]
    fn any_walk_keeps_the_rules(
        needed in prop::option::weighted(0.8, prop::collection::vec(1..3_u32, 1..3)),
        later in prop::bool::weighted(0.3),
        projects in 1..4_usize,
        steps in prop::collection::vec((event(), prop_oneof![4 => 0..60_i64, 1 => 0..10_000_i64]), 1..40),
    ) {
        let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
        let start = later.then(|| noon() + SignedDuration::from_hours(2));
        let names: &[&str] = &["bob", "cora", "dan"];
        let approval = needed.map(|needed| approval(&needed.iter().map(|needed| (names, *needed)).collect::<Vec<_>>()));
        let (mut grant, entries) = Grant::new(grant_id(1), ask, terms(&person("ann"), projects, start), approval, Actor::system(), noon());
        prop_assert_eq!(told(State::ApprovalAwaited, &entries)?, grant.state);
        let mut now = noon();
        for (event, seconds) in steps {
            now += SignedDuration::from_secs(seconds);
            let before = grant.clone();
            // As the engine does: a transition that fails leaves nothing behind.
            let Ok(entries) = happen(&mut grant, &event, now) else {
                grant = before.clone();
                continue;
            };
            prop_assert_eq!(told(before.state, &entries)?, grant.state, "{:?}", event);
            prop_assert!(!entries.is_empty() || grant == before, "a change without an entry: {:?}", event);
            prop_assert!(!matches!(event, Event::Fail) || grant != before || entries.is_empty(), "a failure told twice");
            prop_assert!(entries.iter().all(|entry| entry.grant == Some(grant.id) && entry.at == now));
            prop_assert!(!before.state.is_terminal() || grant.state == before.state, "{} does not absorb {:?}", before.state, event);
            if grant.votes.len() > before.votes.len() {
                prop_assert!(before.decide_by.is_none_or(|limit| now < limit), "a late vote counted");
            }
            match (&event, before.state) {
                (Event::Approve { who, stale }, State::ApprovalAwaited) => {
                    prop_assert!(*who >= REQUESTERS && !stale, "{event:?}");
                    let enough = humans_who_agreed(&grant) >= before.approval.as_ref().map_or(1, |a| a.needed() as usize);
                    prop_assert_eq!(grant.state != State::ApprovalAwaited, enough);
                }
                (Event::DecidedAnew { needs }, _) => prop_assert!(*needs || grant.state != State::ApprovalAwaited),
                (Event::Token { .. }, _) => {
                    prop_assert_eq!(before.state, State::Active);
                    prop_assert!(grant.last_token_ends <= grant.window.map(|window| window.end));
                    prop_assert!(before.last_token_ends <= grant.last_token_ends);
                }
                (Event::Deny { .. } | Event::Refuse, _) => prop_assert_eq!(grant.state, State::Denied),
                (_, State::ApprovalAwaited) => prop_assert!(
                    matches!(grant.state, State::ApprovalAwaited | State::Withdrawn | State::Expired),
                    "{event:?} led from waiting to {}", grant.state
                ),
                _ => {}
            }
            if grant.state != before.state {
                match grant.state {
                    State::Active => prop_assert!(grant.bindings.iter().all(|binding| binding.seen == Seen::Present)),
                    State::Revoked | State::ActivationFailed => {
                        prop_assert!(grant.bindings.iter().all(|binding| binding.seen == Seen::Absent));
                    }
                    State::Ended if matches!(event, Event::End) => prop_assert!(grant.window.is_some_and(|window| window.end <= now)),
                    State::Expired => prop_assert!(grant.decide_by.is_some_and(|limit| limit <= now)),
                    State::Activating => prop_assert!(grant.terms.start_at.is_none_or(|start| start <= now)),
                    _ => {}
                }
            }
            consistent(&grant)?;
        }
    }

    /// I5: the count is the number of different humans, whatever was stored, and taking a vote away never adds to it.
    #[test]
    fn approvals_are_humans(votes in prop::collection::vec((0..HUMANS.len(), any::<bool>(), any::<bool>()), 0..8)) {
        let (people, this) = (people(), Hash::of(&"this"));
        let vote = |&(who, yes, same): &(usize, bool, bool)| Vote {
            person: people[who].clone(),
            word: if yes { Word::Approve } else { Word::Deny },
            request: if same { this } else { Hash::of(&"other") },
            step: 0,
            comment: None,
            channel: Channel::Web,
            at: noon(),
        };
        let rule = approval(&[(&["bob"], 99)]);
        let approvals = |votes: &[Vote]| progress(&rule, votes, &people[0], this).agreed[0];
        let stored: Vec<Vote> = votes.iter().map(vote).collect();
        let mut humans: Vec<usize> = votes.iter().filter(|(_, yes, same)| *yes && *same).map(|(who, ..)| HUMANS[*who]).filter(|human| *human != 0).collect();
        humans.sort_unstable();
        humans.dedup();
        let counted = approvals(&stored);
        prop_assert_eq!(counted, humans.len());
        for index in 0..stored.len() {
            let mut fewer = stored.clone();
            fewer.remove(index);
            prop_assert!(approvals(&fewer) <= counted);
        }
    }
}

/// At the very second of the end the access is over, and at the very end of the waiting a vote is late: Google's `<`
/// and ours agree.
#[test]
fn the_edges_of_time() {
    let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
    let (mut grant, _) = Grant::new(
        grant_id(1),
        ask,
        terms(&person("ann"), 1, None),
        Some(approval(&[(&["bob"], 1)])),
        Actor::system(),
        noon(),
    );
    let limit = grant.decide_by.unwrap();
    let second = SignedDuration::from_secs(1);
    let hash = grant.request_hash();
    let late = grant
        .clone()
        .approve(&person("bob"), hash, None, Channel::Web, limit);
    assert_eq!(late, Err(TransitionError::TooLate(limit)));
    assert_eq!(
        grant.clone().expire(limit - second),
        Err(TransitionError::TooEarly)
    );
    assert!(grant.clone().expire(limit).is_ok());
    grant
        .approve(&person("bob"), hash, None, Channel::Web, limit - second)
        .unwrap();
    happen(&mut grant, &Event::Intend, noon()).unwrap();
    happen(
        &mut grant,
        &Event::Observe {
            project: 0,
            present: true,
        },
        noon(),
    )
    .unwrap();
    let end = grant.window.unwrap().end;
    assert_eq!(
        grant.clone().end(end - second),
        Err(TransitionError::TooEarly)
    );
    assert!(grant.end(end).is_ok());
}
