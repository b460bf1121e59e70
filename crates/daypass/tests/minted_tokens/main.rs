//! Acting as a service account by tokens that the server mints, through everything: the command, `daypass serve`, and the
//! sandbox's IAM Credentials and audit log.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../own_rights/server.rs"]
mod server;
mod terminal;

use std::io::Read as _;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use server::{BROKER, Server};
use terminal::Terminal;

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";

/// How long a state may take to come about.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lets Daypass's account mint tokens of the deployer, and nothing else of it.
fn allow_minting(server: &Server) {
    let cloud = server.sandbox.cloud();
    let account = format!("projects/acme-prod/serviceAccounts/{DEPLOYER}");
    let mut policy = cloud.policy(&account).unwrap();
    let minter = json!({
        "role": "roles/iam.serviceAccountTokenCreator",
        "members": [format!("serviceAccount:{BROKER}")],
    });
    policy["bindings"].as_array_mut().unwrap().push(minter);
    cloud.put_policy(&account, policy).unwrap();
}

/// Alice asks and carol agrees: the id of the grant once it is ACTIVE.
async fn active(alice: &Terminal, carol: &Terminal) -> String {
    let ask = [
        "request",
        "deployer",
        "--for",
        "30m",
        "-R",
        "INC-1 ship it",
        "--yes",
    ];
    let id = alice.json(&ask)["id"].as_str().unwrap().to_owned();
    carol.json(&["approve", &id, "--yes"]);
    let started = Instant::now();
    while alice.json(&["status", &id])["state"] != "ACTIVE" {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    id
}

/// What the account may do in the project, asked with this token.
async fn asked_as(server: &Server, token: &str) -> (u16, Value) {
    let url = format!(
        "{}/v1/projects/acme-prod:testIamPermissions",
        server.sandbox.base_url()
    );
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(url)
        .bearer_auth(token)
        .json(&json!({"permissions": ["run.services.update"]}))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Who had tokens of the deployer minted, and for what reason, by the sandbox's audit log.
fn minted(server: &Server) -> Vec<(String, String)> {
    let of_deployer = |entry: &&Value| {
        let payload = &entry["protoPayload"];
        payload["methodName"] == "GenerateAccessToken"
            && payload["resourceName"]
                .as_str()
                .unwrap()
                .ends_with(DEPLOYER)
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = server.sandbox.cloud().audit_entries();
    let found = entries.iter().filter(of_deployer);
    found
        .map(|entry| {
            let payload = &entry["protoPayload"];
            (
                text(&payload["authenticationInfo"]["principalEmail"]),
                text(&payload["requestMetadata"]["requestAttributes"]["reason"]),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_approved_taken_used_and_no_more_after_the_end() {
    let server = Server::start().await;
    let cloud = server.sandbox.cloud();
    let (alice, carol) = (
        Terminal::signed_in(&server, "alice"),
        Terminal::signed_in(&server, "carol"),
    );
    let id = active(&alice, &carol).await;

    // Daypass's own account is refused, and Google's words reach who asked.
    let (status, refused) = alice.token(&server, &id).await;
    assert_eq!(status, 502, "{refused}");
    let words = refused["detail"].as_str().unwrap();
    assert!(
        words.contains("'iam.serviceAccounts.getAccessToken' denied"),
        "{words}"
    );

    allow_minting(&server);
    let (status, answer) = alice.token(&server, &id).await;
    assert_eq!(status, 200, "{answer}");
    let reason = format!("daypass {id}: INC-1 ship it");
    assert_eq!(
        (&answer["service_account"], &answer["request_reason"]),
        (&json!(DEPLOYER), &json!(reason))
    );
    let token = answer["access_token"].as_str().unwrap();
    let told = minted(&server);
    assert_eq!(told.last(), Some(&(BROKER.to_owned(), reason)), "{told:?}");

    // It acts as the account, and as nobody else.
    let since = cloud.requests(0).last().unwrap().index;
    let (status, may) = asked_as(&server, token).await;
    assert_eq!(
        (status, may),
        (200, json!({"permissions": ["run.services.update"]}))
    );
    let by: Vec<_> = cloud
        .requests(since)
        .iter()
        .filter(|one| one.operation == "testIamPermissions")
        .map(|one| one.principal.clone())
        .collect();
    assert_eq!(by, [Some(format!("serviceAccount:{DEPLOYER}"))]);

    // The approver gets none, and whom it does not concern learns of nothing.
    assert_eq!(carol.token(&server, &id).await.0, 403);
    let erin = Terminal::signed_in(&server, "erin");
    assert_eq!(erin.token(&server, &id).await.0, 404);

    // After the end there are no more; the one in hand works until its own end, and the status says until when.
    let before = minted(&server).len();
    alice.json(&["revoke", &id, "--yes"]);
    let (status, refused) = alice.token(&server, &id).await;
    assert_eq!(
        (status, &refused["type"]),
        (409, &json!("about:blank#state"))
    );
    assert_eq!(minted(&server).len(), before, "Google was not asked");
    assert_eq!(asked_as(&server, token).await.0, 200);
    assert_eq!(
        alice.json(&["status", &id])["last_token_ends"],
        answer["expires_at"]
    );
    let shown = alice.run(&["status", &id]);
    assert!(
        shown.contains("Last token") && shown.contains("ends in "),
        "{shown}"
    );
    let trail = carol.audit(&server, &id).await;
    assert!(trail.contains("\"last_token_ends\""), "{trail}");
    cloud.advance(SignedDuration::from_secs(605));
    assert_eq!(asked_as(&server, token).await.0, 401);

    // No token, of whomever, is in any file, log, answer or printed line.
    let everything = [
        server.everything_written(),
        trail,
        shown,
        alice.everything_written(),
    ];
    assert!(everything[0].contains(&id) && everything[0].contains("token_minted"));
    for text in &everything {
        assert!(!text.contains(token), "the token was written down");
        assert!(!text.contains("ya29."), "an access token was written down");
    }
}

/// The grant that comes to wait for this person's word.
async fn waiting(approver: &Terminal) -> String {
    let started = Instant::now();
    loop {
        let inbox = approver.json(&["status", "--inbox"]);
        if let Some(grant) = inbox["grants"].as_array().and_then(|grants| grants.first()) {
            return grant["id"].as_str().unwrap().to_owned();
        }
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_through_the_server_stands_on_the_grant() {
    let server = Server::start().await;
    allow_minting(&server);
    let (alice, carol) = (
        Terminal::signed_in(&server, "alice"),
        Terminal::signed_in(&server, "carol"),
    );
    // Nothing is in force yet: the session asks, and waits for the word.
    let script = "cat \"$DAYPASS_SESSION_FOLDER/session.json\"; daypass credentials";
    let session = alice.start(&[
        "assume",
        "-s",
        DEPLOYER,
        "-R",
        "INC-1 ship it",
        "--for",
        "30m",
        "--",
        "sh",
        "-c",
        script,
    ]);
    let id = waiting(&carol).await;
    carol.json(&["approve", &id, "--yes"]);
    let done = session.wait_with_output().unwrap();
    let (said, told) = (
        String::from_utf8(done.stdout).unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    );
    assert!(done.status.success(), "{said}{told}");
    assert!(
        told.contains(&id),
        "the grant is named before it is waited for: {told}"
    );
    let (description, token) = said.split_at(said.rfind('}').unwrap() + 1);
    let description: Value = serde_json::from_str(description).unwrap();
    assert_eq!(
        description["way"],
        json!({"by": "broker", "server": server.url, "grant": id})
    );
    let (status, _) = asked_as(&server, token.trim()).await;
    assert_eq!(status, 200);
    let reason = format!("daypass {id}: INC-1 ship it");
    assert_eq!(minted(&server), [(BROKER.to_owned(), reason)]);

    // A grant that is in force is used again, and one that was revoked is not.
    let again = ["assume", "-s", DEPLOYER, "-R", "INC-1 again", "--", "true"];
    alice.run(&again);
    assert_eq!(minted(&server).len(), 2);

    // A grant that is named is stood on, or nothing is: not another one, and not without one.
    let on = |account, grant| {
        let line = [
            "assume", "-s", account, "-R", "INC-1", "--grant", grant, "--", "true",
        ];
        alice.start(&line).wait_with_output().unwrap()
    };
    assert_eq!(on(DEPLOYER, &id[..8]).status.code(), Some(0));
    assert_eq!(minted(&server).len(), 3);
    let refused = on("daypass@acme-access.iam.gserviceaccount.com", &id);
    assert_eq!(refused.status.code(), Some(122), "{refused:?}");
    assert_ne!(on(DEPLOYER, "zzzz").status.code(), Some(0));
    // What is revoked ends what stands on it, long before its last token does.
    let running = [
        "assume",
        "-s",
        DEPLOYER,
        "-R",
        "INC-1",
        "--",
        "sh",
        "-c",
        "echo runs; sleep 60",
    ];
    let mut running = alice.start(&running);
    let mut first = [0; 4];
    running
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    alice.json(&["revoke", &id, "--yes"]);
    let told = Instant::now();
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(125), "{ended:?}");
    assert!(
        told.elapsed() < Duration::from_secs(20),
        "{:?}",
        told.elapsed()
    );
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains(&format!("the grant {id} is REVO")), "{said}");
    let over = on(DEPLOYER, &id);
    assert_eq!(over.status.code(), Some(125), "{over:?}");
    let single = ["credentials", "-s", DEPLOYER, "-R", "INC-1", "--grant", &id];
    let over = alice.start(&single).wait_with_output().unwrap();
    assert_eq!(over.status.code(), Some(5), "{over:?}");
    assert_eq!(minted(&server).len(), 4);
    let again = alice.start(&again);
    let next = waiting(&carol).await;
    assert_ne!(next, id);
    carol.json(&["deny", &next, "-m", "not now", "--yes"]);
    let denied = again.wait_with_output().unwrap();
    assert_eq!(denied.status.code(), Some(123), "{denied:?}");
    assert_eq!(minted(&server).len(), 4);

    // What the server gives nobody is had with one's own credentials, if at all, and that is said.
    let other = "daypass@acme-access.iam.gserviceaccount.com";
    let brokered = [
        "assume",
        "-s",
        other,
        "-R",
        "INC-1",
        "--brokered",
        "--",
        "true",
    ];
    let refused = alice.start(&brokered).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(122), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_is_not_made_twice_and_a_server_without_the_right_is_to_blame() {
    let server = Server::start().await;
    let (alice, carol) = (
        Terminal::signed_in(&server, "alice"),
        Terminal::signed_in(&server, "carol"),
    );
    let line = |length| {
        let line = [
            "assume", "-s", DEPLOYER, "-R", "INC-1", "--for", length, "--", "true",
        ];
        alice.start(&line)
    };
    // Whoever is told to end while the request waits is told that it stays.
    let first = line("10m");
    let id = waiting(&carol).await;
    // It is in the inbox a moment before who asked has heard so.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ended = std::process::Command::new("kill")
        .arg(first.id().to_string())
        .status();
    assert!(ended.unwrap().success());
    let left = first.wait_with_output().unwrap();
    let told = String::from_utf8(left.stderr).unwrap();
    assert_eq!(left.status.code(), Some(124), "{told}");
    for step in ["assume --grant", "daypass drop"] {
        assert!(told.contains(step) && told.contains(&id), "{told}");
    }

    // The next session waits for the same word, and it is the server's account that lacks a right then.
    let second = line("10m");
    carol.json(&["approve", &id, "--yes"]);
    let refused = second.wait_with_output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(121), "{told}");
    assert!(
        told.contains("Google denied it to Daypass") && told.contains("tell whoever runs it"),
        "{told}"
    );
    let own = alice.json(&["status"]);
    assert_eq!(own["grants"].as_array().unwrap().len(), 1, "{own}");

    // A grant that is used ends the session sooner than was asked for, which is said.
    allow_minting(&server);
    let shorter = line("50m").wait_with_output().unwrap();
    let told = String::from_utf8(shorter.stderr).unwrap();
    assert_eq!(shorter.status.code(), Some(0), "{told}");
    assert!(
        told.contains("The session ends in 10 min, with the grant."),
        "{told}"
    );
}
