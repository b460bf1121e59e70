//! What can go wrong with the sandbox itself, as opposed to the errors that it emulates.

use std::net::SocketAddr;

/// Why the sandbox could not start, or could not do what its own interface was asked to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken or not ours.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The seed file is not a world.
    #[error("the seed is not valid: {0}")]
    Seed(String),
    /// A principal, resource or role that this world does not have, or a malformed value.
    #[error("{0}")]
    Invalid(String),
    /// The evaluator's thread could not be started.
    #[error("the condition evaluator could not be started")]
    Evaluator(#[source] std::io::Error),
    /// The certificate authority of the tunnel, or the signing key, could not be made.
    #[error("a key or certificate could not be made: {0}")]
    Keys(String),
    /// A file of the environment could not be written.
    #[error("{path} could not be written")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The sandbox at the given address did not answer as one.
    #[error("no sandbox answers at {base_url}: {reason}")]
    Unreachable {
        /// The address asked.
        base_url: String,
        /// What happened.
        reason: String,
    },
}
