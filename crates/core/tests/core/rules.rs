//! Each rule at its edge: what is kept, what is broken, and by which rule.

use std::collections::BTreeSet;

use daypass_core::Timestamp;
use daypass_core::decide::{Decision, MOST_SELECTED, Outcome, decide, is_among};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{Catalogue, Entitlement, GiveError, InputValue, Source, load};
use daypass_core::grant::GrantedPrivilege;
use daypass_core::ids::GrantId;
use daypass_core::principal::Principal;
use daypass_core::request::{Ask, AskKind};
use jiff::SignedDuration;

use crate::generators::{grant_id, noon, person};
use crate::organisation::{FILE, ask, asked, broken, catalogue, entitlement, facts};

fn given(decision: &Decision) -> Vec<(String, String)> {
    let one =
        |privilege: &GrantedPrivilege| (privilege.resource.to_string(), privilege.role.to_string());
    decision
        .terms
        .as_ref()
        .unwrap()
        .privileges
        .iter()
        .map(one)
        .collect()
}

#[test]
fn a_list_means_whom_it_names() {
    let lists: Vec<Principal> = [
        "group:sre@example.com",
        "domain:example.com",
        "serviceAccount:bot@p.iam.gserviceaccount.com",
    ]
    .map(|text| text.parse().unwrap())
    .into();
    let of = |list: usize, who: &str, groups: &[&str]| {
        let groups = groups
            .iter()
            .map(|group| Email::parse(group).unwrap())
            .collect();
        is_among(&lists[list..=list], &who.parse().unwrap(), &groups)
    };
    assert!(of(0, "user:ann@example.com", &["sre@example.com"]));
    assert!(!of(0, "user:ann@example.com", &["leads@example.com"]));
    assert!(of(0, "group:sre@example.com", &[]), "the group itself");
    assert!(!of(0, "group:leads@example.com", &[]));
    assert!(of(1, "user:ann@example.com", &[]));
    assert!(!of(1, "user:ann@sub.example.com", &[]) && !of(1, "user:ann@example.org", &[]));
    assert!(!of(1, "serviceAccount:bot@p.iam.gserviceaccount.com", &[]));
    assert!(of(2, "serviceAccount:bot@p.iam.gserviceaccount.com", &[]));
    assert!(!of(2, "user:ann@example.com", &[]));
    assert!(!is_among(&[], &person("ann").principal(), &BTreeSet::new()));
}

#[test]
fn who_may_ask_for_whom() {
    let bob = || Some("user:bob@example.com".parse().unwrap());
    assert!(broken(&asked("many-roles", |_, _| ())).is_empty());
    assert!(broken(&asked("many-roles", |ask, _| ask.beneficiary = bob())).is_empty());
    let for_eve = asked("many-roles", |ask, _| {
        ask.beneficiary = Some("user:eve@example.com".parse().unwrap());
    });
    assert_eq!(broken(&for_eve), ["beneficiary"]);
    let robot = |in_group: bool| {
        asked("many-roles", |ask, facts| {
            ask.beneficiary = Some(
                "serviceAccount:bot@p.iam.gserviceaccount.com"
                    .parse()
                    .unwrap(),
            );
            if in_group {
                facts
                    .beneficiary_groups
                    .insert(Email::parse("robots@example.com").unwrap());
            }
        })
    };
    assert_eq!(
        (broken(&robot(true)).len(), broken(&robot(false))),
        (0, vec!["beneficiary"])
    );
    assert_eq!(
        broken(&asked("two-steps", |ask, _| ask.beneficiary = bob())),
        ["beneficiary"],
        "without a list: oneself"
    );
    let stranger = decide(
        &entitlement("many-roles"),
        &person("eve"),
        &ask("many-roles"),
        &facts(),
    );
    assert_eq!(broken(&stranger), ["requester"]);
}

