//! What goes wrong, and the one table from the engine's kinds to HTTP.

use std::ops::{Deref, DerefMut};

use axum::response::{IntoResponse, Response};
use daypass_core::decide::Rule;
use daypass_core::grant::TransitionError;
use daypass_engine::Error;
use daypass_engine::ports::{IamError, StoreError};
use http::StatusCode;

/// After how many seconds a client may try again when the fault is ours or Google's.
const RETRY_SECONDS: u32 = 5;

/// A failed request, before it is known whether a program or a person reads of it. It travels in the response's
/// extensions to [`crate::surface::finish`], which renders and logs it once.
#[derive(Debug, Clone)]
pub(crate) struct Failure(Box<Particulars>);

/// What is known of a failure.
#[derive(Debug, Clone)]
pub(crate) struct Particulars {
    pub(crate) status: StatusCode,
    /// The stable kind: the fragment of the problem's type.
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) retry_after: Option<u32>,
    /// The page of ours that leads to the sign-in that is missing.
    pub(crate) sign_in: Option<String>,
    /// The chain of causes, for the log only.
    pub(crate) cause: Option<String>,
}

impl Deref for Failure {
    type Target = Particulars;
    fn deref(&self) -> &Particulars {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Particulars {
        &mut self.0
    }
}

impl Failure {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Particulars {
            status,
            kind,
            title,
            detail: detail.into(),
            hint: None,
            rules: Vec::new(),
            retry_after: None,
            sign_in: None,
            cause: None,
        }))
    }

    /// The request is not well formed.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            "The request is not valid",
            detail,
        )
    }

    /// A yes that does not say to which terms.
    pub(crate) fn no_request_hash() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "request-hash",
            "It is not said what is approved",
            "an approval names the terms that were seen",
        )
        .hint("send the request_hash of the grant that was seen")
    }

    /// Nobody is signed in, or the session is over.
    pub(crate) fn signed_out(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            "Sign in first",
            detail,
        )
        .hint("'daypass login', or sign in with the browser")
    }

    /// The browser did not prove that the request comes from one of our own pages.
    pub(crate) fn forged(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "The request does not come from a page of Daypass",
            detail,
        )
        .hint("open the page again and send it from there")
    }

    /// Somebody signed in whom this server does not let in.
    pub(crate) fn not_admitted(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-admitted",
            "This account is not let in",
            detail,
        )
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such thing",
            detail,
        )
    }

    /// The body's media type is not one that is read here.
    pub(crate) fn media_type(wanted: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "The media type is not read here",
            format!("the body must be {wanted}"),
        )
        .hint(format!("send it with Content-Type: {wanted}"))
    }

    /// The body is too large.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The request is too large",
            format!("the request is too large: at most {limit} bytes are read"),
        )
        .hint("shorten the text, and link to what is long")
    }

    /// Too many at once.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after: u32) -> Self {
        let mut failure = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Too many requests",
            detail,
        );
        failure.retry_after = Some(retry_after);
        failure
    }

    /// Google refuses what only it can do; its words are in the detail.
    fn google_refuses(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "google-refuses",
            "Google refuses it",
            detail,
        )
    }

    /// Something that this server needs does not answer.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let mut failure = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not possible at the moment",
            detail,
        );
        failure.retry_after = Some(RETRY_SECONDS);
        failure
    }

    /// A fault of this server.
    pub(crate) fn bug(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "bug",
            "Daypass made a mistake",
            detail,
        )
        .hint("tell the operator the number of this request")
    }

    /// What axum or a layer answered without words.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method",
                "The method is not possible here",
                "see the Allow header",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(crate::body::MAX_BODY_BYTES),
            StatusCode::URI_TOO_LONG => Self::new(
                status,
                "too-long",
                "The address is too long",
                "at most 8 KiB are read",
            ),
            StatusCode::NOT_FOUND => Self::not_found("this address leads nowhere"),
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(
                "the answer took too long; what was asked may still have happened",
            )
            .hint("look at your grants before you try again"),
            status if status.is_client_error() => Self::new(
                status,
                "invalid",
                "The request is not valid",
                "the request cannot be read",
            ),
            _ => Self::bug("the request could not be finished"),
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        self.cause = Some(chain(error));
        self
    }
}

/// An error with its sources.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// The table.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let denied =
            |detail| Self::new(StatusCode::FORBIDDEN, "denied", "The rules say no", detail);
        let mut failure = match &error {
            Error::NotFound { .. } => Self::not_found(detail),
            Error::Denied(rules) => {
                let mut failure = denied(detail);
                failure.rules.clone_from(rules);
                failure
            }
            Error::NeedsBrowser { grant, .. } => {
                let mut failure = Self::new(
                    StatusCode::FORBIDDEN,
                    "needs-browser",
                    "Your own rights at Google are needed",
                    detail,
                );
                failure.sign_in = Some(format!("/grants/{grant}"));
                failure
            }
            Error::Invalid { .. } => Self::invalid(detail),
            Error::State(
                TransitionError::OwnRequest
                | TransitionError::OwnReview
                | TransitionError::NotAnApprover(_),
            ) => denied(detail),
            Error::State(TransitionError::CommentNeeded) => {
                Self::invalid(detail).hint("write a comment; 'daypass approve GRANT -m TEXT'")
            }
            Error::State(_) => Self::new(
                StatusCode::CONFLICT,
                "state",
                "The grant does not allow it now",
                detail,
            ),
            Error::Conflict(_) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "It was changed meanwhile",
                detail,
            ),
            Error::TooMany(_) => Self::too_many(detail, 60),
            Error::TooManyTokens {
                retry_after_seconds,
                ..
            } => Self::too_many(detail, *retry_after_seconds),
            Error::NoToken { said, .. } => match said {
                IamError::Throttled { retry_after } | IamError::Unavailable { retry_after, .. } => {
                    let mut failure = Self::unavailable(detail);
                    let seconds = retry_after.and_then(|wait| u32::try_from(wait.as_secs()).ok());
                    failure.retry_after = seconds.or(failure.retry_after);
                    failure
                }
                IamError::Ambiguous { .. } | IamError::Conflict => Self::unavailable(detail),
                _ => Self::google_refuses(detail),
            },
            Error::Store(StoreError::Malformed(_)) => Self::bug(detail),
            Error::Store(_) | Error::Iam(_) | Error::Directory(_) => Self::unavailable(detail),
        };
        failure.hint = error.hint().or(failure.hint.take());
        failure.caused_by(&error)
    }
}

impl From<daypass_core::Error> for Failure {
    fn from(error: daypass_core::Error) -> Self {
        let failure = Self::invalid(error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
