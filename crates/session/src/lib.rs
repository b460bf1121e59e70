//! Privileged sessions: for as long as one lasts, the programs inside it act as a service account, and nothing outside
//! of it changes.
//!
//! Whoever may mint tokens hands in the engine's `Tokens` port: a person's own credentials, or a Daypass server. What
//! is here gives the tokens to programs: by environment variables and private files, by a metadata server, or by a
//! proxy that adds them to requests; and takes everything away when the session ends.
//!
//! [`hold`] is one session from its first token to its end; [`warden`] is the second process that finishes what a
//! killed holder could not.

pub mod arguments;
mod awake;
mod boto;
mod default_credentials;
mod descendants;
mod description;
mod environment;
mod error;
mod exchange;
mod folder;
pub mod gcloud_configuration;
mod held_token;
mod holder;
mod journal;
mod kubeconfig;
mod loopback;
mod metadata;
mod newcomers;
mod peer;
pub mod place;
pub mod plain_file;
pub mod plugins;
pub mod private;
pub mod proxy;
mod renewal;
mod secret_file;
mod shell;
mod single;
pub mod terminal;
mod variables;
pub mod warden;

pub use description::{Description, Way};
pub use environment::{ACCOUNT, FOLDER, SESSION, of_this_session};
pub use error::SessionError;
pub use folder::{Sessions, description};
pub use held_token::TokenWatch;
pub use holder::{AuthProxy, Ending, Inside, Notice, Plan, Standing, hold};
pub use journal::Journal;
pub use kubeconfig::EXEC_API;
pub use metadata::Audience;
pub use renewal::Length;
pub use shell::of_user;
pub use single::single;
pub use variables::Variables;