#[test]
fn a_grantor_gives_to_somebody_else() {
    let gives = |to: &str, id: &str| {
        let ask = Ask {
            kind: AskKind::Give,
            beneficiary: Some(to.parse().unwrap()),
            ..ask(id)
        };
        decide(&entitlement(id), &person("zoe"), &ask, &facts())
    };
    let gift = gives("user:bob@example.com", "many-roles");
    assert_eq!(
        (gift.outcome.clone(), broken(&gift).len()),
        (Outcome::Granted, 0),
        "nobody need agree"
    );
    assert_eq!(
        broken(&gives("user:eve@example.com", "many-roles")),
        ["beneficiary"],
        "the list narrows gifts, too"
    );
    assert_eq!(
        broken(&gives("user:bob@example.com", "two-steps")),
        ["grantor", "beneficiary"]
    );
    let mut open = entitlement("many-roles");
    open.beneficiaries.clear();
    let to = |open: &Entitlement, to: &str| {
        let ask = Ask {
            kind: AskKind::Give,
            beneficiary: Some(to.parse().unwrap()),
            ..ask("many-roles")
        };
        decide(open, &person("zoe"), &ask, &facts()).outcome
    };
    for stranger in [
        "user:guest@evil.com",
        "user:zoe@example.com",
        "group:all@example.com",
        "domain:example.com",
    ] {
        assert_eq!(
            to(&open, stranger),
            Outcome::Denied,
            "{stranger} is not named"
        );
    }
    open.requesters
        .extend(["group:all@example.com".parse().unwrap()]);
    assert_eq!(
        to(&open, "group:all@example.com"),
        Outcome::Granted,
        "who may ask for it may be given it"
    );
}

#[test]
fn a_part_of_it() {
    let only = |parts: &[&str]| {
        asked("many-roles", |ask, _| {
            ask.only = parts.iter().map(ToString::to_string).collect();
        })
    };
    assert_eq!(given(&only(&[])).len(), 3);
    assert_eq!(
        given(&only(&["roles/run.admin"])),
        [
            ("projects/acme-prod".into(), "roles/run.admin".into()),
            ("projects/acme-dev".into(), "roles/run.admin".into())
        ]
    );
    assert_eq!(given(&only(&["projects/acme-dev"])).len(), 1);
    assert_eq!(given(&only(&["projects/acme-prod"])).len(), 2);
    assert_eq!(
        given(&only(&["roles/run.admin", "projects/acme-prod"])).len(),
        1,
        "naming both takes the pairs"
    );
    assert_eq!(
        given(&only(&[
            "https://console.cloud.google.com/home?project=acme-dev"
        ]))
        .len(),
        1
    );
    assert_eq!(
        broken(&only(&["roles/storage.admin", "projects/acme-dev"])),
        ["privileges"]
    );
    assert_eq!(broken(&only(&["roles/owner"])), ["privileges"]);
    assert_eq!(broken(&only(&["projects/acme"])), ["privileges"]);
}

#[test]
fn accounts_beside_roles() {
    let all = asked("accounts", |_, _| ()).terms.unwrap();
    let minter = "projects/acme-prod/roles/daypassTokenMinter";
    assert_eq!(
        all.impersonations[0].service_account.as_str(),
        "deployer@acme-prod.iam.gserviceaccount.com"
    );
    assert_eq!((all.impersonations.len(), all.privileges.len()), (1, 2));
    assert!(
        all.privileges
            .iter()
            .any(|one| one.role.as_str() == minter && one.target.kind().name == "service account")
    );
    let one = asked("accounts", |ask, _| {
        ask.only = vec!["Deployer@acme-prod.iam.gserviceaccount.com".into()];
    })
    .terms
    .unwrap();
    assert_eq!((one.impersonations.len(), one.privileges.len()), (1, 0));
    let other = asked("accounts", |ask, _| {
        ask.only = vec!["roles/logging.viewer".into()];
    })
    .terms
    .unwrap();
    assert_eq!((other.impersonations.len(), other.privileges.len()), (0, 1));
}

#[test]
fn lengths_and_starts_at_their_edges() {
    let lasts = |seconds: u64| {
        broken(&asked("many-roles", |ask, _| {
            ask.duration = Some(Duration::from_seconds(seconds).unwrap());
        }))
        .len()
    };
    assert_eq!([599, 600, 14_400, 14_401].map(lasts), [1, 0, 0, 1]);
    let usual = asked("many-roles", |_, _| ()).terms.unwrap();
    assert_eq!(usual.duration, Duration::minutes(30));
    let starts = |seconds: i64| {
        let at: Timestamp = noon() + SignedDuration::from_secs(seconds);
        broken(&asked("many-roles", |ask, _| ask.start_at = Some(at))).len()
    };
    assert_eq!([-1, 0, 1, 172_800, 172_801].map(starts), [1, 1, 0, 0, 1]);
    let at_once = asked("with-inputs", |ask, _| {
        ask.inputs.insert("ticket".into(), "INC-1".into());
        ask.start_at = Some(noon() + SignedDuration::from_secs(60));
    });
    assert_eq!(broken(&at_once), ["duration"], "no start: at once only");
}

