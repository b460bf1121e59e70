//! A server to talk to.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use daypass_core::email::Email;
use daypass_core::entitlement::{Source, load};
use daypass_core::person::Person;
use daypass_engine::ports::SessionKind;
use daypass_engine::testing::{Fakes, Repeatable, keyring};
use daypass_engine::{Engine, Settings, SignedInPerson};
use daypass_oidc::{LoginConfig, MachineIssuer, MachineVerifier, RelyingParty};
use daypass_sandbox::{Options, Sandbox};
use daypass_server::{App, AppOptions, SandboxBanner, router};
use daypass_store_sqlite::SqliteStore;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8123";
pub(crate) const COOKIE: &str = "__Host-daypass-8123";
pub(crate) const MACHINE: &str = "scheduler@acme-access.iam.gserviceaccount.com";

const ENTITLEMENTS: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: prod-storage
    title: Storage in production
    description: Administer the log buckets during an incident
    requesters: ["group:sre@example.com"]
    grantors: ["group:leads@example.com"]
    privileges:
      - resource: projects/acme-prod
        roles: [roles/storage.admin]
        condition: 'resource.name.startsWith("projects/_/buckets/logs-")'
    duration: {min: 5m, default: 30m, max: 4h}
    start: {latest: 14d}
    justification: {required: true, hint: "ticket, then why"}
    approval:
      steps:
        - {approvers: ["group:leads@example.com"]}
  - id: dev-viewer
    title: "<script>alert('x')</script> & \"viewer\""
    description: "</p><img src=x onerror=alert(1)>"
    requesters: ["group:sre@example.com", "serviceAccount:scheduler@acme-access.iam.gserviceaccount.com"]
    privileges: [{resource: projects/acme-dev, roles: [roles/compute.viewer]}]
    duration: {max: 1h}
    justification: {required: false}
    approval: none
  - id: pay-database
    title: The payments database
    description: Two people look at it
    labels: {tier: prod}
    requesters: ["group:sre@example.com"]
    privileges: [{resource: projects/acme-pay, roles: [roles/cloudsql.admin]}]
    duration: {max: 1h}
    approval:
      justification: required
      steps:
        - {approvers: [peers], remind: 10m}
        - {approvers: ["group:leads@example.com"], escalate: {after: 30m, to: ["group:security@example.com"]}}
  - id: customer-data
    title: One customer's files
    description: To answer a ticket
    requesters: ["group:sre@example.com"]
    privileges:
      - {resource: projects/acme-prod, roles: [roles/storage.objectViewer]}
      - {impersonate: deployer@acme-prod.iam.gserviceaccount.com, token: {max: 30m}}
    duration: {max: 1h}
    inputs:
      - {name: ticket, type: string, title: The ticket, pattern: '^SUP-[0-9]+$', required: true}
      - {name: cause, type: one of, title: The cause, values: [support, complaint], required: true}
      - {name: files, type: integer, title: How many files, required: false}
      - {name: consent, type: boolean, title: They agreed, required: false}
    approval:
      steps: [{approvers: ["group:leads@example.com"]}]
  - id: shared-viewer
    title: Objects in development
    description: For oneself, or a colleague
    requesters: ["group:sre@example.com"]
    grantors: ["group:leads@example.com"]
    beneficiaries: ["group:sre@example.com"]
    privileges: [{resource: projects/acme-dev, roles: [roles/storage.objectViewer]}]
    duration: {max: 1h}
    justification: {required: false}
    approval: none
  - id: prod-break-glass
    title: Break glass in production
    description: In an outage
    requesters: ["group:sre@example.com"]
    privileges: [{resource: projects/acme-prod, roles: [roles/compute.admin]}]
    duration: {max: 1h}
    break_glass:
      page: ["pagerduty:PACME01"]
      review: {by: ["group:security@example.com"], within: 24h}
"#;

pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) app: App,
    pub(crate) engine: Engine,
    pub(crate) fakes: Fakes,
    pub(crate) sandbox: Option<Sandbox>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("{} is not JSON: {}", self.status, self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value that the answer sets for a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let found = self
            .headers
            .get_all("set-cookie")
            .iter()
            .find_map(|value| value.to_str().unwrap().strip_prefix(&format!("{name}=")));
        found.map(|rest| rest.split(';').next().unwrap().to_owned())
    }

    /// The form token of a page.
    pub(crate) fn form_token(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"form_token\" value=\"")
            .expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(None, 1_000, None).await
    }

    /// With the sandbox as identity provider, of people and machines.
    pub(crate) async fn with_sign_in(logins_a_minute: u32, is_sandbox: bool) -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        Self::with(
            Some(sandbox),
            logins_a_minute,
            is_sandbox.then(SandboxBanner::default),
        )
        .await
    }

    async fn with(
        sandbox: Option<Sandbox>,
        logins_a_minute: u32,
        banner: Option<SandboxBanner>,
    ) -> Self {
        let store = SqliteStore::open(Path::new(":memory:")).await.unwrap();
        let (fakes, ports) = Fakes::with_store(Arc::new(store));
        for (group, member) in [
            ("sre", "alice"),
            ("sre", "bob"),
            ("leads", "carol"),
            ("leads", "alice"),
            ("security", "erin"),
        ] {
            fakes.groups.add(
                &format!("{group}@example.com"),
                &format!("{member}@example.com"),
            );
        }
        let catalogue = load(&[Source {
            name: "test.yaml".into(),
            text: ENTITLEMENTS.into(),
        }])
        .unwrap();
        let engine = Engine::new(ports, keyring(), catalogue, Settings::default());
        let (mut login, mut machines) = (None, None);
        if let Some(sandbox) = &sandbox {
            let cloud = sandbox.cloud();
            cloud.set_time(engine.now());
            cloud.freeze(true);
            login = Some(
                RelyingParty::new(LoginConfig {
                    issuer: sandbox.base_url(),
                    client_id: "daypass-sandbox".into(),
                    client_secret: "sandbox-secret".to_owned().into(),
                    allowed_domains: vec!["example.com".into()],
                    redirect_uri: Url::parse(&format!("{ORIGIN}/login/callback")).unwrap(),
                    allow_loopback_http: true,
                    clock: Arc::new(move || cloud.now()),
                })
                .unwrap(),
            );
            let issuer = MachineIssuer {
                issuer: sandbox.base_url(),
                audience: ORIGIN.into(),
                accounts: vec![MACHINE.into()],
            };
            machines = Some(MachineVerifier::new(vec![issuer], true).unwrap());
        }
        let app = App::new(AppOptions {
            engine: engine.clone(),
            login,
            machines,
            public_url: Url::parse(ORIGIN).unwrap(),
            trusted_proxies: Vec::new(),
            sandbox: banner,
            cookie_name: None,
            logins_a_minute: Some(logins_a_minute),
            random: Arc::new(Repeatable::default()),
        });
        Self {
            router: router(app.clone()),
            app,
            engine,
            fakes,
            sandbox,
        }
    }

    /// A session's token for somebody.
    pub(crate) async fn session(&self, name: &str, kind: SessionKind) -> String {
        let person = Person {
            issuer: "https://issuer.example".into(),
            subject: name.into(),
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
        };
        let (token, _) = self
            .engine
            .open_session(
                &SignedInPerson {
                    person,
                    name: name.into(),
                },
                kind,
            )
            .await
            .unwrap();
        token.expose().to_owned()
    }

    /// `Authorization` of somebody's terminal.
    pub(crate) async fn bearer(&self, name: &str) -> String {
        format!("Bearer {}", self.session(name, SessionKind::Terminal).await)
    }

    /// `Authorization` of the machine.
    pub(crate) fn machine(&self) -> String {
        let cloud = self.sandbox.as_ref().unwrap().cloud();
        format!(
            "Bearer {}",
            cloud
                .mint_id_token(
                    &format!("serviceAccount:{MACHINE}"),
                    ORIGIN,
                    jiff::SignedDuration::from_hours(1)
                )
                .unwrap()
        )
    }

    /// `Cookie` of somebody's browser.
    pub(crate) async fn cookie(&self, name: &str) -> String {
        format!(
            "{COOKIE}={}",
            self.session(name, SessionKind::Browser).await
        )
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body.to_owned())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str, authorization: &str) -> Answer {
        self.call("GET", path, &[("authorization", authorization)], "")
            .await
    }

    pub(crate) async fn post(&self, path: &str, authorization: &str, body: &str) -> Answer {
        self.call(
            "POST",
            path,
            &[
                ("authorization", authorization),
                ("content-type", "application/json"),
            ],
            body,
        )
        .await
    }

    /// What somebody asked for: the whole grant.
    pub(crate) async fn asked_by(&self, name: &str, body: &str) -> Value {
        let answer = self
            .post("/api/v1/grants", &self.bearer(name).await, body)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// The hash of a request, as its requester alice sees it.
    pub(crate) async fn request_hash(&self, id: &str) -> String {
        let path = format!("/api/v1/grants/{id}");
        let grant = self.get(&path, &self.bearer("alice").await).await.json();
        grant["request_hash"].as_str().unwrap().to_owned()
    }

    /// A yes to the request as it stands: the body.
    pub(crate) async fn yes_to(&self, id: &str) -> String {
        json!({"request_hash": self.request_hash(id).await, "comment": "go"}).to_string()
    }

    /// A form that somebody's browser sends.
    pub(crate) async fn send_form(&self, cookie: &str, path: &str, fields: &str) -> Answer {
        let headers = [
            ("cookie", cookie),
            ("origin", ORIGIN),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.call("POST", path, &headers, fields).await
    }

    /// A request of somebody for `prod-storage`, which waits for approval: its id.
    pub(crate) async fn request_by(&self, name: &str) -> String {
        let answer = self
            .post(
                "/api/v1/grants",
                &self.bearer(name).await,
                r#"{"entitlement":"prod-storage","justification":"INC-1 disk full"}"#,
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}
