//! Who may say yes, who may say no, who is asked when: step by step.

use std::collections::BTreeSet;

use daypass_core::Timestamp;
use daypass_core::audit::{Action, Actor, Channel, Entry};
use daypass_core::decide::{may_approve, may_review, may_veto, still_counts};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{Approval, BreakGlass, EntitlementId, Escalation, ReviewRule};
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_core::state::State;
use jiff::SignedDuration;

use crate::generators::{approval, grant_id, noon, person, terms};

const NOBODY: BTreeSet<Email> = BTreeSet::new();

fn minutes(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

fn waiting(approval: Approval) -> Grant {
    let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
    Grant::new(
        grant_id(1),
        ask,
        terms(&person("ann"), 1, None),
        Some(approval),
        Actor::system(),
        noon(),
    )
    .0
}

/// Ann asks; first one of bob and cora, then one of cora and dan.
fn two_steps() -> Grant {
    waiting(approval(&[
        (&["ann", "bob", "cora"], 1),
        (&["cora", "dan"], 1),
    ]))
}

fn may(grant: &Grant, name: &str, at: i64) -> bool {
    may_approve(grant, &person(name), &NOBODY, minutes(at)).is_ok()
}

fn yes(grant: &mut Grant, name: &str, at: i64) -> Result<Vec<Entry>, TransitionError> {
    let hash = grant.request_hash();
    grant.approve(&person(name), hash, None, Channel::Web, minutes(at))
}

#[test]
fn each_step_has_its_own_people() {
    let mut grant = two_steps();
    let who = |grant: &Grant| ["ann", "bob", "cora", "dan", "eve"].map(|name| may(grant, name, 0));
    assert_eq!(
        who(&grant),
        [false, true, true, false, false],
        "the requester never, the second step not yet"
    );
    let vetoes = ["ann", "bob", "cora", "dan", "eve"]
        .map(|name| may_veto(&grant, &person(name), &NOBODY).is_ok());
    assert_eq!(
        vetoes,
        [false, true, true, true, false],
        "whoever has a say in any step may end it"
    );
    yes(&mut grant, "cora", 1).unwrap();
    assert_eq!(
        (grant.open_step().unwrap().0, grant.step_since),
        (1, minutes(1))
    );
    assert_eq!(
        yes(&mut grant, "cora", 2),
        Err(TransitionError::AlreadyVoted("cora@example.com".into())),
        "a person counts once over all steps"
    );
    assert_eq!(who(&grant), [false, false, true, true, false]);
    yes(&mut grant, "dan", 3).unwrap();
    assert_eq!((grant.state, grant.open_step()), (State::Activating, None));
}

#[test]
fn the_words_of_a_refusal_say_what_to_do() {
    let grant = two_steps();
    let refused = |name: &str| may_approve(&grant, &person(name), &NOBODY, noon()).unwrap_err();
    assert_eq!(refused("ann").detail, "nobody approves their own request");
    assert_eq!(
        refused("dan").detail,
        "dan@example.com is not among the approvers of step 1, which is open"
    );
    assert_eq!(
        refused("eve").detail,
        "eve@example.com is not among the approvers"
    );
    assert!(
        ["ann", "dan", "eve"]
            .iter()
            .all(|name| refused(name).hint.is_some())
    );
}

#[test]
fn who_receives_it_decides_no_more_than_who_asked() {
    let mut grant = two_steps();
    grant.terms.beneficiary = person("bob").principal();
    assert!(!may(&grant, "bob", 0) && may(&grant, "cora", 0));
    assert!(may_veto(&grant, &person("bob"), &NOBODY).is_err());
    assert_eq!(yes(&mut grant, "bob", 0), Err(TransitionError::OwnRequest));
}

#[test]
fn the_requester_counts_only_where_it_says_so() {
    let mut rule = approval(&[(&["ann", "bob"], 1)]);
    rule.self_approval = true;
    let mut grant = waiting(rule);
    assert!(may(&grant, "ann", 0));
    yes(&mut grant, "ann", 0).unwrap();
    assert_eq!(grant.state, State::Activating);
}

#[test]
fn a_veto_can_follow_a_yes_and_ends_it() {
    let mut grant = waiting(approval(&[(&["bob", "cora"], 2)]));
    yes(&mut grant, "bob", 1).unwrap();
    let hash = grant.request_hash();
    grant
        .deny(
            &person("bob"),
            hash,
            Some("not now".into()),
            Channel::Web,
            minutes(2),
        )
        .unwrap();
    assert_eq!(grant.state, State::Denied);
}

#[test]
fn a_required_word_must_be_there() {
    let mut rule = approval(&[(&["bob"], 1)]);
    rule.justification_required = true;
    let mut grant = waiting(rule);
    assert_eq!(
        yes(&mut grant, "bob", 0),
        Err(TransitionError::CommentNeeded)
    );
    let hash = grant.request_hash();
    grant
        .approve(
            &person("bob"),
            hash,
            Some("seen the ticket".into()),
            Channel::Web,
            noon(),
        )
        .unwrap();
}

#[test]
fn a_yes_that_no_longer_counts_opens_its_step_again() {
    let mut grant = two_steps();
    yes(&mut grant, "bob", 1).unwrap();
    let vote = grant.votes[0].clone();
    assert!(still_counts(&grant, &vote, &NOBODY));
    let mut narrower = grant.clone();
    narrower.approval.as_mut().unwrap().steps[0].approvers = vec![person("cora").principal()];
    assert!(!still_counts(&narrower, &vote, &NOBODY));
    let entries = grant.disregard(&[person("bob")], minutes(2));
    assert_eq!(
        (entries.len(), entries[0].action),
        (1, Action::ApprovalVoid)
    );
    assert_eq!(grant.open_step().unwrap().0, 0);
}

/// Reminded each ten minutes; after twenty the directors may decide, too.
fn called() -> Grant {
    let mut rule = approval(&[(&["bob"], 1), (&["cora"], 1)]);
    rule.steps[0].remind = Some(Duration::minutes(10));
    rule.steps[0].escalate = Some(Escalation {
        after: Duration::minutes(20),
        to: vec![Principal::User(person("zoe").email)],
    });
    waiting(rule)
}

#[test]
fn reminders_and_escalation_come_in_time_and_once() {
    let mut grant = called();
    let actions = |grant: &mut Grant, at: i64| -> Vec<Action> {
        grant
            .call(minutes(at))
            .unwrap()
            .iter()
            .map(|entry| entry.action)
            .collect()
    };
    assert_eq!(grant.due_at(), Some(minutes(10)));
    assert!(actions(&mut grant, 9).is_empty());
    assert_eq!(actions(&mut grant, 10), [Action::Reminded]);
    assert!(actions(&mut grant, 10).is_empty(), "told once");
    assert!(!may(&grant, "zoe", 19), "not before its time");
    assert!(
        may(&grant, "zoe", 20),
        "at the second, whether it was told or not"
    );
    assert_eq!(grant.due_at(), Some(minutes(20)));
    assert_eq!(
        actions(&mut grant, 20),
        [Action::Escalated, Action::Reminded]
    );
    assert_eq!(grant.due_at(), Some(minutes(30)));
    yes(&mut grant, "zoe", 21).unwrap();
    assert!(
        !may(&grant, "zoe", 60),
        "the next step has people of its own"
    );
    assert_eq!(grant.due_at(), grant.decide_by, "it calls nobody");
    assert_eq!(actions(&mut grant, 60), []);
}

#[test]
fn the_second_step_counts_its_time_from_its_own_beginning() {
    let mut rule = approval(&[(&["bob"], 1), (&["cora"], 1)]);
    rule.steps[1].escalate = Some(Escalation {
        after: Duration::minutes(20),
        to: vec![person("zoe").principal()],
    });
    let mut grant = waiting(rule);
    yes(&mut grant, "bob", 30).unwrap();
    assert!(!may(&grant, "zoe", 49) && may(&grant, "zoe", 50));
    assert_eq!(grant.due_at(), Some(minutes(50)));
}

fn emergency() -> Grant {
    emergency_for(person("ann").principal())
}

/// Ann's request, for somebody.
fn emergency_for(beneficiary: Principal) -> Grant {
    let mut terms = terms(&person("ann"), 1, None);
    terms.beneficiary = beneficiary;
    terms.break_glass = Some(BreakGlass {
        page: vec!["email".into()],
        review: ReviewRule {
            by: vec!["domain:example.com".parse().unwrap()],
            within: Duration::minutes(60),
        },
    });
    let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
    Grant::new(grant_id(1), ask, terms, None, Actor::system(), noon()).0
}

/// Who asked for somebody else, and who received what somebody else asked for, are both no second pair of eyes.
#[test]
fn neither_who_asked_nor_who_received_reviews() {
    let mut grant = emergency_for(person("bob").principal());
    let review = grant.review.clone().unwrap();
    for (who, may) in [("ann", false), ("bob", false), ("cora", true)] {
        assert_eq!(
            may_review(&grant, &review, &person(who), &NOBODY).is_ok(),
            may,
            "{who}"
        );
    }
    for who in ["ann", "bob"] {
        let word = grant.record_review(&person(who), true, None, Channel::Web, minutes(70));
        assert_eq!(word, Err(TransitionError::OwnReview), "{who}");
    }
    let group = Email::parse("sre@example.com").unwrap();
    let grant = emergency_for(Principal::Group(group.clone()));
    let its_member = may_review(&grant, &review, &person("cora"), &[group].into());
    assert!(its_member.is_err());
}

#[test]
fn an_emergency_owes_a_review_by_somebody_else() {
    let mut grant = emergency();
    assert_eq!(grant.state, State::Activating, "it waits for nobody");
    assert!(grant.owes_review() && !grant.is_debt(minutes(59)) && grant.is_debt(minutes(60)));
    let review = grant.review.clone().unwrap();
    let reviews = |who: &Person| may_review(&grant, &review, who, &NOBODY).is_ok();
    assert!(!reviews(&person("ann")) && reviews(&person("bob")));
    let stranger = Person {
        email: Email::parse("eve@example.org").unwrap(),
        ..person("eve")
    };
    assert!(!reviews(&stranger));
    assert_eq!(
        grant.record_review(&person("ann"), true, None, Channel::Web, minutes(70)),
        Err(TransitionError::OwnReview)
    );
    let entries = grant
        .record_review(
            &person("bob"),
            false,
            Some("a drill"),
            Channel::Cli,
            minutes(70),
        )
        .unwrap();
    assert_eq!(entries[0].action, Action::Reviewed);
    assert!(!grant.owes_review() && !grant.is_debt(minutes(90)));
    assert!(matches!(
        grant.record_review(&person("cora"), true, None, Channel::Cli, minutes(80)),
        Err(TransitionError::AlreadyReviewed(by)) if by == "bob@example.com"
    ));
    assert_eq!(
        two_steps().record_review(&person("bob"), true, None, Channel::Cli, noon()),
        Err(TransitionError::NoReviewOwed)
    );
}
