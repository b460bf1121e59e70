//! Where the token is, and where it is not, while all three ways to it are open at once.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::capture::Capture;
use crate::ground::{AS_DEPLOYER, Ground, files, until};
use crate::opened::{Opened, say};
use crate::strangers::{of_the_account, requests};

const SERVICE_ACCOUNT: &str = "computeMetadata/v1/instance/service-accounts/default";

/// How a TLS record begins that carries what a program said (RFC 8446, 5.1).
const TLS_DATA: &str = "\x17\x03\x03";

/// Names that look like Google's, or are Google's and hand out credentials, or lead elsewhere.
const HOSTILE: [&str; 60] = [
    "example.com",
    "googleapis.com",
    "evilgoogleapis.com",
    "storage-googleapis.com",
    "googleapis.com.evil.example",
    "storage.googleapis.com.evil.example",
    "storage.googleapis.com.",
    "storage.googleapis.com..",
    ".storage.googleapis.com",
    "storage..googleapis.com",
    "storage.googleapis.com%2eevil.example",
    "storage%2egoogleapis.com",
    "storage.googleapis.com%00.evil.example",
    "storage.googleapis.com\0.evil.example",
    "storage.googleapis.com\t.evil.example",
    "storage.googleapis.com/.evil.example",
    "storage.googleapis.com\\.evil.example",
    "storage.googleapis.com#.evil.example",
    "storage.googleapis.com?.evil.example",
    "storage.googleapis.com;.evil.example",
    "storage.googleapis.com@evil.example",
    "user@storage.googleapis.com",
    "user:word@storage.googleapis.com",
    "https://storage.googleapis.com",
    "*.googleapis.com",
    "-storage.googleapis.com",
    "storage-.googleapis.com",
    "sto_rage.googleapis.com",
    "a.storage.googleapis.com",
    "a.b.c.googleapis.com",
    "storage.googleapis.co",
    "storage.googleapis.comm",
    "storage.googleapis.org",
    "storage.googleapi.com",
    "storage.google.com",
    "storage.gooogleapis.com",
    "storage.googleapis.com.rep.googleapis.com",
    "evil.example.rep.googleapis.com.evil.example",
    "storage.europe.west.rep.googleapis.com",
    "storage.g\u{43e}\u{43e}gleapis.com",
    "storage\u{ff0e}googleapis.com",
    "storage\u{3002}googleapis.com",
    "\u{ff53}torage.googleapis.com",
    "storage.googleapis.com\u{200b}",
    "xn--storage-9za.googleapis.com",
    "xn--googleapis-.com",
    "oauth2.googleapis.com",
    "sts.googleapis.com",
    "iamcredentials.googleapis.com",
    "securetoken.googleapis.com",
    "accounts.google.com",
    "metadata.google.internal",
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "2130706433",
    "0x7f000001",
    "0",
    "localhost",
];

