//! An emulated Google Cloud: Resource Manager, Cloud Storage, IAM, Pub/Sub, Secret Manager, token endpoints,
//! an OpenID provider and a CONNECT tunnel, over one organisation with its own clock.
//!
//! It exists to be judged by Google's own clients, and imports nothing of the rest of Daypass, so that it
//! cannot share its mistakes. Where Google's behaviour is known, the reply is Google's, to the word; where it
//! is not, a constant marked `[U]` says what was assumed.
//!
//! ```no_run
//! # async fn example() -> Result<(), daypass_sandbox::Error> {
//! use daypass_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! let token = sandbox.cloud().mint_token("user:alice@example.com", jiff::SignedDuration::from_hours(1))?;
//! // … requests to sandbox.base_url() with that bearer token …
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod apis;
mod clock;
mod cloud;
mod control;
mod databases;
mod environment;
mod error;
mod http;
mod iam;
mod kubernetes;
mod machines;
mod openid;
mod random;
mod running;
mod tunnel;
mod world;

pub use cloud::{Cloud, MintedToken};
pub use environment::{environment, tunnel_environment};
pub use error::Error;
pub use http::faults::{Fault, FaultKind, FaultMatch};
pub use http::recording::RecordedRequest;
pub use iam::evaluate::Verdict;
pub use iam::stored::PolicyVersion;
pub use openid::hostile::Hostility;
pub use running::{Options, Sandbox};
pub use world::roles::CustomRole;
pub use world::seed::{Seed, SeedBucket, SeedFolder, SeedOrganization, SeedProject};
pub use world::seed_machines::{SeedCluster, SeedComputeInstance, SeedSqlInstance};
pub use world::seed_principals::{SeedGroup, SeedPerson, SeedServiceAccount};
