//! The in-process handle: the same state that the HTTP interfaces show.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::Serialize;
use serde_json::Value;

use crate::clock::Clock;
use crate::error::Error;
use crate::http::faults::{Fault, Faults};
use crate::http::recording::{RecordedRequest, Recorder};
use crate::iam::evaluate::{Question, Verdict, decide};
use crate::iam::evaluator::Evaluator;
use crate::iam::policy::Policy;
use crate::iam::stored::PolicyVersion;
use crate::openid::OpenId;
use crate::world::World;
use crate::world::directory::PrincipalKind;
use crate::world::nearest::nearest;
use crate::world::roles::CustomRole;

/// A token that the sandbox minted.
#[derive(Clone, Debug, Serialize)]
pub struct MintedToken {
    /// The bearer token.
    pub access_token: String,
    /// When it ends, by the sandbox clock.
    pub expires_at: Timestamp,
}

struct Inner {
    world: Mutex<World>,
    clock: Clock,
    evaluator: Evaluator,
    faults: Mutex<Faults>,
    recorder: Mutex<Recorder>,
    latency_ms: AtomicU64,
    /// Most entries of a page; 0 leaves the size to each list.
    largest_page: AtomicUsize,
    base_url: OnceLock<String>,
    tunnel: OnceLock<(String, String)>,
    openid: OpenId,
}

/// Handle to a sandbox's state. Cheap to clone; outlives the listener.
#[derive(Clone)]
pub struct Cloud(Arc<Inner>);

