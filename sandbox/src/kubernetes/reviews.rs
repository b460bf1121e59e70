//! Who one is, and what one may do: `kubectl auth whoami` and `kubectl auth can-i`.

use http::StatusCode;
use serde_json::{Value, json};

use super::protobuf;
use super::{SERVICE, cluster};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

pub(super) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "POST",
        "apis/authentication.k8s.io/v1/selfsubjectreviews",
        "selfsubjectreviews.create",
        |_, call| Ok(who(call)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "selfsubjectaccessreviews.create",
        what,
    ),
];

fn who(call: &Call<'_>) -> Reply {
    let body = json!({
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {},
        "status": { "userInfo": {
            "username": call.caller.email(),
            "groups": ["system:authenticated"],
        } },
    });
    Reply::json(&body).with_status(StatusCode::CREATED)
}

fn what(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let mut review = protobuf::body(call.received, protobuf::access_review)?;
    let asked = &review["spec"]["resourceAttributes"];
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    // The one resource with two words in its name.
    let resource = match text("resource") {
        "configmaps" => "configMaps",
        other => other,
    };
    let permission = format!("container.{resource}.{}", text("verb"));
    let verdict = cloud.check(&call.caller.member, cluster(call), &permission, None);
    let status: Value = json!({ "allowed": verdict.allowed, "reason": verdict.why });
    review["kind"] = json!("SelfSubjectAccessReview");
    review["apiVersion"] = json!("authorization.k8s.io/v1");
    review["status"] = status;
    Ok(Reply::json(&review).with_status(StatusCode::CREATED))
}
