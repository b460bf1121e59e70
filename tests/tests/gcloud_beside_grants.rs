//! Real gcloud beside a running Daypass: it sees what is granted, and neither loses an edit of the other.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use daypass_core::state::State;
use daypass_engine::Settings;
use daypass_sandbox::PolicyVersion;
use daypass_tests::examples::{assert_same, bindings, content};
use daypass_tests::gcloud::{Edit, Gcloud, Kind, allow_everything};
use daypass_tests::targets::{ENTITLEMENTS, TARGETS, Target};
use daypass_tests::world::{BROKER, World};
use jiff::SignedDuration;
use serde_json::{Value, json};

const OLIVIA: &str = "user:olivia@example.com";
const PROJECT: &str = "projects/acme-prod";

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_shows_our_one_binding_on_each_kind_and_none_after_its_end() {
    let world = World::start_with(ENTITLEMENTS, settings()).await;
    let cloud = world.sandbox.cloud();
    let Some(mut gcloud) = Gcloud::as_person(&world.sandbox.base_url(), "olivia@example.com").await
    else {
        return world.stop().await;
    };
    allow_everything(&cloud, OLIVIA);
    let mut befores = Vec::new();
    for Target { kind, name, .. } in TARGETS {
        befores.push(gcloud.get_iam_policy(kind, name).await);
    }
    let mut grants = Vec::new();
    for Target { entitlement, .. } in TARGETS {
        grants.push(world.request("alice", entitlement).await.id);
    }
    for (
        (id, before),
        Target {
            kind,
            name,
            resource,
            ..
        },
    ) in grants.iter().zip(&befores).zip(TARGETS)
    {
        let grant = world.until("alice", *id, State::Active).await;
        let shown = gcloud.get_iam_policy(kind, name).await;
        let mut expected = content(before);
        let window = grant.window.unwrap();
        let shown_bindings = bindings(&shown);
        let ours = shown_bindings.last().unwrap();
        assert_eq!(
            ours["members"],
            json!(["user:alice@example.com"]),
            "{resource}"
        );
        let expression = format!(
            "request.time >= timestamp(\"{}\") && request.time < timestamp(\"{}\")",
            window.start, window.end
        );
        assert_eq!(
            ours["condition"]["expression"],
            expression.as_str(),
            "{resource}"
        );
        expected["bindings"]
            .as_array_mut()
            .unwrap()
            .push(ours.clone());
        assert_eq!(
            content(&shown),
            expected,
            "{resource}: one binding more, and nothing else"
        );
        assert_eq!(shown["version"], 3, "{resource}");
    }
    world.advance(SignedDuration::from_mins(35)).await;
    gcloud.renew().await;
    for (
        (id, before),
        Target {
            kind,
            name,
            resource,
            ..
        },
    ) in grants.iter().zip(&befores).zip(TARGETS)
    {
        world.until("alice", *id, State::Ended).await;
        world
            .until_policy(resource, |policy| {
                bindings(policy).len() == bindings(before).len()
            })
            .await;
        assert_same(before, &gcloud.get_iam_policy(kind, name).await, resource);
    }
    world.stop().await;
}

/// Four entitlements on one project; with the three people of the group, a round is twelve grants.
const FOUR_ON_ONE: &str = "
apiVersion: daypass/v1
entitlements:
  - {id: one, title: One, requesters: [group:sre@example.com], approval: none,
     privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]}
  - {id: two, title: Two, requesters: [group:sre@example.com], approval: none,
     privileges: [{resource: projects/acme-prod, roles: [roles/compute.viewer]}]}
  - {id: three, title: Three, requesters: [group:sre@example.com], approval: none,
     privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]}
  - {id: four, title: Four, requesters: [group:sre@example.com], approval: none,
     privileges: [{resource: projects/acme-prod, roles: [roles/browser]}]}
