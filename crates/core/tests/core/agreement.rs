//! Who must agree, whether they can, and on what terms.

use std::collections::BTreeSet;

use daypass_core::audit::Actor;
use daypass_core::decide::{
    Decision, Facts, Outcome, constraints_allow, constraints_still_hold, decide,
};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{Source, load};
use daypass_core::grant::Grant;
use daypass_core::principal::Principal;
use daypass_core::request::{Ask, AskKind};
use jiff::SignedDuration;

use crate::generators::{grant_id, noon, person};
use crate::organisation::{ask, asked, broken, entitlement, facts};

#[test]
fn enough_different_people() {
    let leads = Email::parse("leads@example.com").unwrap();
    let with = |people: &[&str]| {
        let people: BTreeSet<Email> = people.iter().map(|name| person(name).email).collect();
        asked("many-roles", |_, facts| {
            facts.members.insert(leads.clone(), people);
        })
    };
    let decision = with(&["ann", "cora"]);
    assert_eq!(
        decision.steps[0].people.len(),
        2,
        "once each, and never the requester"
    );
    assert!(matches!(decision.outcome, Outcome::NeedsApproval(_)));
    let mut narrow = entitlement("many-roles");
    narrow.approval.as_mut().unwrap().steps[0].needed = 3;
    let decision = decide(&narrow, &person("ann"), &ask("many-roles"), &facts());
    assert_eq!(broken(&decision), ["approval"]);
    assert!(
        broken(&asked("two-steps", |_, _| ())).is_empty(),
        "bob for the second, cora for the first"
    );
    assert_eq!(
        broken(&asked("one-for-two-steps", |_, _| ())),
        ["approval"],
        "nobody counts twice"
    );
    let many: Vec<String> = (0..9).map(|number| format!("lead{number}")).collect();
    let told = with(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let rule = told
        .rules
        .iter()
        .find(|rule| rule.name == "approval")
        .unwrap();
    assert!(rule.detail.ends_with("and 6 more"), "{}", rule.detail);
}

#[test]
fn constraints_hold_or_deny() {
    let asks = |change: &dyn Fn(&mut Ask, &mut Facts)| {
        let decision = asked("constrained", |ask, facts| {
            ask.only = vec!["projects/acme-dev".into()];
            change(ask, facts);
        });
        broken(&decision)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(asks(&|_, _| ()).is_empty());
    assert_eq!(
        asks(&|_, facts| facts.now = noon() + SignedDuration::from_hours(12)),
        ["constraint not-at-night"]
    );
    assert_eq!(
        asks(&|ask, _| ask.only.clear()),
        ["constraint no-run-in-prod"],
        "one resource of two is enough"
    );
    assert!(asks(&|ask, _| ask.only = vec!["roles/logging.viewer".into()]).is_empty());
    assert_eq!(
        asks(&|ask, _| ask.duration = Some(Duration::minutes(90))),
        ["constraint long-needs-a-ticket"],
        "what cannot be told is denied: there is no ticket"
    );
    assert!(
        asks(&|ask, _| {
            ask.duration = Some(Duration::minutes(90));
            ask.inputs.insert("ticket".into(), "INC-1".into());
        })
        .is_empty()
    );
    assert_eq!(
        asks(&|_, facts| {
            facts
                .groups
                .insert(Email::parse("ghosts@example.com").unwrap());
        }),
        ["constraint not-for-ghosts"]
    );
}

/// What the approval of `said-with-care` says of somebody's word, this many hours after noon.
fn says(name: &str, hours: i64) -> Vec<String> {
    let decision = asked("said-with-care", |_, _| ());
    let Outcome::NeedsApproval(approval) = decision.outcome else {
        panic!("somebody must agree");
    };
    let grant = Grant::new(
        grant_id(1),
        ask("said-with-care"),
        decision.terms.unwrap(),
        Some(approval),
        Actor::system(),
        noon(),
    )
    .0;
    let (nobody, now) = (BTreeSet::new(), noon() + SignedDuration::from_hours(hours));
    let allowed = constraints_allow(&grant, &person(name), &nobody, &nobody, now);
    let rules = allowed.err().into_iter().flatten();
    rules
        .filter(|rule| !rule.holds)
        .map(|rule| rule.name)
        .collect()
}

#[test]
fn constraints_of_an_approval_are_on_the_approver_and_the_moment() {
    assert!(says("cora", 0).is_empty());
    assert_eq!(says("dan", 0), ["constraint not-dan"]);
    assert_eq!(says("cora", 12), ["constraint awake"]);
}

fn first_step(decision: &Decision) -> Vec<String> {
    let people = decision.steps[0].people.iter();
    people.map(ToString::to_string).collect()
}

#[test]
fn nobody_is_named_who_gains_by_it() {
    let leads = Email::parse("leads@example.com").unwrap();
    let with = |change: &dyn Fn(&mut Ask, &mut Facts)| {
        first_step(&asked("said-with-care", |ask, facts| {
            let members = ["ann", "eve"].map(|name| person(name).email);
            facts.members.insert(leads.clone(), members.into());
            change(ask, facts);
        }))
    };
    assert_eq!(with(&|_, _| ()), ["cora@example.com", "eve@example.com"]);
    let mut own = entitlement("said-with-care");
    own.approval.as_mut().unwrap().self_approval = true;
    let decision = decide(&own, &person("ann"), &ask("said-with-care"), &facts());
    assert_eq!(
        first_step(&decision),
        ["ann@example.com", "cora@example.com"],
        "only where it says so"
    );
}

/// What an entitlement with one approver, or several, decides under a constraint on its approval.
fn under(constraint: &str, approvers: &str) -> Decision {
    let text = format!(
        "apiVersion: daypass/v1\nentitlements:\n  - id: with-care\n    requesters: ['domain:example.com']\n    privileges: [{{resource: projects/acme-prod, roles: [roles/logging.viewer]}}]\n    justification: {{required: false}}\n    start: {{latest: 2d}}\n    approval: {{constraints: [{{name: careful, expression: '{constraint}'}}], steps: [{{approvers: {approvers}}}]}}\n"
    );
    let catalogue = load(&[Source {
        name: "care.yaml".into(),
        text,
    }])
    .unwrap();
    let entitlement = catalogue.iter().next().unwrap();
    let mut facts = facts();
    let leads = Email::parse("leads@example.com").unwrap();
    let members: BTreeSet<Email> = (0..MANY)
        .map(|number| person(&format!("lead{number}")).email)
        .collect();
    facts.members.insert(leads, members);
    decide(entitlement, &person("ann"), &ask("with-care"), &facts)
}

const MANY: usize = 20_000;

/// Who is named can approve: a request that waits for nobody else than those whom a constraint refuses is denied now.
#[test]
fn nobody_is_named_whom_a_constraint_refuses() {
    let detail = |decision: &Decision| {
        let mut rules = decision.rules.iter();
        let rule = rules.find(|rule| rule.name == "approval").unwrap();
        rule.detail.clone()
    };
    let cora = "[user:cora@example.com]";
    let denied = under(r#"approver.email != "cora@example.com""#, cora);
    assert_eq!(broken(&denied), ["approval"]);
    assert!(denied.approvers.is_empty());
    assert_eq!(
        detail(&denied),
        "1 must approve, but nobody can; constraint careful refuses cora@example.com"
    );
    let both = "[user:cora@example.com, user:dan@example.com]";
    let rest = under(r#"approver.email.startsWith("dan@")"#, both);
    assert_eq!(first_step(&rest), ["dan@example.com"]);
    assert_eq!(
        detail(&rest),
        "1 of dan@example.com; constraint careful refuses cora@example.com"
    );
    let whole = under(r#"request.kind == "extend""#, "['domain:example.com']");
    assert_eq!(
        detail(&whole),
        "1 must approve, but nobody can; constraint careful refuses everybody",
        "it asks about no approver"
    );
    let error = under("resource.roles[7] == approver.email", cora);
    assert_eq!(broken(&error), ["approval"], "what cannot be told refuses");
}

/// What will be different when somebody decides is not asked before.
#[test]
fn constraints_that_depend_on_the_moment_refuse_nobody_before() {
    for later in [
        r#"approver.email != "cora@example.com" && request.time < timestamp("2000-01-01T00:00:00Z")"#,
        r#"request.start < timestamp("2000-01-01T00:00:00Z")"#,
        r#""admins@example.com" in approver.groups"#,
        r#"approver.groups.exists(group, group.startsWith("admins@"))"#,
    ] {
        let waits = under(later, "[user:cora@example.com]");
        assert_eq!(first_step(&waits), ["cora@example.com"], "{later}");
        assert!(matches!(waits.outcome, Outcome::NeedsApproval(_)));
    }
}

/// Twenty thousand approvers are not all asked about: those for whom there is no time stay named.
#[test]
fn a_crowd_of_approvers_costs_little() {
    let crowd = "[group:leads@example.com]";
    let asked = |constraint: &str| {
        let decision = under(constraint, crowd);
        assert!(broken(&decision).is_empty(), "{constraint}");
        MANY - decision.approvers.len()
    };
    let cheap = asked(r#"approver.email == "nobody@example.com""#);
    let dear = asked("requester.groups.exists(group, group == approver.email)");
    assert!((1..cheap).contains(&dear), "{dear} and {cheap}");
    assert!((1_000..MANY).contains(&cheap), "{cheap}");
}

/// An access token of the approver's does not wait for a later start, and a gift has no approver.
#[test]
fn an_approvers_own_power_is_there_only_at_the_approval() {
    let later = |ask: &mut Ask, _: &mut Facts| {
        ask.start_at = Some(noon() + SignedDuration::from_hours(1));
    };
    let gift = |ask: &mut Ask, _: &mut Facts| {
        ask.kind = AskKind::Give;
        ask.beneficiary = Some("user:bob@example.com".parse::<Principal>().unwrap());
    };
    assert!(broken(&asked("own-word", |_, _| ())).is_empty());
    assert_eq!(broken(&asked("own-word", later)), ["own-power"]);
    assert!(
        broken(&asked("vouched", later)).is_empty(),
        "the broker writes it, whenever"
    );
    for id in ["own-word", "vouched"] {
        let (mut gift_of, mut facts) = (ask(id), facts());
        gift(&mut gift_of, &mut facts);
        let decision = decide(&entitlement(id), &person("zoe"), &gift_of, &facts);
        assert!(broken(&decision).contains(&"own-power"), "{decision:?}");
    }
}

/// What was to begin at a time that is past begins when the last word is said.
#[test]
fn a_start_that_is_past_is_now() {
    let one = entitlement("begins-early");
    let early = Ask {
        start_at: Some(noon() + SignedDuration::from_hours(1)),
        ..ask("begins-early")
    };
    let decision = decide(&one, &person("ann"), &early, &facts());
    let Outcome::NeedsApproval(approval) = decision.outcome else {
        panic!("{:?}", decision.rules);
    };
    let (terms, approval) = (decision.terms.unwrap(), Some(approval));
    let actor = Actor::system();
    let (grant, _) = Grant::new(grant_id(1), early, terms, approval, actor, noon());
    let holds = |hours| {
        let now = noon() + SignedDuration::from_hours(hours);
        constraints_still_hold(&one, &grant, &BTreeSet::new(), now).is_ok()
    };
    assert!(holds(0) && holds(1) && !holds(3));
}
