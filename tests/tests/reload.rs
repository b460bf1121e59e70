//! Entitlements that change while the server runs, with the real server as a process of its own.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use daypass_core::audit::{Action, ChainHash, Recorded, canonical};
use daypass_tests::crash::{Person, Program, Record, Server, Site, Start, is_long, seed};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// How soon an edit is in force.
const IN_FORCE_WITHIN: Duration = Duration::from_secs(2);

/// How long a test waits for anything else.
const PATIENCE: Duration = Duration::from_secs(20);

/// Three editors' ways out of which the best one counts: the machine does other things, too.
const TRIES: usize = 3;

fn entitlement(id: &str, approval: &str) -> String {
    format!(
        "  - id: {id}
    requesters: ['user:alice@example.com', 'user:bob@example.com']
    privileges: [{{resource: projects/acme-prod, roles: [roles/compute.viewer]}}]
    justification: {{required: false}}
    approval: {approval}
"
    )
}

fn file(ids: &[&str]) -> String {
    let all: String = ids.iter().map(|id| entitlement(id, "none")).collect();
    format!("apiVersion: daypass/v1\nentitlements:\n{all}")
}

const BROKEN: &str = "apiVersion: daypass/v1
entitlements:
  - id: first
    requesters: ['user:alice@example.com']
    privileges: [{resource: projects/acme-prod, roles: [compute.viewer]}]
    approval: none
";

struct Place {
    program: Program,
    site: Site,
    folder: PathBuf,
}

impl Place {
    /// A server's files with the entitlements in a folder, and these sources in the configuration.
    async fn new(sources: Value) -> Self {
        let program = Program::plain();
        let site = Site::start(&program).await;
        let folder = site.folder().join("entitlements");
        std::fs::create_dir(&folder).unwrap();
        let text = std::fs::read_to_string(site.configuration()).unwrap();
        let mut configuration: Value = serde_json::from_str(&text).unwrap();
        configuration["entitlements"] = sources;
        std::fs::write(site.configuration(), configuration.to_string()).unwrap();
        Self {
            program,
            site,
            folder,
        }
    }

    async fn with_folder() -> Self {
        Self::new(json!([{"path": "entitlements"}])).await
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    async fn start(&self) -> Server {
        Server::start(&self.program, &self.site).await
    }

    fn person(&self, server: &Server, name: &str) -> Person {
        Person::at(server.url(), &self.site.cloud(), name)
    }

    async fn trail(&self) -> Vec<Recorded> {
        let started = Instant::now();
        loop {
            match Record::read(&self.site, 0).await {
                Ok(record) => return record.entries,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
            }
        }
    }

    async fn count(&self, action: Action) -> usize {
        let trail = self.trail().await;
        trail
            .iter()
            .filter(|one| one.entry.action == action)
            .count()
    }

    /// `daypass doctor --config`: its exit code and its findings.
    fn doctor(&self) -> (Option<i32>, String) {
        let output = Command::new(self.program.path())
            .args(["doctor", "--config"])
            .arg(self.site.configuration())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.site.folder())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    }
}