/// Everything that passes the session's own ports and the tunnel to the emulated cloud is captured, in both directions,
/// while programs of the session, strangers and hostile requests speak to them. Upstream it is all inside TLS; on
/// loopback the token endpoint and the metadata server answer in the clear those who show their secret, which
/// docs/session-security.md lists, and nothing else does. (The session's own way to the token is left out: a sandbox
/// without TLS stands for Google there.)
#[tokio::test(flavor = "multi_thread")]
async fn the_token_crosses_no_wire_in_the_clear_but_to_those_who_show_the_secret() {
    let ground = Ground::with_tunnel().await;
    let session = Opened::with(&ground, ground.assume(&["--metadata", "--proxy"]), "7311").await;
    let tunnel = ground.sandbox.tunnel_url().unwrap();
    let tunnel: u16 = tunnel.rsplit_once(':').unwrap().1.parse().unwrap();
    let own = session.ports();
    let captured = [&own[..], &[tunnel]].concat();
    let Some(capture) = Capture::begin(&captured).await else {
        return;
    };

    use_all_ways(&session).await;
    let used = of_the_account(&ground);
    for port in &own {
        for request in requests() {
            say(*port, &request).await;
        }
    }
    let shown = basic(session.proxy_secret());
    let proxy = session.proxy_port();
    for host in HOSTILE {
        for request in [
            format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n{shown}\r\n"),
            format!("GET http://{host}/storage/v1/b HTTP/1.1\r\nHost: {host}\r\n{shown}\r\n"),
            format!("GET https://{host}/storage/v1/b HTTP/1.1\r\nHost: {host}\r\n{shown}\r\n"),
        ] {
            let answer = say(proxy, &request).await;
            let status = answer.split(' ').nth(1).unwrap_or("none");
            assert!(matches!(status, "400" | "403"), "{host}: {answer}");
        }
    }
    let host = "storage.googleapis.com";
    for request in [
        format!("GET http://{host}/storage/v1/b HTTP/1.1\r\nHost: {host}\r\n{shown}\r\n"),
        format!("CONNECT {host}:80 HTTP/1.1\r\nHost: {host}\r\n{shown}\r\n"),
        format!(
            "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n{shown}\r\nGET / HTTP/1.1\r\nHost: {host}\r\n\r\n"
        ),
    ] {
        say(proxy, &request).await;
    }

    let flows = capture.end().await;
    assert_eq!((used, of_the_account(&ground)), (1, 1));
    let token = session.token();
    let told: BTreeSet<u16> = flows
        .iter()
        .filter(|(_, bytes)| holds(bytes, &token))
        .map(|((from, _), _)| *from)
        .collect();
    let listed = [session.endpoint_port(), session.metadata_port()];
    assert_eq!(told, BTreeSet::from(listed));
    // It saw what passed the other two as well: the proxy's own protocol in the clear, and TLS.
    let connect = "CONNECT cloudresourcemanager.googleapis.com:443";
    for port in [proxy, tunnel] {
        let mut to = flows.iter().filter(|((_, to), _)| *to == port);
        assert!(to.any(|(_, bytes)| holds(bytes, connect) && holds(bytes, TLS_DATA)));
    }
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn token_and_secrets_are_in_no_argument_environment_log_or_file() {
    let ground = Ground::with_tunnel().await;
    let home = ground.environment.home();
    let temporary = home.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let output = std::fs::File::create(home.join("output")).unwrap();
    let mut assume = ground.assume(&["--metadata", "--proxy", "--for", "30m"]);
    assume
        .env("TMPDIR", &temporary)
        .env("RUST_LOG", "trace")
        .stdout(output.try_clone().unwrap())
        .stderr(Stdio::from(output));
    let session = Opened::with(&ground, assume, "7312").await;
    let first = session.token();
    use_all_ways(&session).await;
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(361));
    let second = until("the next token", || {
        let now = session.token();
        (now != first).then_some(now)
    })
    .await;
    use_all_ways(&session).await;
    assert_eq!(of_the_account(&ground), 2, "as {AS_DEPLOYER}");

    let (_, of_endpoint) = session.endpoint();
    let (_, of_metadata) = session.metadata().split_once('/').unwrap();
    let nowhere = [&first, &second, &of_endpoint];
    // These two are how the session's programs are told from others.
    let inside = [of_metadata, session.proxy_secret()];
    let mut met = 0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        for name in ["cmdline", "environ"] {
            let bytes = std::fs::read(entry.path().join(name)).unwrap_or_default();
            let shown = entry.path().join(name).display().to_string();
            assert!(nowhere.iter().all(|one| !holds(&bytes, one)), "{shown}");
            if inside.iter().any(|one| holds(&bytes, one)) {
                met += 1;
                assert!(
                    name == "environ" && holds(&bytes, "DAYPASS_SESSION="),
                    "{shown}"
                );
            }
        }
    }
    assert_eq!(met, 1, "its one program");
    let mut looked = 0;
    for folder in [home, ground.runtime.path()] {
        for file in files(folder) {
            let bytes = std::fs::read(&file).unwrap();
            if file == session.folder().join("secret") {
                // The one that docs/session-security.md lists: it opens the token endpoint and nothing else.
                assert_eq!(bytes, of_endpoint.as_bytes());
                let mode = std::fs::metadata(&file).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
                continue;
            }
            let all = nowhere.iter().map(|one| one.as_str()).chain(inside);
            for secret in all {
                assert!(!holds(&bytes, secret), "{}", file.display());
            }
            looked += usize::from(is_told_by_daypass(&file));
        }
    }
    assert!(
        looked >= 5,
        "the journal, the proxy's log, and the folder of the session"
    );
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", session.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    assert_eq!(core.unwrap().split_whitespace().nth(4), Some("0"));
    session.end().await;
}

/// What the session's programs may: the token of the one endpoint, of the other, and a request through the proxy.
async fn use_all_ways(session: &Opened) {
    let token = session.token();
    let (url, secret) = session.endpoint();
    let form = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={secret}"
    );
    let request = format!(
        "POST /v1/token HTTP/1.1\r\nHost: metadata\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    let exchanged = say(session.endpoint_port(), &request).await;
    assert!(exchanged.contains(&token), "{url}: {exchanged}");
    let (_, word) = session.metadata().split_once('/').unwrap();
    let request = format!(
        "GET /{word}/{SERVICE_ACCOUNT}/token HTTP/1.1\r\nHost: metadata\r\nMetadata-Flavor: Google\r\n\
         Connection: close\r\n\r\n"
    );
    let asked = say(session.metadata_port(), &request).await;
    assert!(asked.contains(&token), "{asked}");
    let url = "https://cloudresourcemanager.googleapis.com/v3/projects/acme-prod";
    let through = session.run("curl", &["-sS", "--fail", url]).await;
    assert!(through.is_success(), "{through:?}");
}

/// What a program of the session shows the proxy, once.
fn basic(secret: &str) -> String {
    use base64::Engine as _;
    let shown = base64::engine::general_purpose::STANDARD.encode(format!("daypass:{secret}"));
    format!("Proxy-Authorization: Basic {shown}\r\nConnection: close\r\n")
}

fn is_told_by_daypass(file: &Path) -> bool {
    let known = [
        "sessions.jsonl",
        "proxy.log",
        "session.json",
        "kubeconfig",
        "credentials.json",
    ];
    known.iter().any(|name| file.ends_with(name))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
