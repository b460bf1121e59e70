//! Tools with Google's addresses built in: by their own credentials of the session, and by the session's proxy.

use daypass_tests::peer;
use daypass_tests::process::finished;

use crate::ground::{AS_DEPLOYER, Ground};

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_gives_the_token_to_googles_hosts_alone() {
    let ground = Ground::with_tunnel().await;
    let script = "ask() { curl -sS -o /dev/null -w '%{http_code} ' \"$1\" 2> /dev/null; }; \
                  ask https://cloudresourcemanager.googleapis.com/v3/projects/acme-prod; \
                  ask https://iamcredentials.googleapis.com/v1/x; ask https://example.com/; \
                  ask https://storage.googleapis.com./storage/v1/b; \
                  HTTPS_PROXY=${HTTPS_PROXY#*@} https_proxy= ask https://storage.googleapis.com/storage/v1/b; \
                  ask http://storage.googleapis.com/storage/v1/b; echo; cat \"$HOME/.local/state/daypass/proxy.log\"";
    let finished = finished(ground.assume(&["--proxy", "--", "sh", "-c", script])).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let (codes, log) = finished.stdout.split_once('\n').unwrap();
    assert!(codes.starts_with("200 000 000 000 000 "), "{codes}");
    let calls = ground.calls("projects.get");
    let [(who, reason)] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(who, AS_DEPLOYER);
    assert_eq!(reason, &ground.calls("generateAccessToken")[0].1);
    assert_eq!(ground.calls("buckets.list"), []);
    assert!(
        log.contains("GET cloudresourcemanager.googleapis.com /v3/projects/acme-prod 200"),
        "{log}"
    );
    assert!(
        log.contains("CONNECT iamcredentials.googleapis.com:443 - 403"),
        "{log}"
    );
    assert!(!log.contains("ya29.") && !log.contains("Bearer"), "{log}");
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn gsutil_acts_as_the_account() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("gsutil").is_none() {
        return;
    }
    let listed = ground
        .inside("gsutil ls gs://logs-acme-prod 2> /dev/null; gsutil ls 2> /dev/null")
        .await;
    assert!(listed.contains("gs://logs-acme-prod/"), "{listed}");
    let requests = ground.sandbox.cloud().requests(0);
    let of_storage: Vec<_> = requests
        .iter()
        .filter(|request| request.service == "storage.googleapis.com")
        .collect();
    assert!(!of_storage.is_empty());
    for request in of_storage {
        assert_eq!(
            request.principal.as_deref(),
            Some(AS_DEPLOYER),
            "{request:?}"
        );
        let reason = request.reason.as_deref().unwrap_or_default();
        assert!(reason.ends_with(": INC-1 disk full"), "{request:?}");
    }
}
