//! Something in Google's place whose answers a test makes up.

use std::fs;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::{Value, json};

use crate::person::Person;

/// A person whose Google answers so: a path and a body come in, a status and a body go out.
pub(crate) async fn person_of(
    answer: impl Fn(&str, &Value) -> (u16, Value) + Clone + Send + Sync + 'static,
) -> Person {
    let handle = async move |uri: Uri, body: Bytes| -> Response {
        if uri.path() == "/v1/token" {
            let token = json!({
                "access_token": "token-of-the-test",
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer",
                "expires_in": 3600,
            });
            return json_reply(200, &token);
        }
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let (status, reply) = answer(uri.path(), &body);
        json_reply(status, &reply)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/{*path}", any(handle));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let person = Person::with(&[
        ("DAYPASS_SANDBOX", &base),
        ("CLOUDSDK_CORE_PROJECT", "acme-prod"),
    ]);
    let subject = person.home().join("subject");
    fs::write(&subject, "a-subject-token").unwrap();
    let credentials = person.home().join("credentials.json");
    let file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/people/providers/sandbox",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "token_url": format!("{base}/v1/token"),
        "credential_source": {"file": subject},
    });
    fs::write(&credentials, file.to_string()).unwrap();
    let path = credentials.to_str().unwrap().to_owned();
    person.and("GOOGLE_APPLICATION_CREDENTIALS", &path)
}

/// Google's refusal.
pub(crate) fn denied(permission: &str) -> (u16, Value) {
    let message = format!("Permission '{permission}' denied on resource (or it may not exist).");
    (
        403,
        json!({"error": {"code": 403, "message": message, "status": "PERMISSION_DENIED"}}),
    )
}

fn json_reply(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, body.to_string()).into_response()
}