async fn readiness(person: &Person) -> Value {
    let (status, text) = person.look("/readyz").await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Waits until exactly these entitlements are in force, and says how long it took.
async fn until(person: &Person, ids: &[&str]) -> Duration {
    let started = Instant::now();
    loop {
        let found = person.entitlements().await.unwrap();
        if found == ids {
            return started.elapsed();
        }
        assert!(started.elapsed() < PATIENCE, "{found:?} and not {ids:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until `/readyz` says this of the files.
async fn until_refused(person: &Person, is_refused: bool) -> Value {
    let started = Instant::now();
    loop {
        let readiness = readiness(person).await;
        let says = readiness["entitlements"].as_str().unwrap();
        if says.starts_with("refused since 2") == is_refused {
            return readiness;
        }
        assert!(started.elapsed() < PATIENCE, "{readiness}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_in_force_within_two_seconds_however_it_is_made() {
    let place = Place::with_folder().await;
    place.write("a.yaml", &file(&["first"]));
    let server = place.start().await;
    let alice = place.person(&server, "alice");
    until(&alice, &["first"]).await;

    let mut best = Duration::MAX;
    for turn in 0..TRIES {
        let other = format!("turn-{turn}");
        place.write("a.yaml", &file(&["first", &other]));
        best = best.min(until(&alice, &["first", &other]).await);
    }
    assert!(best < IN_FORCE_WITHIN, "{best:?}");

    // A new folder with a file, an editor that renames, a file that goes.
    std::fs::create_dir(place.folder.join("team")).unwrap();
    place.write("team/b.yml", &file(&["second"]));
    until(&alice, &["first", "second", "turn-2"]).await;
    place.write("team/.b.yml.swp", &file(&["third"]));
    std::fs::rename(
        place.folder.join("team/.b.yml.swp"),
        place.folder.join("team/b.yml"),
    )
    .unwrap();
    until(&alice, &["first", "third", "turn-2"]).await;
    std::fs::remove_file(place.folder.join("a.yaml")).unwrap();
    until(&alice, &["third"]).await;
    alice.ask("third", 30).await.unwrap();
    server.kill().await;
    // The first version, three turns, and three more changes.
    assert_eq!(place.count(Action::EntitlementsChanged).await, 7);
}

/// As Kubernetes mounts a ConfigMap.
#[tokio::test(flavor = "multi_thread")]
async fn a_mount_whose_link_is_turned_is_followed() {
    let place = Place::with_folder().await;
    let turn = |version: &str, text: &str| {
        let inside = place.folder.join(version);
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("x.yaml"), text).unwrap();
        symlink(version, place.folder.join("..data_tmp")).unwrap();
        std::fs::rename(place.folder.join("..data_tmp"), place.folder.join("..data")).unwrap();
    };
    turn("..2026_01", &file(&["first"]));
    symlink("..data/x.yaml", place.folder.join("x.yaml")).unwrap();
    let server = place.start().await;
    let alice = place.person(&server, "alice");
    until(&alice, &["first"]).await;
    turn("..2026_02", &file(&["second"]));
    until(&alice, &["second"]).await;
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_edit_is_refused_and_the_last_good_version_stays_across_restarts() {
    let place = Place::with_folder().await;
    place.write("a.yaml", BROKEN);
    let ended = Server::start_with(&place.program, &place.site, &Start::default()).await;
    let log = ended.unwrap_err().log;
    assert!(
        log.contains("a.yaml:5:"),
        "without a good version it does not start: {log}"
    );

    place.write("a.yaml", &file(&["first"]));
    let server = place.start().await;
    let alice = place.person(&server, "alice");
    let bob = place.person(&server, "bob");
    assert_eq!(readiness(&alice).await["entitlements"], "in force");
    place.write("a.yaml", BROKEN);
    let refused = until_refused(&alice, true).await;
    assert_eq!(refused["ready"], true);
    assert_eq!(refused["degraded"][0]["name"], "entitlements");
    until(&alice, &["first"]).await;
    alice.ask("first", 30).await.unwrap();
    let (_, metrics) = alice.look("/metrics").await.unwrap();
    assert!(
        metrics.contains("daypass_degraded{name=\"entitlements\"} "),
        "{metrics}"
    );
    // Long enough for several looks: told once, recorded once.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let log = server.log();
    assert_eq!(
        log.matches("the last good version stays in force").count(),
        1,
        "{log}"
    );
    assert!(log.contains("a.yaml:5:"), "with its place: {log}");
    assert_eq!(place.count(Action::EntitlementsRefused).await, 1);
    let (code, findings) = place.doctor();
    assert_eq!(code, Some(1));
    assert!(findings.contains("a.yaml:5:"), "{findings}");
    assert!(
        findings.contains("goes on with the last good version"),
        "{findings}"
    );
    server.kill().await;

    let server = place.start().await;
    assert!(
        server
            .log()
            .contains("the last good version stays in force"),
        "{}",
        server.log()
    );
    let alice = place.person(&server, "alice");
    let still = until_refused(&alice, true).await;
    assert_eq!(
        still["entitlements"], refused["entitlements"],
        "since the first refusal"
    );
    until(&alice, &["first"]).await;
    place.person(&server, "bob").ask("first", 30).await.unwrap();
    drop(bob);
    assert_eq!(place.count(Action::EntitlementsRefused).await, 1);

    // All files gone: refused as well. Mended: in force, and nothing is degraded.
    std::fs::remove_file(place.folder.join("a.yaml")).unwrap();
    let started = Instant::now();
    while place.count(Action::EntitlementsRefused).await < 2 {
        assert!(started.elapsed() < PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until(&alice, &["first"]).await;
    place.write("b.yaml", &file(&["second"]));
    until(&alice, &["second"]).await;
    let mended = until_refused(&alice, false).await;
    assert_eq!(mended["degraded"], json!([]));
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_decided_anew_and_words_given_before_are_void() {
    let both = "{expires: 4h, steps: [{approvers: ['user:carol@example.com', 'user:dave@example.com'], needed: 2}]}";
    let text = |role: &str| {
        let entitlement = entitlement("first", both).replace("roles/compute.viewer", role);
        format!("apiVersion: daypass/v1\nentitlements:\n{entitlement}")
    };
    let place = Place::with_folder().await;
    place.write("a.yaml", &text("roles/compute.viewer"));
    let server = place.start().await;
    let person = |name| place.person(&server, name);
    let grant = person("alice").ask("first", 30).await.unwrap();
    person("carol").decide(&grant.id, "approve").await.unwrap();
    place.write("a.yaml", &text("roles/logging.viewer"));
    let started = Instant::now();
    let anew = loop {
        let now = person("alice").grant(&grant.id).await.unwrap();
        if now.privileges[0].role == "roles/logging.viewer" {
            break now;
        }
        assert!(started.elapsed() < PATIENCE, "{now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(anew.state, "APPROVAL_AWAITED");
    let one = person("dave").decide(&grant.id, "approve").await.unwrap();
    assert_eq!(
        one.state, "APPROVAL_AWAITED",
        "carol's word was about something else"
    );
    let two = person("carol").decide(&grant.id, "approve").await.unwrap();
    assert_ne!(two.state, "APPROVAL_AWAITED");
    assert_eq!(place.count(Action::DecidedAnew).await, 1);
    server.kill().await;
}

/// At whatever moment the server dies: what is recorded last is what was in force or about to be, the trail has no gap
/// and no entry twice, and the next start puts the files in force.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_reloads_is_before_or_after() {
    let seed = seed();
    let mut chance = StdRng::seed_from_u64(seed);
    let place = Place::with_folder().await;
    place.write("a.yaml", &file(&["version-0"]));
    let kills = if is_long() { 100 } else { 12 };
    for kill in 1..=kills {
        let server = place.start().await;
        let id = format!("version-{kill}");
        place.write("a.yaml", &file(&[&id]));
        // Around the moment at which it is noticed.
        tokio::time::sleep(Duration::from_millis(chance.random_range(300..1300))).await;
        server.kill().await;
        let trail = place.trail().await;
        check_chain(&trail);
        let changes = trail
            .iter()
            .filter(|one| one.entry.action == Action::EntitlementsChanged)
            .filter(|one| one.entry.detail["added"][0] == id.as_str());
        assert!(
            changes.count() <= 1,
            "seed {seed}, kill {kill}: recorded twice"
        );
        if chance.random_bool(0.3) {
            let server = place.start().await;
            until(&place.person(&server, "alice"), &[&id]).await;
            server.kill().await;
        }
    }
    let server = place.start().await;
    until(
        &place.person(&server, "alice"),
        &[&format!("version-{kills}")],
    )
    .await;
    server.kill().await;
    let trail = place.trail().await;
    let versions: Vec<&Value> = trail
        .iter()
        .filter(|one| one.entry.action == Action::EntitlementsChanged)
        .map(|one| &one.entry.detail["added"][0])
        .collect();
    // Each version was put in force exactly once: by the life that saw it, or by the next.
    let expected: Vec<String> = (0..=kills).map(|kill| format!("version-{kill}")).collect();
    assert_eq!(versions, expected.iter().collect::<Vec<_>>(), "seed {seed}");
}

fn check_chain(trail: &[Recorded]) {
    let mut chain = ChainHash::START;
    for (number, one) in (1..).zip(trail) {
        assert_eq!(one.sequence, number);
        chain = chain.after(number, &canonical(&one.entry));
        assert_eq!(one.chain, chain, "entry {number}");
    }
}

/// A policy without what each write changes.
fn settled(policy: &Value) -> Value {
    let mut policy = policy.clone();
    policy.as_object_mut().unwrap().remove("etag");
    policy
}

fn marked(role: &str, members: &[&str], expression: &str) -> Value {
    json!({"role": role, "members": members, "condition": {"title": "eligible", "expression": expression}})
}

fn mark(place: &Place, resource: &str, bindings: Vec<Value>) {
    let cloud = place.site.cloud();
    let mut policy = cloud.policy(resource).unwrap();
    policy["version"] = json!(3);
    let list = policy["bindings"].as_array_mut().unwrap();
    list.extend(bindings);
    cloud.put_policy(resource, policy).unwrap();
}

async fn until_policy(place: &Place, resource: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let policy = settled(&place.site.cloud().policy(resource).unwrap());
        if fits(&policy) {
            return policy;
        }
        assert!(started.elapsed() < PATIENCE, "{policy:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Users of JIT Access go on without a touched binding: eligible on a folder, active in its project.
#[tokio::test(flavor = "multi_thread")]
async fn jit_access_markers_are_served_live_and_left_as_they_are() {
    let place =
        Place::new(json!([{"iam_conditions": {"scope": "organizations/1", "max": "90m"}}])).await;
    mark(
        &place,
        "folders/42",
        vec![
            marked(
                "roles/compute.viewer",
                &["user:alice@example.com"],
                "has({}.jitAccessConstraint)",
            ),
            marked(
                "roles/storage.admin",
                &["user:alice@example.com", "user:bob@example.com"],
                "has({}.multiPartyApprovalConstraint) && resource.name.startsWith('projects/_/buckets/logs-')",
            ),
            marked(
                "roles/run.admin",
                &["domain:example.com"],
                "has({}.jitAccessConstraint)",
            ),
        ],
    );
    let cloud = place.site.cloud();
    let before = settled(&cloud.policy("projects/acme-prod").unwrap());
    let folder = settled(&cloud.policy("folders/42").unwrap());
    let server = place.start().await;
    let (alice, bob) = (place.person(&server, "alice"), place.person(&server, "bob"));
    let ids = alice.entitlements().await.unwrap();
    assert_eq!(ids.len(), 4, "two roles in two projects: {ids:?}");
    let find = |start: &str| {
        let mut ids = ids.iter();
        ids.find(|id| id.starts_with(start)).unwrap().clone()
    };

    let grant = alice
        .ask_because(&find("jit-acme-prod-compute-viewer-"), "INC-1")
        .await
        .unwrap();
    until_policy(&place, "projects/acme-prod", |policy| *policy != before).await;
    alice.decide(&grant.id, "revoke").await.unwrap();
    until_policy(&place, "projects/acme-prod", |policy| same(policy, &before)).await;

    let id = find("jit-acme-prod-storage-admin-");
    let refused = alice.ask(&id, 30).await.unwrap_err().to_string();
    assert!(
        refused.contains("Bug or case number"),
        "JIT Access's hint: {refused}"
    );
    let grant = alice.ask_because(&id, "INC-1").await.unwrap();
    assert_eq!(grant.state, "APPROVAL_AWAITED");
    alice.decide(&grant.id, "approve").await.unwrap_err();
    bob.decide(&grant.id, "approve").await.unwrap();
    let active = until_policy(&place, "projects/acme-prod", |policy| *policy != before).await;
    let ours = active["bindings"].as_array().unwrap().last().unwrap();
    assert!(
        ours["condition"]["expression"]
            .as_str()
            .unwrap()
            .ends_with(r#" && (resource.name.startsWith("projects/_/buckets/logs-"))"#),
        "{ours}"
    );
    let carol = place.person(&server, "carol");
    carol.decide(&grant.id, "revoke").await.unwrap_err();
    bob.decide(&grant.id, "revoke").await.unwrap();
    until_policy(&place, "projects/acme-prod", |policy| same(policy, &before)).await;
    assert_eq!(
        settled(&cloud.policy("folders/42").unwrap()),
        folder,
        "never touched"
    );

    let (_, findings) = place.doctor();
    assert!(
        findings.contains("organizations/1: 4 entitlements in 4 projects for 2 users and groups"),
        "{findings}"
    );
    assert!(
        findings.contains(
            "folders/42 (roles/run.admin): 'domain:example.com' is neither a user nor a group"
        ),
        "{findings}"
    );
    server.kill().await;
}

/// Equal but for the version, which Google raises and does not lower.
fn same(one: &Value, other: &Value) -> bool {
    let plain = |policy: &Value| {
        let mut policy = policy.clone();
        policy.as_object_mut().unwrap().remove("version");
        policy
    };
    plain(one) == plain(other)
}

/// What was asked before Google went away still waits afterwards; meanwhile nothing is granted.
#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_cannot_be_read_grants_nothing_and_loses_nothing() {
    let place = Place::new(json!([{"iam_conditions": {"scope": "folders/42"}}])).await;
    mark(
        &place,
        "folders/42",
        vec![marked(
            "roles/storage.admin",
            &["user:alice@example.com", "user:bob@example.com"],
            "has({}.multiPartyApprovalConstraint)",
        )],
    );
    let server = place.start().await;
    let alice = place.person(&server, "alice");
    let id = alice.entitlements().await.unwrap()[0].clone();
    let grant = alice.ask_because(&id, "INC-1").await.unwrap();
    server.kill().await;

    let cloud = place.site.cloud();
    cloud.add_fault(daypass_sandbox::Fault {
        matches: daypass_sandbox::FaultMatch {
            path_contains: Some("folders/42:getIamPolicy".into()),
            ..daypass_sandbox::FaultMatch::default()
        },
        kind: daypass_sandbox::FaultKind::Unavailable,
        times: None,
        probability: None,
    });
    let server = place.start().await;
    let (alice, bob) = (place.person(&server, "alice"), place.person(&server, "bob"));
    let refused = alice
        .ask_because(&id, "INC-1")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the IAM conditions of folders/42"),
        "{refused}"
    );
    let refused = bob
        .decide(&grant.id, "approve")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("the IAM conditions of folders/42"),
        "{refused}"
    );
    assert_eq!(
        alice.grant(&grant.id).await.unwrap().state,
        "APPROVAL_AWAITED"
    );
    let readiness = readiness(&alice).await;
    assert_eq!(readiness["ready"], true);
    assert_eq!(
        readiness["degraded"][0]["name"],
        "iam_conditions folders/42"
    );
    assert!(alice.entitlements().await.unwrap().is_empty());
    let (code, findings) = place.doctor();
    assert_eq!(code, Some(1));
    assert!(findings.contains("folders/42 cannot be read"), "{findings}");

    cloud.clear_faults();
    let started = Instant::now();
    while alice.entitlements().await.unwrap().is_empty() {
        // It is tried again after 15 s.
        assert!(started.elapsed() < 2 * PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bob.decide(&grant.id, "approve").await.unwrap();
    server.kill().await;
}

/// A group file is followed the same way.
#[tokio::test(flavor = "multi_thread")]
async fn groups_are_followed_and_a_broken_file_is_told() {
    let place = Place::with_folder().await;
    let text = file(&["first"]).replace(
        "['user:alice@example.com', 'user:bob@example.com']",
        "['group:sre@example.com']",
    );
    place.write("a.yaml", &text);
    let groups: &Path = &place.site.folder().join("groups.yaml");
    std::fs::write(groups, "groups: {sre@example.com: [alice@example.com]}").unwrap();
    let configuration = std::fs::read_to_string(place.site.configuration()).unwrap();
    let mut configuration: Value = serde_json::from_str(&configuration).unwrap();
    configuration["groups"] = json!({"file": "groups.yaml"});
    std::fs::write(place.site.configuration(), configuration.to_string()).unwrap();
    let server = place.start().await;
    let (alice, bob) = (place.person(&server, "alice"), place.person(&server, "bob"));
    until(&alice, &["first"]).await;
    bob.ask("first", 30).await.unwrap_err();
    std::fs::write(groups, "groups: {sre@example.com: [bob@example.com]}").unwrap();
    until(&bob, &["first"]).await;
    alice.ask("first", 30).await.unwrap_err();
    std::fs::write(groups, "groups: [").unwrap();
    let started = Instant::now();
    while readiness(&bob).await["degraded"] == json!([]) {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(readiness(&bob).await["degraded"][0]["name"], "groups");
    bob.ask("first", 30).await.unwrap();
    std::fs::write(groups, "groups: {}").unwrap();
    until(&bob, &[]).await;
    assert_eq!(readiness(&bob).await["degraded"], json!([]));
    server.kill().await;
}