";
/// Grants that come and go at least.
const GRANTS: usize = 200;
/// Edits that gcloud must get through; it makes more attempts, since a conflict ends it.
const EDITS: usize = 12;
const ATTEMPTS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stdout,
    reason = "how often both sides met is part of the test's account"
)]
async fn two_hundred_grants_and_gcloud_lose_no_edit_of_each_other() {
    let world = World::start_with(FOUR_ON_ONE, settings()).await;
    let cloud = world.sandbox.cloud();
    let Some(gcloud) = Gcloud::as_person(&world.sandbox.base_url(), "olivia@example.com").await
    else {
        return world.stop().await;
    };
    let before = cloud.policy(PROJECT).unwrap();
    let first = cloud.history(PROJECT).len();
    let editing = tokio::spawn(async move { edits(&gcloud).await });
    let mut grants = Vec::new();
    while grants.len() < GRANTS || !editing.is_finished() {
        let mut round = Vec::new();
        for who in ["alice", "bob", "dave"] {
            for entitlement in ["one", "two", "three", "four"] {
                round.push((who, world.request(who, entitlement).await.id));
            }
        }
        for (who, id) in &round {
            world.until(who, *id, State::Active).await;
            world.revoke(who, *id).await;
        }
        for (who, id) in round {
            world.until(who, id, State::Revoked).await;
            grants.push(id.to_string());
        }
    }
    let edits = editing.await.unwrap();
    assert!(
        edits.len() >= EDITS,
        "gcloud got {} edits through",
        edits.len()
    );

    // The oracle: every version differs from the one before by what its author meant, and by nothing else.
    let versions = cloud.history(PROJECT);
    let mut ours: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut theirs = Vec::new();
    for pair in versions[first - 1..].windows(2) {
        let (added, removed) = difference(&pair[0].policy, &pair[1].policy);
        if pair[1].actor == BROKER {
            for (change, is_added) in added
                .iter()
                .map(|line| (line, true))
                .chain(removed.iter().map(|line| (line, false)))
            {
                let counts = ours.entry(grant_of(change)).or_default();
                if is_added {
                    counts.0 += 1;
                } else {
                    counts.1 += 1;
                }
            }
        } else {
            assert_eq!(pair[1].actor, OLIVIA);
            theirs.push(their_edit(&pair[1], &added, &removed));
        }
    }
    assert_eq!(theirs, edits, "what gcloud did, in its order");
    assert_eq!(ours.len(), grants.len(), "each grant was written");
    for id in &grants {
        assert_eq!(ours.get(id), Some(&(1, 1)), "{id} came once and went once");
    }
    let conflicts = cloud
        .requests(0)
        .iter()
        .filter(|request| request.status == 409)
        .count();
    println!(
        "{} grants, {} edits of gcloud, {conflicts} conflicts between them",
        grants.len(),
        edits.len()
    );
    assert!(conflicts > 0, "they never met, so that nothing was tried");
    let after = cloud.policy(PROJECT).unwrap();
    let kept = edits.iter().filter(|(added, _)| *added).count()
        - edits.iter().filter(|(added, _)| !added).count();
    assert_eq!(
        difference(&before, &after).0.len(),
        kept,
        "what gcloud left is there"
    );
    assert_eq!(
        difference(&before, &after).1,
        Vec::<String>::new(),
        "and all that was there before"
    );
    world.stop().await;
}

fn settings() -> Settings {
    Settings {
        max_open_requests: 100,
        requests_an_hour: 100_000,
        ..Settings::default()
    }
}

/// Adds and removes members until enough edits went through: whether it was an addition, and for whom.
async fn edits(gcloud: &Gcloud) -> Vec<(bool, String)> {
    let people = [
        "user:carol@example.com",
        "user:erin@example.com",
        "user:gina@gmail.com",
    ];
    let mut done: Vec<(bool, String)> = Vec::new();
    for attempt in 0..ATTEMPTS {
        if done.len() >= EDITS {
            break;
        }
        let member = people[attempt % people.len()];
        let is_there = done
            .iter()
            .rev()
            .find(|(_, known)| known == member)
            .is_some_and(|(added, _)| *added);
        let edit = Edit {
            role: "roles/monitoring.viewer",
            member,
            condition: None,
        };
        let finished = if is_there {
            gcloud
                .remove_binding(Kind::Project, "acme-prod", edit)
                .await
        } else {
            gcloud.add_binding(Kind::Project, "acme-prod", edit).await
        };
        if finished.is_success() {
            done.push((!is_there, member.to_owned()));
        } else {
            assert!(
                finished.stderr.contains("concurrent policy changes"),
                "{}",
                finished.stderr
            );
        }
    }
    done
}

/// Role, member and condition of what is in the second policy only, and of what is in the first only.
fn difference(before: &Value, after: &Value) -> (Vec<String>, Vec<String>) {
    let (before, after) = (flat(before), flat(after));
    let missing = |from: &[String], of: &[String]| {
        of.iter()
            .filter(|line| !from.contains(line))
            .cloned()
            .collect()
    };
    (missing(&before, &after), missing(&after, &before))
}

fn flat(policy: &Value) -> Vec<String> {
    let line = |binding: &Value, member: &Value| {
        json!([binding["role"], member, binding["condition"]]).to_string()
    };
    let of = |binding: &Value| -> Vec<String> {
        binding["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| line(binding, member))
            .collect()
    };
    bindings(policy).iter().flat_map(of).collect()
}

/// The grant that a changed binding belongs to, by its title.
fn grant_of(line: &str) -> String {
    let binding: Value = serde_json::from_str(line).unwrap();
    let title = binding[2]["title"]
        .as_str()
        .unwrap_or_else(|| panic!("Daypass changed {line}, which is not its own"));
    let mut words = title.split(' ');
    assert_eq!(words.next(), Some("daypass/1"), "{line}");
    words.next().unwrap().to_owned()
}

fn their_edit(version: &PolicyVersion, added: &[String], removed: &[String]) -> (bool, String) {
    assert_eq!(
        added.len() + removed.len(),
        1,
        "gcloud changed one member: {version:?}"
    );
    let line: Value = serde_json::from_str(added.first().or(removed.first()).unwrap()).unwrap();
    assert_eq!(
        (&line[0], &line[2]),
        (&json!("roles/monitoring.viewer"), &Value::Null)
    );
    (!added.is_empty(), line[1].as_str().unwrap().to_owned())
}
