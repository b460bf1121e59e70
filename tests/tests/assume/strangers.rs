//! Those who are not of the session: whatever they say to its servers, the token is in no answer, and nothing that they
//! say reaches Google as the account.

use daypass_tests::process::finished;
use tokio::process::Command;

use crate::ground::{AS_DEPLOYER, Ground};
use crate::opened::{Opened, say};

const TOKEN: &str = "computeMetadata/v1/instance/service-accounts/default/token";
const GUESS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What somebody says who knows how such servers work, but none of the secrets.
pub(crate) fn requests() -> Vec<String> {
    let mut requests = Vec::new();
    for path in [
        format!("/{TOKEN}"),
        format!("//{TOKEN}"),
        format!("/{GUESS}/{TOKEN}"),
        format!("/../{TOKEN}"),
        format!("/%2e%2e/{TOKEN}"),
        format!("/%00/{TOKEN}"),
        format!("http://metadata.google.internal/{TOKEN}"),
        "/computeMetadata/v1/?recursive=true&alt=json".to_owned(),
        "/computeMetadata/v1/instance/service-accounts/?recursive=true".to_owned(),
    ] {
        requests.push(format!(
            "GET {path} HTTP/1.1\r\nHost: metadata.google.internal\r\nMetadata-Flavor: Google\r\n\
             Connection: close\r\n\r\n"
        ));
    }
    let exchange = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
    for form in [
        String::new(),
        exchange.to_owned(),
        format!("{exchange}&subject_token="),
        format!("{exchange}&subject_token={GUESS}"),
        format!("{exchange}&subject_token={GUESS}&subject_token=%00"),
        "grant_type=client_credentials".to_owned(),
    ] {
        requests.push(format!(
            "POST /v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        ));
    }
    for shown in [
        "",
        "Proxy-Authorization: Basic ZGF5cGFzczo=\r\n",
        "Proxy-Authorization: Basic ZGF5cGFzczpkYXlwYXNz\r\n",
        "Proxy-Authorization: Bearer daypass\r\n",
    ] {
        for line in [
            "CONNECT storage.googleapis.com:443",
            "GET http://storage.googleapis.com/storage/v1/b",
            "GET https://storage.googleapis.com/storage/v1/b",
        ] {
            requests.push(format!(
                "{line} HTTP/1.1\r\nHost: storage.googleapis.com\r\n{shown}Connection: close\r\n\r\n"
            ));
        }
    }
    requests.push("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned());
    requests
}

/// Requests that Google had from the account.
pub(crate) fn of_the_account(ground: &Ground) -> usize {
    let requests = ground.sandbox.cloud().requests(0).into_iter();
    requests
        .filter(|request| request.principal.as_deref() == Some(AS_DEPLOYER))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_the_secrets_gets_nothing_of_any_server() {
    let ground = Ground::with_tunnel().await;
    let session = Opened::with(&ground, ground.assume(&["--metadata", "--proxy"]), "7301").await;
    let token = session.token();
    for port in session.ports() {
        for request in requests() {
            let answer = say(port, &request).await;
            assert!(!answer.contains(&token), "{request}: {answer}");
            let is_granted = answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.0 2");
            assert!(!is_granted, "{request}: {answer}");
        }
    }
    assert_eq!(of_the_account(&ground), 0);

    // Those who have them get what they ask for.
    let path = session.metadata().split_once('/').unwrap().1;
    let request = format!(
        "GET /{path}/{TOKEN} HTTP/1.1\r\nHost: metadata\r\nMetadata-Flavor: Google\r\nConnection: close\r\n\r\n"
    );
    assert!(
        say(session.metadata_port(), &request)
            .await
            .contains(&token)
    );
    let url = "https://cloudresourcemanager.googleapis.com/v3/projects/acme-prod";
    let asked = session.run("curl", &["-sS", "--fail", url]).await;
    assert!(asked.is_success(), "{asked:?}");
    assert_eq!(of_the_account(&ground), 1);
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_gets_nothing_of_any_server_process_or_file() {
    let ground = Ground::with_tunnel().await;
    if !rustix::process::geteuid().is_root() {
        // Only root can become somebody else.
        return;
    }
    let flags = ["--metadata=user", "--proxy"];
    let session = Opened::with(&ground, ground.assume(&flags), "7302").await;
    let (token, (_, secret)) = (session.token(), session.endpoint());
    let secrets = [&token, &secret, session.proxy_secret()];
    let mut script = Vec::new();
    for port in session.ports() {
        for (number, request) in requests().into_iter().enumerate() {
            let file = ground.environment.home().join(format!("request-{number}"));
            std::fs::write(&file, request).unwrap();
            let file = file.display();
            script.push(format!(
                "timeout 2 bash -c 'exec 3<> /dev/tcp/127.0.0.1/{port}; cat \"$0\" >&3; cat <&3' {file}"
            ));
        }
    }
    let (id, folder) = (session.id(), session.folder().display());
    let program = crate::ground::processes_of(&["sleep", "7302"])[0];
    script.push(format!(
        "cat {}; cat /proc/{id}/environ /proc/{program}/environ /proc/{id}/mem; ls -R {folder} /proc/{id}/fd; \
         cat {folder}/*; grep -r . {folder}; cat /proc/{id}/cmdline /proc/{program}/cmdline; echo asked",
        session.token_file().display()
    ));
    open_to_others(ground.environment.home());
    let mut other = Command::new("setpriv");
    other
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .args(["sh", "-c", &script.join("; ")])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    let said = finished(other).await;
    assert!(said.stdout.ends_with("asked\n"), "{said:?}");
    let said = format!("{}{}", said.stdout, said.stderr);
    // Each server hangs up on somebody else before a word is said.
    assert!(!said.contains("HTTP/1."), "{said}");
    for secret in secrets {
        assert!(!said.contains(secret), "{said}");
    }
    assert_eq!(of_the_account(&ground), 0);

    // As docs/session-security.md says, any process of the user's own may ask this one.
    let own = say(session.metadata_port(), &requests()[0]).await;
    assert!(own.contains(&token), "{own}");
    session.end().await;
}

/// The requests lie in a folder that everybody can read.
fn open_to_others(folder: &std::path::Path) {
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder, everybody).unwrap();
}
