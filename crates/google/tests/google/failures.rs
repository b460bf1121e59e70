//! Each way in which a call can fail, read and write.

use std::time::Duration;

use daypass_core::iam_policy::Policy;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::{Iam, IamError};
use daypass_google::Google;
use serde_json::{Value, json};

use crate::fake::{Fake, Reply};

pub(crate) fn project() -> ResourceName {
    "projects/acme-prod".parse().unwrap()
}

pub(crate) fn reason() -> RequestReason {
    RequestReason::of_batch(batch(), &[batch()])
}

fn batch() -> GrantId {
    GrantId::new("2026-11-21T09:00:00Z".parse().unwrap(), [7; 10])
}

pub(crate) fn kind(error: &IamError) -> &'static str {
    match error {
        IamError::Conflict => "conflict",
        IamError::Refused { .. } => "refused",
        IamError::Forbidden { .. } => "forbidden",
        IamError::NotFound { .. } => "not found",
        IamError::Unauthenticated { .. } => "unauthenticated",
        IamError::Throttled { .. } => "throttled",
        IamError::Unavailable { .. } => "unavailable",
        IamError::Ambiguous { .. } => "ambiguous",
        IamError::Malformed { .. } => "malformed",
    }
}

/// What a read and a write come to.
async fn both(google: &Google) -> (IamError, IamError) {
    let policy = Policy::from_json(json!({"etag": "ACAB"})).unwrap();
    let read = google.get_policy(&project()).await.unwrap_err();
    let write = google
        .set_policy(&project(), &policy, &reason())
        .await
        .unwrap_err();
    (read, write)
}

async fn kinds_of(reply: Reply) -> (&'static str, &'static str) {
    let fake = Fake::start(move |_| reply.clone()).await;
    let (read, write) = both(&fake.google().await).await;
    (kind(&read), kind(&write))
}

fn rpc(code: u16, status: &str) -> Reply {
    Reply::Json(
        code,
        json!({"error": {"code": code, "message": "words", "status": status}}),
    )
}

fn older(code: u16, reason: &str) -> Reply {
    Reply::Json(
        code,
        json!({"error": {"code": code, "message": "words", "errors": [{"domain": "global", "reason": reason, "message": "words"}]}}),
    )
}

fn html(code: u16) -> Reply {
    Reply::Plain(
        code,
        vec![("content-type", "text/html".into())],
        "<html><title>Error</title></html>".into(),
    )
}