#[test]
fn what_must_be_written() {
    let says = |text: Option<&str>| {
        asked("many-roles", |ask, _| {
            ask.justification = text.map(str::to_owned);
        })
    };
    assert!(broken(&says(Some("INC-12 the disk is full"))).is_empty());
    for wrong in [
        None,
        Some(""),
        Some("   "),
        Some("the disk"),
        Some("INC-1\u{202e}"),
    ] {
        let decision = says(wrong);
        assert_eq!(broken(&decision), ["justification"], "{wrong:?}");
        let rule = decision.rules.iter().find(|rule| !rule.holds).unwrap();
        assert_eq!(rule.hint.as_deref(), Some("ticket first"));
    }
    let fills = |inputs: &[(&str, &str)]| {
        asked("with-inputs", |ask, _| {
            ask.justification = None;
            ask.inputs = inputs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect();
        })
    };
    let full = fills(&[
        ("ticket", " INC-7 "),
        ("hosts", "-3"),
        ("dry_run", "True"),
        ("zone", "b"),
    ]);
    let values = full.terms.unwrap().inputs;
    assert_eq!(values["ticket"], InputValue::String("INC-7".into()));
    assert_eq!(
        (&values["hosts"], &values["dry_run"]),
        (&InputValue::Integer(-3), &InputValue::Boolean(true))
    );
    assert_eq!(
        fills(&[("ticket", "INC-7"), ("hosts", " ")])
            .terms
            .unwrap()
            .inputs
            .len(),
        1,
        "what may be left out"
    );
    for wrong in [
        &[][..],
        &[("ticket", " ")],
        &[("ticket", "seven")],
        &[("ticket", "INC-7"), ("hosts", "3.5")],
        &[("ticket", "INC-7"), ("dry_run", "perhaps")],
        &[("ticket", "INC-7"), ("zone", "c")],
        &[("ticket", "INC-7"), ("other", "x")],
    ] {
        assert_eq!(broken(&fills(wrong)), ["inputs"], "{wrong:?}");
    }
}

#[test]
fn the_projects_of_a_selector() {
    let selector = entitlement("by-label").selectors().next().unwrap().clone();
    let finds = |count: usize| {
        asked("by-label", |_, facts| {
            let found =
                (0..count).map(|number| format!("projects/acme-{number:03}").parse().unwrap());
            facts.projects.insert(selector.clone(), found.collect());
        })
    };
    assert_eq!(
        given(&finds(2)),
        [
            (
                "projects/acme-000".to_owned(),
                "roles/logging.viewer".to_owned()
            ),
            ("projects/acme-001".into(), "roles/logging.viewer".into())
        ]
    );
    assert_eq!(
        (
            broken(&finds(0)),
            broken(&finds(MOST_SELECTED)).len(),
            broken(&finds(MOST_SELECTED + 1))
        ),
        (vec!["privileges"], 0, vec!["privileges"])
    );
}

