//! Google's APIs: IAM on every kind of resource, and Google's time.
//!
//! [`Google`] implements the engine's `Iam`, `Projects`, `Permissions` and `Tokens` ports, [`CloudIdentity`] its `Directory`. What differs
//! between services stands in the core's kind table; here is one way to send a call, one to read its answer, and one
//! to name how it failed. Of IAM's calls none is repeated, but once with a new token after a 401, which certainly had
//! no effect: what to do after a failure is the engine's to decide. Groups and projects are only read, and asked for
//! again within bounds.
//!
//! Time comes from the `Date` header of each answer ([`GoogleClock`]), or from the sandbox's own clock
//! ([`SandboxClock`]).

mod clock;
mod connect;
mod credentials;
mod directory;
mod endpoints;
mod failure;
mod iam;
mod iam_conditions;
mod lineage;
mod options;
mod pages;
mod person;
mod probe;
mod projects;
mod random;
mod remembered;
mod retry_after;
mod roles;
mod service_accounts;
mod testable;
mod tokens;
mod transport;

pub use clock::{GoogleClock, SandboxClock, Sources};
pub use connect::{ConnectError, Google};
pub use directory::{CloudIdentity, Customer};
pub use iam_conditions::ScopePolicies;
pub use options::{Broker, Options, Timeouts};
pub use probe::Probe;
pub use random::OsRandom;
pub use service_accounts::ServiceAccount;