#[tokio::test]
async fn statuses_and_bodies() {
    let throttled = Reply::Json(
        403,
        json!({"error": {"code": 403, "message": "w", "status": "PERMISSION_DENIED", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]}}),
    );
    for (reply, expected) in [
        (rpc(409, "ABORTED"), ("conflict", "conflict")),
        (older(412, "conditionNotMet"), ("conflict", "conflict")),
        (rpc(400, "INVALID_ARGUMENT"), ("refused", "refused")),
        (html(400), ("refused", "refused")),
        (
            rpc(401, "UNAUTHENTICATED"),
            ("unauthenticated", "unauthenticated"),
        ),
        (rpc(403, "PERMISSION_DENIED"), ("forbidden", "forbidden")),
        (older(403, "forbidden"), ("forbidden", "forbidden")),
        (older(403, "rateLimitExceeded"), ("throttled", "throttled")),
        (
            older(403, "userRateLimitExceeded"),
            ("throttled", "throttled"),
        ),
        (throttled, ("throttled", "throttled")),
        (rpc(404, "NOT_FOUND"), ("not found", "not found")),
        (html(404), ("not found", "not found")),
        (rpc(429, "RESOURCE_EXHAUSTED"), ("throttled", "throttled")),
        (rpc(503, "UNAVAILABLE"), ("unavailable", "unavailable")),
        (rpc(500, "INTERNAL"), ("unavailable", "ambiguous")),
        (html(502), ("unavailable", "ambiguous")),
        (rpc(504, "DEADLINE_EXCEEDED"), ("unavailable", "ambiguous")),
        (html(200), ("malformed", "ambiguous")),
        (
            Reply::Json(200, json!(["not a policy"])),
            ("malformed", "ambiguous"),
        ),
        (
            Reply::Plain(200, Vec::new(), "{\"etag\": ".into()),
            ("unavailable", "ambiguous"),
        ),
        (
            Reply::Plain(200, Vec::new(), String::new()),
            ("unavailable", "ambiguous"),
        ),
        (
            Reply::Truncated("{\"etag\": \"ACAB\"}".into()),
            ("unavailable", "ambiguous"),
        ),
        (
            Reply::Plain(200, Vec::new(), format!("\"{}\"", "x".repeat(11 << 20))),
            ("malformed", "ambiguous"),
        ),
        (Reply::Reset, ("unavailable", "ambiguous")),
        (Reply::Stall, ("unavailable", "ambiguous")),
    ] {
        let shown: String = format!("{reply:?}").chars().take(160).collect();
        assert_eq!(kinds_of(reply).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn what_google_says_is_kept() {
    let info = |permission: &str| -> Value {
        json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED", "metadata": {"permission": permission}}])
    };
    for (error, expected) in [
        (
            json!({"message": "Permission 'a.b.set' denied", "details": info("a.b.setIamPolicy")}),
            Some("a.b.setIamPolicy"),
        ),
        (
            json!({"message": "Permission 'a.b.set' denied on resource (or it may not exist)."}),
            Some("a.b.set"),
        ),
        (
            json!({"message": "x@y.org does not have storage.buckets.getIamPolicy access to the Google Cloud Storage bucket."}),
            Some("storage.buckets.getIamPolicy"),
        ),
        (
            json!({"message": "The caller does not have permission"}),
            None,
        ),
    ] {
        let words = error["message"].as_str().unwrap().to_owned();
        let fake = Fake::start(move |_| Reply::Json(403, json!({ "error": error }))).await;
        let IamError::Forbidden {
            message,
            permission,
        } = both(&fake.google().await).await.0
        else {
            panic!("not forbidden")
        };
        assert_eq!((message, permission.as_deref()), (words, expected));
    }
    let fake = Fake::start(|_| {
        Reply::Json(
            400,
            json!({"error": {"message": "User z@example.com does not exist.\u{202e}"}}),
        )
    })
    .await;
    let IamError::Refused { message } = both(&fake.google().await).await.1 else {
        panic!("not refused")
    };
    assert_eq!(message, "User z@example.com does not exist.\\u{202e}");
}

#[tokio::test]
async fn waits_that_are_asked_for() {
    for (status, headers, expected) in [
        (429, vec![("retry-after", "7".to_owned())], Some(7)),
        (
            503,
            vec![
                ("retry-after", "Sat, 21 Nov 2026 09:00:20 GMT".into()),
                ("date", "Sat, 21 Nov 2026 09:00:00 GMT".into()),
            ],
            Some(20),
        ),
        (429, vec![("retry-after", "soon".into())], None),
        (503, Vec::new(), None),
    ] {
        let fake = Fake::start(move |_| Reply::Plain(status, headers.clone(), "{}".into())).await;
        let (IamError::Throttled { retry_after } | IamError::Unavailable { retry_after, .. }) =
            both(&fake.google().await).await.1
        else {
            panic!("neither throttled nor unavailable")
        };
        assert_eq!(retry_after, expected.map(Duration::from_secs), "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::start(|_| Reply::Json(200, json!({"etag": "ACAB"}))).await;
    for status in [301, 302, 307, 308] {
        let location = elsewhere.url.clone();
        assert_eq!(
            kinds_of(Reply::Plain(
                status,
                vec![("location", location)],
                String::new()
            ))
            .await,
            ("malformed", "ambiguous")
        );
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn nobody_there_means_no_effect() {
    let fake = Fake::start(|_| Reply::Reset).await;
    let mut options = fake.options();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    options
        .endpoints
        .insert("cloudresourcemanager".into(), nobody);
    let (read, write) = both(&Google::connect(options).await.unwrap()).await;
    assert_eq!((kind(&read), kind(&write)), ("unavailable", "unavailable"));
}

#[tokio::test]
async fn a_policy_without_an_etag_is_never_sent() {
    let fake = Fake::start(|_| Reply::Json(200, json!({"etag": "ACAB"}))).await;
    let blind = Policy::from_json(json!({"bindings": [], "etag": ""})).unwrap();
    let error = fake
        .google()
        .await
        .set_policy(&project(), &blind, &reason())
        .await
        .unwrap_err();
    assert_eq!(kind(&error), "refused");
    assert!(fake.seen().is_empty());
}
