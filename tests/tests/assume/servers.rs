//! The session's own servers on loopback, and those who are not of the session.

use daypass_tests::process::finished;

use crate::ground::{DEPLOYER, Ground};

/// `curl` inside a session: its status and the beginning of its answer.
async fn curl(ground: &Ground, flags: &[&str], request: &str) -> String {
    let script = format!(
        "H=${{GCE_METADATA_HOST-}}; U=$(sed -n 's/.*\"token_url\":\"\\([^\"]*\\)\".*/\\1/p' \"$GOOGLE_APPLICATION_CREDENTIALS\"); \
         S=$(cat \"$(sed -n 's/.*\"file\":\"\\([^\"]*\\)\".*/\\1/p' \"$GOOGLE_APPLICATION_CREDENTIALS\")\"); \
         T=$(cat \"$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE\"); \
         curl -s -w '|%{{http_code}}' {request} | sed \"s/$T/TOKEN/\""
    );
    let arguments = [flags, &["--", "sh", "-c", &script]].concat();
    let finished = finished(ground.assume(&arguments)).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.stdout
}

const EXCHANGE: &str = "-d grant_type=urn:ietf:params:oauth:grant-type:token-exchange";

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_wants_the_secret() {
    let ground = Ground::new().await;
    let good = curl(&ground, &[], &format!("{EXCHANGE} -d subject_token=$S $U")).await;
    assert!(
        good.starts_with("{\"access_token\":\"TOKEN\"") && good.ends_with("|200"),
        "{good}"
    );
    for (request, code) in [
        (format!("{EXCHANGE} -d subject_token=${{S}}x $U"), "400"),
        (format!("{EXCHANGE} -d subject_token= $U"), "400"),
        (format!("{EXCHANGE} $U"), "400"),
        (
            "-d grant_type=password -d subject_token=$S $U".to_owned(),
            "400",
        ),
        (format!("-X PUT {EXCHANGE} -d subject_token=$S $U"), "405"),
        (format!("{EXCHANGE} -d subject_token=$S ${{U}}/x"), "404"),
        ("$U".to_owned(), "405"),
    ] {
        let answer = curl(&ground, &[], &request).await;
        assert!(
            answer.ends_with(&format!("|{code}")) && !answer.contains("TOKEN"),
            "{request}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_server_wants_the_secret_and_the_flavor() {
    let ground = Ground::new().await;
    let flavor = "-H 'Metadata-Flavor: Google'";
    let path = "computeMetadata/v1/instance/service-accounts/default";
    let secret = ["--metadata"];
    let good = curl(
        &ground,
        &secret,
        &format!("{flavor} http://$H/{path}/token"),
    )
    .await;
    assert!(
        good.starts_with("{\"access_token\":\"TOKEN\"") && good.ends_with("|200"),
        "{good}"
    );
    let email = curl(
        &ground,
        &secret,
        &format!("{flavor} http://$H/{path}/email"),
    )
    .await;
    assert_eq!(email, format!("{DEPLOYER}|200"));
    let project = curl(
        &ground,
        &secret,
        &format!("{flavor} http://$H/computeMetadata/v1/project/project-id"),
    )
    .await;
    assert_eq!(project, "acme-prod|200");
    for (request, code) in [
        (format!("http://$H/{path}/token"), "403"),
        (
            format!("{flavor} -H 'X-Forwarded-For: 1.2.3.4' http://$H/{path}/token"),
            "403",
        ),
        (
            format!("{flavor} -H 'Host: evil.example' http://$H/{path}/token"),
            "403",
        ),
        (
            format!("{flavor} -H 'Sec-Fetch-Site: same-origin' http://$H/{path}/token"),
            "403",
        ),
        (format!("{flavor} http://${{H%/*}}/{path}/token"), "403"),
        (format!("{flavor} http://${{H}}x/{path}/token"), "403"),
        (format!("{flavor} -X POST http://$H/{path}/token"), "405"),
        (
            format!(
                "{flavor} http://$H/computeMetadata/v1/instance/service-accounts/other@x.y/token"
            ),
            "404",
        ),
    ] {
        let answer = curl(&ground, &secret, &request).await;
        assert!(
            answer.ends_with(&format!("|{code}")) && !answer.contains("TOKEN"),
            "{request}: {answer}"
        );
    }
    let user = curl(
        &ground,
        &["--metadata=user"],
        &format!("{flavor} http://$H/{path}/token"),
    )
    .await;
    assert!(user.ends_with("|200"), "{user}");
    // A web page whose name leads here, in a browser of the user's.
    for header in ["Host: evil.example", "Origin: http://evil.example"] {
        let page = format!("{flavor} -H '{header}' http://$H/{path}/token");
        let answer = curl(&ground, &["--metadata=user"], &page).await;
        assert!(
            answer.ends_with("|403") && !answer.contains("TOKEN"),
            "{header}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_gets_nothing() {
    let ground = Ground::new().await;
    if !rustix::process::geteuid().is_root() {
        // Only root can become somebody else.
        return;
    }
    // Everything that another user could try: the token's file, the session's folder, both servers with what they know.
    let script = "H=$GCE_METADATA_HOST; F=$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE; T=$(cat $F); \
                  U=$(sed -n 's/.*\"token_url\":\"\\([^\"]*\\)\".*/\\1/p' \"$GOOGLE_APPLICATION_CREDENTIALS\"); \
                  chmod 755 \"$XDG_RUNTIME_DIR\"; \
                  setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \"cat $F; ls $DAYPASS_SESSION_FOLDER; \
                  curl -sS -H 'Metadata-Flavor: Google' http://$H/computeMetadata/v1/instance/service-accounts/default/token; \
                  curl -sS -d grant_type=x $U\" \
                  2>&1 | sed \"s/$T/TOKEN/\"; chmod 700 \"$XDG_RUNTIME_DIR\"";
    let finished = finished(ground.assume(&["--metadata=user", "--", "sh", "-c", script])).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let said = &finished.stdout;
    assert!(!said.contains("TOKEN"), "{said}");
    assert_eq!(said.matches("Permission denied").count(), 2, "{said}");
    // Neither server listened: 52 is an answer that did not come, 56 a connection that was reset.
    let unheard = said.matches("curl: (52)").count() + said.matches("curl: (56)").count();
    assert_eq!(unheard, 2, "{said}");
}