impl std::fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cloud")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cloud {
    pub(crate) fn new(
        seed: &crate::Seed,
        latency: Duration,
        faults: Vec<Fault>,
        kept: usize,
    ) -> Result<Cloud, Error> {
        let clock = Clock::default();
        // Google shows milliseconds; more digits make its own clients complain.
        let created = clock.now().round(Unit::Millisecond).unwrap_or_default();
        let world = seed.build(created, kept)?;
        let cloud = Cloud(Arc::new(Inner {
            world: Mutex::new(world),
            clock,
            evaluator: Evaluator::start()?,
            faults: Mutex::new(Faults::new(faults)),
            recorder: Mutex::new(Recorder::keeping(kept)),
            latency_ms: AtomicU64::new(0),
            largest_page: AtomicUsize::new(0),
            base_url: OnceLock::new(),
            tunnel: OnceLock::new(),
            openid: OpenId::start(),
        }));
        cloud.set_latency(latency);
        Ok(cloud)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.0.world)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn evaluator(&self) -> &Evaluator {
        &self.0.evaluator
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        lock(&self.0.recorder)
    }

    pub(crate) fn openid(&self) -> &OpenId {
        &self.0.openid
    }

    pub(crate) fn set_base_url(&self, url: String) {
        self.0.base_url.get_or_init(|| url);
    }

    pub(crate) fn set_tunnel(&self, url: String, ca_pem: String) {
        self.0.tunnel.get_or_init(|| (url, ca_pem));
    }

    /// Address of the tunnel and its certificate authority, if there is one.
    pub(crate) fn tunnel(&self) -> Option<&(String, String)> {
        self.0.tunnel.get()
    }

    /// `http://127.0.0.1:PORT`, also the OpenID issuer.
    pub fn base_url(&self) -> String {
        self.0.base_url.get().cloned().unwrap_or_default()
    }

    /// Sandbox time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Moves the clock; a negative duration moves it back.
    pub fn advance(&self, by: SignedDuration) {
        self.0.clock.advance(by);
    }

    /// Sets the clock.
    pub fn set_time(&self, time: Timestamp) {
        self.0.clock.set(time);
    }

    /// Stops the clock, or lets it run on.
    pub fn freeze(&self, frozen: bool) {
        self.0.clock.freeze(frozen);
    }

    /// Makes `Date` headers lie by so many seconds; conditions do not see it.
    pub fn shift_date(&self, seconds: i64) {
        self.0.clock.shift_date(seconds);
    }

    /// Delay of every reply outside `/sandbox/`.
    pub fn latency(&self) -> Duration {
        Duration::from_millis(self.0.latency_ms.load(Ordering::Relaxed))
    }

    /// Sets the delay of every reply outside `/sandbox/`; whole milliseconds.
    pub fn set_latency(&self, latency: Duration) {
        let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.0.latency_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// Most entries of a page of any list, whatever the client asks for; none leaves it to the list.
    pub fn largest_page(&self) -> Option<usize> {
        Some(self.0.largest_page.load(Ordering::Relaxed)).filter(|most| *most > 0)
    }

    /// Sets the most entries of a page: small pages show who reads only the first. None, or 0, lifts it.
    pub fn set_largest_page(&self, most: Option<usize>) {
        self.0
            .largest_page
            .store(most.unwrap_or(0), Ordering::Relaxed);
    }

    /// Adds a fault behind those already there.
    pub fn add_fault(&self, fault: Fault) {
        self.faults().add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.faults().clear();
    }

    /// The present policy of a resource, at version 3, as stored: faults do not hide it.
    pub fn policy(&self, resource: &str) -> Option<Value> {
        let world = self.world();
        let resource = world.resources.get(resource)?;
        Some(resource.policy.policy.render(3, &resource.policy.etag))
    }

    /// Overwrites a policy without IAM's checks. Fields that the sandbox does not know are kept, and become
    /// known: clients may send them back. Members and roles that do not exist come into being.
    pub fn put_policy(&self, resource: &str, policy: Value) -> Result<(), Error> {
        let policy = Policy::from_json(policy)
            .map_err(|error| Error::Invalid(format!("not a policy: {error}")))?;
        let mut world = self.world();
        let key = world
            .resources
            .key(resource)
            .ok_or_else(|| no_resource(resource))?;
        world.overwrite_policy(&key, policy, self.now(), "sandbox", "put");
        Ok(())
    }

    /// Every version that the policy had, oldest first; the seed is the first.
    pub fn history(&self, resource: &str) -> Vec<PolicyVersion> {
        let world = self.world();
        world
            .resources
            .get(resource)
            .map(|found| found.policy.history.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Requests received after the given index; 0 for all.
    pub fn requests(&self, since: u64) -> Vec<RecordedRequest> {
        self.recorder().since(since)
    }

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        self.recorder().clear();
    }

    /// Audit log entries, oldest first, in the shape of Cloud Audit Logs.
    pub fn audit_entries(&self) -> Vec<Value> {
        self.world().audit.iter().cloned().collect()
    }

    /// Mints an access token with the cloud-platform scope for somebody in the directory.
    pub fn mint_token(
        &self,
        principal: &str,
        lifetime: SignedDuration,
    ) -> Result<MintedToken, Error> {
        let mut world = self.world();
        let member = world
            .directory
            .resolve(principal)
            .ok_or_else(|| no_principal(principal))?
            .member();
        let scopes = vec!["https://www.googleapis.com/auth/cloud-platform".to_owned()];
        let (access_token, expires_at) = world.tokens.mint(&member, self.now(), lifetime, scopes);
        Ok(MintedToken {
            access_token,
            expires_at,
        })
    }

    /// The secret of a credential file: the token endpoint exchanges it for access tokens.
    pub fn subject_token(&self, principal: &str) -> Result<String, Error> {
        let mut world = self.world();
        let member = world
            .directory
            .resolve(principal)
            .ok_or_else(|| no_principal(principal))?
            .member();
        Ok(world.tokens.subject_for(&member))
    }

    /// Mints an ID token of this issuer for somebody in the directory.
    pub fn mint_id_token(
        &self,
        principal: &str,
        audience: &str,
        lifetime: SignedDuration,
    ) -> Result<String, Error> {
        crate::openid::machine_token(self, principal, audience, lifetime)
    }

    /// Adds a person (`user:`), group or service account, or changes a name.
    pub fn add_principal(&self, member: &str, name: &str, groups: &[String]) -> Result<(), Error> {
        let (prefix, email) = member.split_once(':').ok_or_else(|| no_principal(member))?;
        let kinds = [
            PrincipalKind::User,
            PrincipalKind::ServiceAccount,
            PrincipalKind::Group,
        ];
        let kind = kinds
            .into_iter()
            .find(|kind| kind.prefix() == prefix)
            .ok_or_else(|| no_principal(member))?;
        let domain = email
            .split_once('@')
            .map(|(_, domain)| domain)
            .ok_or_else(|| no_principal(member))?;
        let hosted =
            (kind == PrincipalKind::User && domain != "gmail.com").then(|| domain.to_owned());
        let mut world = self.world();
        world.directory.add(kind, email, name, hosted);
        for group in groups {
            world.directory.join(group, email);
        }
        Ok(())
    }

    /// Deletes a principal. Its tokens die, and policies name it as `deleted:…?uid=…` from then on.
    pub fn delete_principal(&self, member: &str) -> Result<(), Error> {
        let mut world = self.world();
        let found = world
            .directory
            .resolve(member)
            .ok_or_else(|| no_principal(member))?
            .member();
        let gone = world
            .directory
            .remove(member.rsplit(':').next().unwrap_or(member))
            .ok_or_else(|| no_principal(member))?;
        world.tokens.revoke_all(&found);
        let deleted = format!("deleted:{found}?uid={}", gone.uid);
        world.rename_member(&found, &deleted, self.now());
        Ok(())
    }

    /// Puts somebody into a group, or takes them out.
    pub fn set_membership(&self, group: &str, email: &str, is_member: bool) {
        let mut world = self.world();
        if is_member {
            world.directory.join(group, email);
        } else {
            world.directory.leave(group, email);
        }
    }

    /// Lets tokens of a service account live for up to 12 hours, or for one as usual.
    pub fn set_extended_lifetime(&self, email: &str, is_extended: bool) {
        let email = email.to_lowercase();
        let mut world = self.world();
        if is_extended {
            world.extended_lifetimes.insert(email);
        } else {
            world.extended_lifetimes.remove(&email);
        }
    }

    /// Lets somebody read every group in Cloud Identity, or no longer.
    pub fn set_group_reader(&self, email: &str, may_read: bool) {
        self.world().directory.set_reader(email, may_read);
    }

    /// The project that clients work on where they name none.
    pub(crate) fn usual_project(&self) -> Option<String> {
        self.world().usual_project.clone()
    }

    /// Adds or replaces a custom role.
    pub fn add_role(&self, role: &CustomRole) {
        self.world().roles.add(role);
    }

    /// Whether a member has a permission on a resource, by the policies in effect. `resource` may name
    /// something below a stored resource (an object, an instance): then the policies above it decide, and
    /// conditions see the name given. `at` is sandbox time; without it, now.
    pub fn check(
        &self,
        member: &str,
        resource: &str,
        permission: &str,
        at: Option<Timestamp>,
    ) -> Verdict {
        let world = self.world();
        let (stored, attributes) = nearest(&world, resource);
        let question = Question {
            member,
            permission,
            resource: &stored,
            at: at.unwrap_or_else(|| self.now()),
            attributes,
            modified_grants: &[],
        };
        decide(&world, &self.0.evaluator, &question)
    }
}

fn no_principal(member: &str) -> Error {
    Error::Invalid(format!(
        "{member} is not in the directory; members look like user:alice@example.com"
    ))
}

fn no_resource(name: &str) -> Error {
    Error::Invalid(format!("there is no resource {name}"))
}
