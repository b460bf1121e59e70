//! Cases of the systems that Daypass takes the place of, where no other test asks the same; `docs/acceptance.md` lists
//! them all.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::decide::{Decision, Facts, Outcome, decide};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, EntitlementId, Source, load};
use daypass_core::principal::Principal;
use daypass_core::request::{Ask, AskKind};
use jiff::SignedDuration;

use crate::generators::{noon, person};

const FILE: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: for-both
    requesters: [user:ann@example.com, group:sre@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/run.admin]}]
    justification: {required: false}
    constraints:
      - {name: not-interns, expression: '!("interns@example.com" in requester.groups)'}
    approval: {self: true, steps: [{approvers: [user:cora@example.com, group:leads@example.com]}]}
  - id: for-nobody
    requesters: [user:ann@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/run.admin]}]
    justification: {required: false}
    approval: {steps: [{approvers: [group:nobody@example.com]}]}
  - id: alone
    requesters: [user:ann@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/run.viewer]}]
    justification: {required: false}
    approval: none
  - id: to-give
    grantors: [user:greta@example.com]
    beneficiaries: ['domain:example.com', user:guest@evil.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/run.viewer]}]
    justification: {required: false}
    approval: none
"#;

fn catalogue(text: &str) -> Catalogue {
    load(&[Source {
        name: "cases.yaml".into(),
        text: text.into(),
    }])
    .unwrap()
}

fn groups(names: &[&str]) -> BTreeSet<Email> {
    names
        .iter()
        .map(|name| Email::parse(&format!("{name}@example.com")).unwrap())
        .collect()
}

/// What is decided when `who`, who is in `groups`, asks; ann and lea lead.
fn asks(text: &str, id: &str, who: &str, in_groups: &[&str]) -> Decision {
    let ask = Ask::new(EntitlementId::parse(id).unwrap());
    decided(text, &ask, who, in_groups)
}

fn decided(text: &str, ask: &Ask, who: &str, in_groups: &[&str]) -> Decision {
    let leads = Email::parse("leads@example.com").unwrap();
    let facts = Facts {
        now: noon(),
        skew: Some(SignedDuration::ZERO),
        groups: groups(in_groups),
        beneficiary_groups: BTreeSet::new(),
        members: BTreeMap::from([(leads, groups(&["ann", "lea"]))]),
        projects: BTreeMap::new(),
        debts: Vec::new(),
    };
    let all = catalogue(text);
    let entitlement = all.get(&ask.entitlement).unwrap();
    decide(entitlement, &person(who), ask, &facts)
}

fn broken(decision: &Decision) -> Vec<&str> {
    let rules = decision.rules.iter().filter(|rule| !rule.holds);
    rules.map(|rule| rule.name.as_str()).collect()
}

/// A-3: it does not matter by which entry somebody is named, nor whether each right comes by another one: ann asks as
/// herself and approves as one of the leads.
#[test]
fn rights_add_up_over_a_person_and_their_groups() {
    for (who, in_groups, may) in [
        ("ann", &[][..], true),
        ("bob", &["sre"], true),
        ("ann", &["sre"], true),
        ("bob", &[], false),
        ("bob", &["leads"], false),
    ] {
        let decision = asks(FILE, "for-both", who, in_groups);
        assert_eq!(
            matches!(decision.outcome, Outcome::NeedsApproval(_)),
            may,
            "{who} {in_groups:?}: {:?}",
            broken(&decision)
        );
    }
    let asked = asks(FILE, "for-both", "ann", &["leads"]);
    let approvers: Vec<&str> = asked.steps[0].people.iter().map(Email::as_str).collect();
    assert_eq!(
        approvers,
        ["ann@example.com", "cora@example.com", "lea@example.com"]
    );
}