/// A selector may find a project that is named, too. Its policy holds a role of one grant in one place, so the same is
/// given once, and on two conditions it is not given at all.
#[test]
fn a_selector_finds_what_is_named_already() {
    let selector = entitlement("by-label").selectors().next().unwrap().clone();
    let decided = |condition: &str| {
        let named = format!(
            "    privileges:\n      - {{resource: projects/acme-000, roles: [roles/logging.viewer]{condition}}}\n      - {{resource: {{folder: {}, labels: {{{}}}}}, roles: [roles/logging.viewer]}}\n",
            selector.folder,
            selector
                .labels
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        let text = format!(
            "apiVersion: daypass/v1\nentitlements:\n  - id: by-both\n    requesters: [user:ann@example.com]\n{named}    approval: none\n"
        );
        let loaded = load(&[Source {
            name: "both.yaml".into(),
            text,
        }])
        .unwrap();
        let mut facts = facts();
        let found = (0..2).map(|number| format!("projects/acme-{number:03}").parse().unwrap());
        facts.projects.insert(selector.clone(), found.collect());
        let both = loaded.iter().next().unwrap();
        decide(both, &person("ann"), &ask("by-both"), &facts)
    };
    let same = decided("");
    assert_eq!(same.outcome, Outcome::Granted);
    assert_eq!(
        given(&same),
        ["projects/acme-000", "projects/acme-001"]
            .map(|project| (project.to_owned(), "roles/logging.viewer".to_owned()))
    );
    let two = decided(", condition: 'resource.name != \"x\"'");
    assert_eq!(broken(&two), ["privileges"]);
    let rule = two.rules.iter().find(|rule| !rule.holds).unwrap();
    assert_eq!(
        rule.detail,
        "the entitlement gives roles/logging.viewer on projects/acme-000 twice with different conditions"
    );
}

/// Debt never stands in the way of the next emergency, but it makes it shorter and tells more people.
#[test]
fn an_overdue_review() {
    let debts: Vec<GrantId> = vec![grant_id(5)];
    let calm = asked("emergency", |ask, _| {
        ask.duration = Some(Duration::minutes(60));
    });
    assert_eq!(
        (calm.outcome.clone(), broken(&calm).len()),
        (Outcome::Granted, 0)
    );
    assert_eq!(calm.terms.unwrap().break_glass.unwrap().page, ["email"]);
    let owes = |minutes: u64| {
        asked("emergency", |ask, facts| {
            ask.duration = Some(Duration::minutes(minutes));
            facts.debts.clone_from(&debts);
        })
    };
    assert_eq!(
        (broken(&owes(30)).len(), broken(&owes(31))),
        (0, vec!["duration"]),
        "half of the maximum"
    );
    assert_eq!(
        owes(30).terms.unwrap().break_glass.unwrap().page,
        ["email", "user:zoe@example.com", "user:cora@example.com"]
    );
    let alone = asked("with-inputs", |ask, facts| {
        ask.inputs.insert("ticket".into(), "INC-1".into());
        facts.debts.clone_from(&debts);
    });
    assert_eq!(broken(&alone), ["review-debt"]);
    let with_others = asked("two-steps", |_, facts| facts.debts.clone_from(&debts));
    assert!(broken(&with_others).is_empty(), "others have a say there");
}

#[test]
fn what_a_catalogue_holds() {
    let all = catalogue();
    assert_eq!(
        (all.len(), all.is_empty(), all.iter().count()),
        (12, false, 12)
    );
    assert!(Catalogue::default().is_empty() && Catalogue::default().iter().next().is_none());
    let give = |role: &str, resource: &str| {
        all.to_give(&role.parse().unwrap(), &resource.parse().unwrap())
            .map(|one| one.id.to_string())
    };
    assert_eq!(
        give("roles/run.admin", "projects/acme-dev").unwrap(),
        "many-roles"
    );
    assert!(matches!(
        give("roles/storage.admin", "projects/acme-dev"),
        Err(GiveError::None { .. })
    ));
    assert!(
        matches!(
            give("roles/logging.viewer", "projects/acme-prod"),
            Err(GiveError::None { .. })
        ),
        "it has no grantors"
    );
    let twice = FILE
        .replace(
            "id: with-inputs\n",
            "id: with-inputs\n    grantors: [user:zoe@example.com]\n",
        )
        .replace(
            "id: two-steps\n",
            "id: two-steps\n    grantors: [user:zoe@example.com]\n",
        );
    let twice = load(&[Source {
        name: "twice.yaml".into(),
        text: twice,
    }])
    .unwrap();
    assert!(matches!(
        twice.to_give(&"roles/logging.viewer".parse().unwrap(), &"projects/acme-prod".parse().unwrap()),
        Err(GiveError::Several { ids, .. }) if ids.len() == 2
    ));
}

#[test]
fn durations_of_a_file_bend_and_those_of_an_entitlement_must_fit() {
    let loads = |defaults: &str, own: &str| {
        let text = format!(
            "apiVersion: daypass/v1\ndefaults: {{duration: {defaults}}}\nentitlements:\n  - id: one-two\n    grantors: [user:a@example.com]\n    privileges: [{{resource: projects/p, roles: [roles/x]}}]\n    duration: {own}\n"
        );
        load(&[Source {
            name: "a.yaml".into(),
            text,
        }])
        .ok()
        .map(|all| all.iter().next().unwrap().duration)
    };
    let rule = loads("{default: 45m, max: 8h}", "{max: 30m}").unwrap();
    assert_eq!(
        (rule.default, rule.max),
        (Duration::minutes(30), Duration::minutes(30))
    );
    let rule = loads("{default: 5m}", "{min: 10m}").unwrap();
    assert_eq!(
        (rule.default, rule.max),
        (Duration::minutes(10), Duration::minutes(480))
    );
    let rule = loads("{max: 8h}", "{}").unwrap();
    assert_eq!(
        (rule.min, rule.default, rule.max),
        (
            Duration::minutes(1),
            Duration::minutes(60),
            Duration::minutes(480)
        )
    );
    assert!(loads("{}", "{min: 10m, default: 10m, max: 10m}").is_some());
    assert!(loads("{}", "{min: 10m, default: 9m}").is_none());
    assert!(loads("{}", "{default: 31m, max: 30m}").is_none());
    assert!(loads("{}", "{min: 31m, max: 30m}").is_none());
}
