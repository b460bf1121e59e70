//! Why the proxy does not start.

/// Why the proxy does not start, for the person who wanted it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loopback address cannot be listened on.
    #[error("the proxy cannot listen on 127.0.0.1")]
    Listen(#[source] std::io::Error),
    /// The secret could be guessed, or would need escapes in an address.
    #[error("the session's secret must be 32 to 128 letters, digits, hyphens and underscores")]
    Secret,
    /// A cluster's address or certificate authority cannot be read.
    #[error("`{0}` is not the address of a cluster, or its certificate authority is no PEM")]
    Cluster(String),
    /// A certificate cannot be made.
    #[error("a certificate for the session cannot be made")]
    Certificate(#[source] rcgen::Error),
    /// TLS cannot be set up, or the machine has no roots.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The token or the reason holds what no header may.
    #[error("the token or the reason cannot be sent as a header")]
    Header(#[source] http::header::InvalidHeaderValue),
    /// The session is over before the proxy began.
    #[error("the session is over")]
    Over,
}

impl Error {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Listen(_) => {
                "see whether the loopback interface is up, and `ulimit -n` is not used up"
            }
            Self::Secret => "this is a fault of Daypass: please report it",
            Self::Cluster(_) => {
                "an address is https://HOST or https://HOST:PORT, as `gcloud container clusters describe` tells it"
            }
            Self::Certificate(_) => "see whether the clock is right",
            Self::Tls(_) => {
                "install the machine's root certificates (Debian: ca-certificates), or set SSL_CERT_FILE"
            }
            Self::Header(_) => "leave line breaks out of the reason",
            Self::Over => "begin a new session",
        }
    }
}
