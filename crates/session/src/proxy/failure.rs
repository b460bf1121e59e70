//! Why a request is not passed on, in words for whoever looks at the tool's output.

use http::StatusCode;

/// Why a request is not passed on. No message holds a header or a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the session is over: begin a new one")]
    Over,
    #[error("the session's token is over and not renewed yet: try again in a moment")]
    TokenOver,
    #[error("a request inside the tunnel to {0} names another host")]
    OtherHost(String),
    #[error("a request names its host once, in `Host` or `:authority`")]
    Unclear,
    #[error("this method is not passed on, since its answer could hold the token")]
    Method,
    #[error("{host} cannot be reached: {source}")]
    Unreachable {
        host: String,
        source: std::io::Error,
    },
    #[error("{0} did not answer in time")]
    TimedOut(String),
    #[error("the certificate of {host} was refused ({reason}), and no token was sent")]
    Certificate { host: String, reason: String },
    #[error("the connection to {host} broke: {reason}")]
    Broken { host: String, reason: String },
    #[error("{0} changed the protocol without being asked")]
    Unasked(String),
}

impl Failure {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Over => StatusCode::FORBIDDEN,
            Self::TokenOver => StatusCode::SERVICE_UNAVAILABLE,
            Self::OtherHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::Unclear => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Unreachable { .. }
            | Self::Certificate { .. }
            | Self::Broken { .. }
            | Self::Unasked(_) => StatusCode::BAD_GATEWAY,
        }
    }
}
