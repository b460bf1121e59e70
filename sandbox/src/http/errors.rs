//! Errors as Google's front ends write them: `google.rpc.Status` for most services, the older
//! `errors` list for Cloud Storage (facts 1.3).

use http::StatusCode;
use serde_json::{Value, json};

use super::reply::Reply;

/// An error reply in the making.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) code: StatusCode,
    /// A `google.rpc.Code` name.
    pub(crate) status: &'static str,
    pub(crate) message: String,
    pub(crate) details: Vec<Value>,
    /// Cloud Storage's name for it, such as `conditionNotMet`.
    reason: &'static str,
    pub(crate) retry_after: Option<u64>,
}

/// Services whose errors are lists.
const LISTS_ERRORS: [&str; 4] = [
    "bigquery.googleapis.com",
    "storage.googleapis.com",
    "compute.googleapis.com",
    "sqladmin.googleapis.com",
];

/// Captured word for word in many public bug reports (facts 1.1).
pub(crate) const CONFLICT: &str = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.";

impl ApiError {
    fn new(
        code: StatusCode,
        status: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> ApiError {
        ApiError {
            code,
            status,
            message: message.into(),
            details: Vec::new(),
            reason,
            retry_after: None,
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "INVALID_ARGUMENT",
            "invalid",
            message,
        )
    }

    /// An invalid request with a `BadRequest` detail for one field.
    pub(crate) fn bad_field(field: &str, message: &str) -> ApiError {
        let mut violation = json!({ "description": message });
        if !field.is_empty() {
            violation = json!({ "field": field, "description": message });
        }
        ApiError::invalid(message).with_detail(
            json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation] }),
        )
    }

    pub(crate) fn conflict() -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "ABORTED", "aborted", CONFLICT)
    }

    /// Cloud Storage's answer to a stale etag; its body for IAM is [U].
    pub(crate) fn precondition() -> ApiError {
        let message = "At least one of the pre-conditions you specified did not hold.";
        ApiError::new(
            StatusCode::PRECONDITION_FAILED,
            "FAILED_PRECONDITION",
            "conditionNotMet",
            message,
        )
    }

    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "notFound", message)
    }

    pub(crate) fn already_exists(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "ALREADY_EXISTS", "duplicate", message)
    }

    pub(crate) fn throttled(retry_after: Option<u64>) -> ApiError {
        let message = "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute'.";
        let mut error = ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "rateLimitExceeded",
            message,
        );
        error.retry_after = retry_after;
        error.with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
        }))
    }

    pub(crate) fn internal() -> ApiError {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "backendError",
            "Internal error encountered.",
        )
    }

    pub(crate) fn unavailable() -> ApiError {
        let message = "The service is currently unavailable.";
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "backendError",
            message,
        )
    }

    pub(crate) fn deadline() -> ApiError {
        let message = "Deadline expired before operation could complete.";
        ApiError::new(
            StatusCode::GATEWAY_TIMEOUT,
            "DEADLINE_EXCEEDED",
            "backendError",
            message,
        )
    }

    /// A refusal in the service's own words.
    pub(crate) fn forbidden(message: impl Into<String>) -> ApiError {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "forbidden",
            message,
        )
    }

    /// The caller lacks a permission, or the resource does not exist: IAM does not tell which.
    pub(crate) fn denied(service: &str, permission: &str, resource: &str) -> ApiError {
        let (reason, message) = match service {
            "container.googleapis.com" => (
                "forbidden",
                format!("Required \"{permission}\" permission(s) for \"{resource}\"."),
            ),
            "compute.googleapis.com" => (
                "forbidden",
                format!("Required '{permission}' permission for '{resource}'"),
            ),
            "bigquery.googleapis.com" => (
                "accessDenied",
                format!(
                    "Access Denied: Project {project}: User does not have {permission} permission in project {project}.",
                    project = resource.strip_prefix("projects/").unwrap_or(resource),
                ),
            ),
            "sqladmin.googleapis.com" => (
                "notAuthorized",
                format!(
                    "boss::NOT_AUTHORIZED: Not authorized to access resource. Possibly missing permission \
                     {permission} on resource {resource}."
                ),
            ),
            _ => (
                "forbidden",
                format!(
                    "Permission '{permission}' denied on resource '//{service}/{resource}' (or it may not exist)."
                ),
            ),
        };
        ApiError::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", reason, message).with_detail(
            json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": service,
                "metadata": { "permission": permission, "resource": resource },
            }),
        )
    }

    /// Why no token of a service account is minted: a captured body (facts 1.3), which names IAM as the
    /// domain and does not repeat the account.
    pub(crate) fn denied_account(permission: &str) -> ApiError {
        let message =
            format!("Permission '{permission}' denied on resource (or it may not exist).");
        ApiError::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "forbidden",
            message,
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "iam.googleapis.com",
            "metadata": { "permission": permission },
        }))
    }

    pub(crate) fn denied_bucket(caller: &str, permission: &str) -> ApiError {
        let message = format!(
            "{caller} does not have {permission} access to the Google Cloud Storage bucket. \
             Permission '{permission}' denied on resource (or it may not exist)."
        );
        ApiError::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "forbidden",
            message,
        )
    }

    pub(crate) fn denied_object(caller: &str, permission: &str) -> ApiError {
        ApiError::forbidden(format!(
            "{caller} does not have {permission} access to the Google Cloud Storage object. \
             Permission '{permission}' denied on resource (or it may not exist)."
        ))
    }

    /// The token's scopes do not cover the call, whatever its person may do.
    pub(crate) fn insufficient_scopes(service: &str, operation: &str) -> ApiError {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": {"service": service, "method": operation},
        }))
    }

    pub(crate) fn unauthenticated(
        service: &str,
        operation: &str,
        problem: Unauthenticated,
    ) -> ApiError {
        let (opening, reason) = match problem {
            Unauthenticated::Missing => (
                "Request is missing required authentication credential.",
                "CREDENTIALS_MISSING",
            ),
            Unauthenticated::Unknown => (
                "Request had invalid authentication credentials.",
                "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            ),
            Unauthenticated::Expired => (
                "Request had invalid authentication credentials.",
                "ACCESS_TOKEN_EXPIRED",
            ),
        };
        let message = format!(
            "{opening} Expected OAuth 2 access token, login cookie or other valid authentication credential. \
             See https://developers.google.com/identity/sign-in/web/devconsole-project."
        );
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "authError",
            message,
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
            "metadata": { "service": service, "method": operation },
        }))
    }

    pub(crate) fn with_detail(mut self, detail: Value) -> ApiError {
        self.details.push(detail);
        self
    }

    /// The body in the style of the service.
    pub(crate) fn into_reply(self, service: &str) -> Reply {
        if service == crate::kubernetes::SERVICE {
            return crate::kubernetes::status(&self);
        }
        let code = self.code.as_u16();
        let error = if LISTS_ERRORS.contains(&service) {
            let mut entry =
                json!({ "message": self.message, "domain": "global", "reason": self.reason });
            if self.reason == "conditionNotMet" {
                entry["locationType"] = json!("header");
                entry["location"] = json!("If-Match");
            }
            json!({ "code": code, "message": self.message, "errors": [entry] })
        } else {
            let mut error = json!({ "code": code, "message": self.message, "status": self.status });
            if !self.details.is_empty() {
                error["details"] = Value::Array(self.details);
            }
            error
        };
        let mut reply = Reply::json(&json!({ "error": error })).with_status(self.code);
        if let Some(seconds) = self.retry_after {
            reply = reply.with_header("retry-after", &seconds.to_string());
        }
        if self.code == StatusCode::UNAUTHORIZED {
            let challenge =
                "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
            reply = reply.with_header("www-authenticate", challenge);
        }
        reply
    }
}

/// What is wrong with the bearer token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unauthenticated {
    Missing,
    Unknown,
    Expired,
}
