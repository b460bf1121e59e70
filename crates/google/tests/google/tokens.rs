//! Tokens of service accounts: minted by whoever is in charge of the account, in Google's words where they are not.

use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::{
    AccessToken, CLOUD_PLATFORM, IamError, Tokens, USERINFO_EMAIL, WantedToken,
};
use daypass_google::{Broker, Google, Options};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::failures::kind;
use crate::fake::{Fake, Reply};
use crate::sandbox::{broker, connect, start};

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";
const BROKER: &str = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com";

fn wanted(account: &str, seconds: u64) -> WantedToken {
    let id = GrantId::new("2026-11-21T09:00:00Z".parse().unwrap(), [7; 10]);
    WantedToken {
        account: Email::parse(account).unwrap(),
        lifetime: Duration::from_seconds(seconds).unwrap(),
        scopes: vec![CLOUD_PLATFORM.into(), USERINFO_EMAIL.into()],
        reason: RequestReason::of_session(id, "INC-1 Übergabe"),
    }
}

/// The reasons that came with tokens of this account, by the sandbox's audit log.
fn reasons(entries: &[Value], account: &str) -> Vec<String> {
    let of_account = |entry: &&Value| {
        let payload = &entry["protoPayload"];
        payload["methodName"] == "GenerateAccessToken"
            && payload["resourceName"].as_str().unwrap().ends_with(account)
    };
    let all = entries.iter().filter(of_account);
    all.map(|entry| {
        entry["protoPayload"]["requestMetadata"]["requestAttributes"]["reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}

#[tokio::test]
async fn the_broker_mints_what_it_may() {
    let sandbox = start().await;
    let cloud = sandbox.cloud();
    let (google, _folder) = broker(&sandbox).await;

    let refused = google.mint(&wanted(DEPLOYER, 600)).await.unwrap_err();
    let IamError::Forbidden {
        message,
        permission,
    } = &refused
    else {
        panic!("{refused:?}");
    };
    assert!(
        message.starts_with("Permission 'iam.serviceAccounts.getAccessToken' denied on resource"),
        "{message}"
    );
    assert_eq!(
        permission.as_deref(),
        Some("iam.serviceAccounts.getAccessToken")
    );

    let role = json!({"role": "roles/iam.serviceAccountTokenCreator", "members": [BROKER]});
    let account = format!("projects/acme-prod/serviceAccounts/{DEPLOYER}");
    cloud
        .put_policy(&account, json!({"bindings": [role]}))
        .unwrap();
    let before = cloud.now();
    let token = google.mint(&wanted(DEPLOYER, 600)).await.unwrap();
    let lasts = token.expires_at().duration_since(before);
    assert!(
        (598..=603).contains(&lasts.as_secs()),
        "Google's own word on the end: {lasts}"
    );
    let as_deployer = by_token(&sandbox, token.clone()).await;
    let project = "projects/acme-prod".parse().unwrap();
    let may = async |google: &Google| {
        use daypass_engine::ports::Iam as _;
        google
            .test_permissions(&project, &["run.services.update".into()])
            .await
    };
    assert_eq!(may(&as_deployer).await.unwrap(), ["run.services.update"]);
    let told = reasons(&cloud.audit_entries(), DEPLOYER);
    assert_eq!(
        told.last().unwrap(),
        wanted(DEPLOYER, 600).reason.as_str(),
        "{told:?}"
    );
    assert!(told.last().unwrap().ends_with(": INC-1 %C3%9Cbergabe"));

    cloud.advance(SignedDuration::from_secs(605));
    google.sandbox_clock().unwrap().refresh().await;
    assert!(token.is_over(google.clock().now()));
    let over = may(&as_deployer).await.unwrap_err();
    assert_eq!(kind(&over), "unauthenticated", "{over}");

    // Longer than any organization policy of this world allows.
    let long = google.mint(&wanted(DEPLOYER, 43_200)).await.unwrap_err();
    assert_eq!(kind(&long), "refused");
    assert!(long.to_string().contains("lifetime"), "{long}");
    sandbox.stop().await;
}

/// A Google that is called with this token, and no other credentials.
async fn by_token(sandbox: &daypass_sandbox::Sandbox, token: AccessToken) -> Google {
    let options = Options {
        access_token: Some(token),
        sandbox: true,
        sandbox_url: Some(sandbox.base_url()),
        ..Options::default()
    };
    Google::connect(options).await.unwrap()
}

/// Whoever is impersonated on the way has a reason of its own: no token is minted without one.
#[tokio::test]
async fn no_token_is_minted_without_a_reason() {
    let sandbox = start().await;
    let cloud = sandbox.cloud();
    let creator = |member: &str| json!({"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": [member]}]});
    let daypass = BROKER.trim_start_matches("serviceAccount:");
    for (account, member) in [
        (
            format!("projects/acme-access/serviceAccounts/{daypass}"),
            "user:erin@example.com",
        ),
        (
            format!("projects/acme-prod/serviceAccounts/{DEPLOYER}"),
            BROKER,
        ),
    ] {
        cloud.put_policy(&account, creator(member)).unwrap();
    }
    let brokers = vec![Broker {
        scope: "organizations/1".parse().unwrap(),
        impersonate: Email::parse(daypass).unwrap(),
    }];
    let (google, _folder) = connect(&sandbox, "user:erin@example.com", brokers).await;
    google.mint(&wanted(DEPLOYER, 60)).await.unwrap();
    let entries = cloud.audit_entries();
    assert_eq!(
        reasons(&entries, daypass),
        ["daypass broker: to act as Daypass's own service account"]
    );
    assert_eq!(
        reasons(&entries, DEPLOYER),
        [wanted(DEPLOYER, 60).reason.as_str()]
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn what_is_sent_and_what_may_come_back() {
    let ends = "2026-11-21T09:10:00Z";
    let answers = [
        (
            Reply::Json(200, json!({"accessToken": "ya29.t", "expireTime": ends})),
            "",
            "",
        ),
        (
            Reply::Json(200, json!({"accessToken": "ya29.t"})),
            "malformed",
            "its end",
        ),
        (
            Reply::Json(200, json!({"expireTime": ends})),
            "malformed",
            "its text",
        ),
        (
            Reply::Json(200, json!({"accessToken": "a\r\nb", "expireTime": ends})),
            "malformed",
            "its text",
        ),
        (
            Reply::Json(
                404,
                json!({"error": {"code": 404, "message": "Not found; Gaia id not found for email x@p.iam.gserviceaccount.com", "status": "NOT_FOUND"}}),
            ),
            "not found",
            "x@p.iam.gserviceaccount.com",
        ),
        (
            Reply::Json(
                429,
                json!({"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}),
            ),
            "throttled",
            "slow down",
        ),
        (Reply::Reset, "unavailable", ""),
    ];
    for (answer, expected, words) in answers {
        let fake = Fake::start(move |_| answer.clone()).await;
        let minted = fake
            .google()
            .await
            .mint(&wanted("x@p.iam.gserviceaccount.com", 600))
            .await;
        match minted {
            Ok(token) => {
                assert_eq!(expected, "");
                assert_eq!(token.secret().expose_secret(), "ya29.t");
                assert_eq!(token.expires_at(), ends.parse().unwrap());
            }
            Err(error) => {
                assert_eq!(kind(&error), expected, "{error}");
                let text = error.to_string();
                assert!(text.contains(words) && !text.contains("ya29"), "{text}");
            }
        }
        let sent = &fake.seen()[0];
        assert_eq!(
            (sent.method.as_str(), sent.target.as_str()),
            (
                "POST",
                "/v1/projects/-/serviceAccounts/x%40p.iam.gserviceaccount.com:generateAccessToken"
            )
        );
        assert_eq!(
            sent.json(),
            json!({"scope": [CLOUD_PLATFORM, USERINFO_EMAIL], "lifetime": "600s"})
        );
        assert!(sent.headers["x-goog-request-reason"].starts_with("daypass 0"));
    }
}
