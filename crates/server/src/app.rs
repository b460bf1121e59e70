//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use daypass_engine::Engine;
use daypass_engine::ports::Random;
use daypass_oidc::{MachineVerifier, RelyingParty};
use url::Url;

use crate::auth::{LoginStore, Powers, RateLimit, TerminalCodes, cookie_names};
use crate::cursor::CursorKey;
use crate::operations::Metrics;
use crate::pages::Assets;
use crate::peer::ProxyRange;

/// Sign-ins that one peer may begin in a minute, by default (`facts`: limits).
const LOGINS_A_MINUTE: u32 = 10;

/// How the server is set up.
pub struct AppOptions {
    /// The use cases.
    pub engine: Engine,
    /// Sign-in of people; none: nobody signs in with a browser.
    pub login: Option<RelyingParty>,
    /// ID tokens of machines; none: no machine is let in.
    pub machines: Option<MachineVerifier>,
    /// Where people reach the server. Links, redirects and the same-origin rule come from here, never from a header.
    pub public_url: Url,
    /// The proxies whose `X-Forwarded-For` is believed; empty: none.
    pub trusted_proxies: Vec<ProxyRange>,
    /// Set if the server works on a sandbox: every page says so.
    pub sandbox: Option<SandboxBanner>,
    /// The session cookie's name, beginning with `__Host-`; none: one derived from the port of `public_url`, because
    /// all ports of 127.0.0.1 share their cookies.
    pub cookie_name: Option<String>,
    /// Sign-ins that one peer may begin in a minute; none: 10.
    pub logins_a_minute: Option<u32>,
    /// Where sign-in codes, request ids and the cursor key come from.
    pub random: Arc<dyn Random>,
}

/// What pages say on a sandbox.
#[derive(Debug, Clone, Default)]
pub struct SandboxBanner {
    /// The people one can sign in as with one click.
    pub people: Vec<SandboxPerson>,
}

/// Somebody who lives in the sandbox.
#[derive(Debug, Clone)]
pub struct SandboxPerson {
    /// The address.
    pub email: String,
    /// What they are for: `asks`, `approves`, ….
    pub part: String,
}

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] points at.
pub struct Inner {
    pub(crate) engine: Engine,
    pub(crate) login: Option<RelyingParty>,
    pub(crate) machines: Option<MachineVerifier>,
    pub(crate) public_url: Url,
    pub(crate) trusted_proxies: Vec<ProxyRange>,
    pub(crate) sandbox: Option<SandboxBanner>,
    pub(crate) cookies: cookie_names::CookieNames,
    pub(crate) cursor_key: CursorKey,
    pub(crate) login_store: LoginStore,
    pub(crate) terminal_codes: TerminalCodes,
    pub(crate) powers: Powers,
    pub(crate) login_rate: RateLimit,
    pub(crate) metrics: Metrics,
    pub(crate) assets: Assets,
    random: Arc<dyn Random>,
}

impl App {
    /// Puts the parts together. Nothing is contacted.
    pub fn new(options: AppOptions) -> Self {
        let mut cursor_key = [0; 32];
        options.random.fill(&mut cursor_key);
        Self(Arc::new(Inner {
            cookies: cookie_names::CookieNames::new(options.cookie_name, &options.public_url),
            engine: options.engine,
            login: options.login,
            machines: options.machines,
            public_url: options.public_url,
            trusted_proxies: options.trusted_proxies,
            sandbox: options.sandbox,
            cursor_key: CursorKey::new(cursor_key),
            login_store: LoginStore::default(),
            terminal_codes: TerminalCodes::default(),
            powers: Powers::default(),
            login_rate: RateLimit::new(options.logins_a_minute.unwrap_or(LOGINS_A_MINUTE)),
            metrics: Metrics::default(),
            assets: Assets::new(),
            random: options.random,
        }))
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// So many random bytes in base64url.
    pub(crate) fn random_text<const BYTES: usize>(&self) -> String {
        use base64::Engine as _;
        let mut bytes = [0; BYTES];
        self.random.fill(&mut bytes);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }

    /// An absolute address on this server.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