/// A-5: who is denied stays denied, wherever the entry that would allow it stands.
#[test]
fn a_denial_wins_in_any_order() {
    let turned = FILE.replace(
        "[user:ann@example.com, group:sre@example.com]",
        "[group:sre@example.com, user:ann@example.com]",
    );
    assert_ne!(turned, FILE);
    for text in [FILE, &turned] {
        for in_groups in [&["interns", "sre"], &["sre", "interns"]] {
            let decision = asks(text, "for-both", "ann", in_groups);
            assert_eq!(decision.outcome, Outcome::Denied);
            assert_eq!(broken(&decision), ["constraint not-interns"]);
        }
    }
}

/// M-9: what one may have alone waits for nobody, what nobody could approve is refused at once, and so is what a
/// constraint forbids.
#[test]
fn only_what_somebody_can_answer_waits() {
    assert_eq!(
        asks(FILE, "alone", "ann", &[]).outcome,
        Outcome::Granted,
        "nobody is asked"
    );
    let nobody = asks(FILE, "for-nobody", "ann", &[]);
    assert_eq!(
        (nobody.outcome.clone(), broken(&nobody)),
        (Outcome::Denied, vec!["approval"])
    );
    assert!(matches!(
        asks(FILE, "for-both", "ann", &[]).outcome,
        Outcome::NeedsApproval(_)
    ));
    assert_eq!(
        asks(FILE, "for-both", "ann", &["interns"]).outcome,
        Outcome::Denied
    );
}

/// G-32: a domain that nobody wrote into the entitlement gets nothing, however its name looks.
#[test]
fn a_gift_stays_among_those_who_may_receive_it() {
    for (to, may) in [
        ("user:bob@example.com", true),
        ("user:guest@evil.com", true),
        ("user:bob@evil.com", false),
        ("user:bob@example.com.evil.com", false),
        ("user:bob@evil-example.com", false),
        ("group:all@evil.com", false),
        ("domain:evil.com", false),
    ] {
        let gift = Ask {
            kind: AskKind::Give,
            beneficiary: Some(to.parse().unwrap()),
            ..Ask::new(EntitlementId::parse("to-give").unwrap())
        };
        let decision = decided(FILE, &gift, "greta", &[]);
        let expected: &[&str] = if may { &[] } else { &["beneficiary"] };
        assert_eq!(broken(&decision), expected, "{to}");
        assert_eq!(decision.outcome == Outcome::Granted, may, "{to}");
    }
}

/// M-2: a group that the incumbent made is a group like any other; what is no address is none here either.
#[test]
fn groups_of_the_incumbent_are_groups() {
    for (text, fits) in [
        ("@", false),
        ("jit@example.com", true),
        ("jit.a.b.c@d.example.com", true),
        ("JIT.A.B.C@EXAMPLE.COM", true),
        ("jit.a.b.c@", false),
    ] {
        let group = format!("group:{text}").parse::<Principal>();
        assert_eq!(group.is_ok(), fits, "{text}");
        if let Ok(group) = group {
            assert_eq!(
                group.to_string(),
                format!("group:{}", text.to_ascii_lowercase())
            );
        }
    }
    let upper = FILE.replace("group:sre@example.com", "group:JIT.Env.Sys.SRE@Example.com");
    let decision = asks(&upper, "for-both", "bob", &["jit.env.sys.sre"]);
    assert!(matches!(decision.outcome, Outcome::NeedsApproval(_)));
}

/// M-4: a name in another case is not a second name for the same thing: ids are lower case, and nothing is trimmed or
/// bent until it fits.
#[test]
fn an_id_has_one_spelling() {
    for text in [
        "Alone",
        " alone ",
        "jit-group:env.system.name",
        "env.system.name",
    ] {
        assert_eq!(EntitlementId::parse(text), None, "{text}");
    }
}

/// M-5: lengths of time in words; none is no length at all.
#[test]
fn lengths_of_time_read_well() {
    for (minutes, shown) in [
        (1, "1m"),
        (60, "1h"),
        (2 * 60 + 59, "2h59m"),
        (2 * 1_440 + 59, "2d59m"),
    ] {
        let length = Duration::from_seconds(minutes * 60).unwrap();
        assert_eq!(length.to_string(), shown);
    }
    assert!(Duration::from_seconds(0).is_err());
}
