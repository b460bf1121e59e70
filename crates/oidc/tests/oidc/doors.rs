//! The two doors, set up against one test provider with one clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use daypass_oidc::{
    BeginOptions, Callback, Error, LoginConfig, LoginStart, MachineIdentity, MachineIssuer,
    MachineVerifier, RelyingParty, SignedIn,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::forgery::Forgery;
use crate::provider::Provider;

/// Some moment; no test depends on the real time.
/// How long a test waits for an endpoint that never answers: long enough that a busy machine's honest answers count.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const CLIENT_ID: &str = "client-1";
pub(crate) const CLIENT_SECRET: &str = "planted-client-secret";
pub(crate) const AUDIENCE: &str = "https://daypass.example.com";
pub(crate) const ACCOUNT: &str = "scheduler@p.iam.gserviceaccount.com";

pub(crate) struct Doors {
    pub(crate) provider: Provider,
    pub(crate) people: RelyingParty,
    pub(crate) machines: MachineVerifier,
    seconds: Arc<AtomicI64>,
}

pub(crate) fn login_config(issuer: &str, seconds: &Arc<AtomicI64>) -> LoginConfig {
    let seconds = Arc::clone(seconds);
    LoginConfig {
        issuer: issuer.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: SecretString::from(CLIENT_SECRET),
        allowed_domains: vec!["Example.com".to_owned()],
        redirect_uri: Url::parse("http://127.0.0.1:8080/auth/callback").unwrap(),
        allow_loopback_http: true,
        clock: Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()),
    }
}

pub(crate) fn machine_issuer(issuer: &str) -> MachineIssuer {
    MachineIssuer {
        issuer: issuer.to_owned(),
        audience: AUDIENCE.to_owned(),
        accounts: vec!["Scheduler@p.iam.gserviceaccount.com".to_owned()],
    }
}

pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub(crate) fn callback(start: &LoginStart) -> Callback {
    Callback {
        state: parameter(&start.url, "state"),
        code: Some("code-1".to_owned()),
        ..Callback::default()
    }
}

impl Doors {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut LoginConfig)) -> Self {
        let provider = Provider::start().await;
        let seconds = Arc::new(AtomicI64::new(NOW));
        let mut config = login_config(&provider.issuer, &seconds);
        change(&mut config);
        let machines = MachineVerifier::new(vec![machine_issuer(&provider.issuer)], true);
        Self {
            people: RelyingParty::new(config).unwrap(),
            machines: machines.unwrap(),
            provider,
            seconds,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn begin(&self) -> LoginStart {
        self.people.begin(BeginOptions::default()).await.unwrap()
    }

    pub(crate) fn persons_claims(&self, nonce: &str) -> Value {
        let now = self.now().as_second();
        json!({
            "iss": self.provider.issuer, "sub": "1001", "aud": CLIENT_ID, "azp": CLIENT_ID,
            "iat": now, "exp": now + 3600, "nonce": nonce, "hd": "example.com",
            "email": "Alice@Example.com", "email_verified": true, "name": "Alice", "auth_time": now - 30,
        })
    }

    pub(crate) fn machines_claims(&self) -> Value {
        let now = self.now().as_second();
        json!({
            "iss": self.provider.issuer, "sub": "2002", "aud": AUDIENCE, "azp": "2002",
            "iat": now, "exp": now + 3600, "email": ACCOUNT, "email_verified": true,
        })
    }

    /// A whole sign-in whose ID token is bent by `twist`.
    pub(crate) async fn sign_in(&self, twist: fn(&mut Forgery)) -> Result<SignedIn, Error> {
        let start = self.begin().await;
        let nonce = parameter(&start.url, "nonce").unwrap();
        let mut forgery = Forgery::of(self.persons_claims(&nonce));
        twist(&mut forgery);
        self.provider.answer_with_token(&forgery.token());
        let callback = callback(&start);
        self.people.finish(start.pending, callback).await
    }

    /// A machine's call whose token is bent by `twist`.
    pub(crate) async fn call(&self, twist: fn(&mut Forgery)) -> Result<MachineIdentity, Error> {
        let mut forgery = Forgery::of(self.machines_claims());
        twist(&mut forgery);
        self.machines.verify(&forgery.token(), self.now()).await
    }
}
