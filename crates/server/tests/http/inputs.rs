//! What the requester fills in.

use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn inputs_are_read_as_the_entitlement_says() {
    let server = Server::start().await;
    let body = r#"{"entitlement":"customer-data","justification":"x","input":{"ticket":"SUP-7","cause":"support","files":"3","consent":true}}"#;
    let grant = server.asked_by("alice", body).await;
    assert_eq!(
        grant["inputs"],
        json!({"ticket": "SUP-7", "cause": "support", "files": 3, "consent": true})
    );
    assert_eq!(
        grant["impersonations"],
        json!([{"service_account": "deployer@acme-prod.iam.gserviceaccount.com", "via": "broker", "token_max": "30m"}])
    );
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_refused_by_the_rule_of_inputs() {
    let server = Server::start().await;
    let alice = server.bearer("alice").await;
    for (input, said) in [
        (json!({}), "'ticket' is missing"),
        (json!({"ticket": "x", "cause": "support"}), "'ticket' is x"),
        // All at once.
        (
            json!({"ticket": "x", "files": "many"}),
            "'ticket' is x; 'cause' is missing: The cause; 'files' is many",
        ),
        (
            json!({"ticket": "SUP-1", "cause": "fun"}),
            "one of support, complaint",
        ),
        (
            json!({"ticket": "SUP-1", "cause": "support", "files": 1.5}),
            "an input is text, a whole number, true or false",
        ),
        (
            json!({"ticket": "SUP-1", "cause": "support", "colour": "red"}),
            "no input 'colour'",
        ),
    ] {
        let body = json!({"entitlement": "customer-data", "justification": "x", "input": input});
        let answer = server
            .post("/api/v1/grants", &alice, &body.to_string())
            .await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 403) && answer.body.contains(said),
            "{} for {body}: {}",
            answer.status,
            answer.body
        );
    }
}

#[tokio::test]
async fn the_entitlement_tells_the_fields() {
    let server = Server::start().await;
    let alice = server.bearer("alice").await;
    let one = server
        .get("/api/v1/entitlements/customer-data", &alice)
        .await
        .json();
    assert_eq!(
        one["inputs"][1],
        json!({"name": "cause", "type": "one of", "values": ["support", "complaint"], "title": "The cause", "required": true})
    );
    assert_eq!(
        one["privileges"][1]["impersonate"]["service_account"],
        "deployer@acme-prod.iam.gserviceaccount.com"
    );
}

#[tokio::test]
async fn the_form_keeps_what_was_typed_and_says_beside_each_field_what_is_wrong() {
    let server = Server::start().await;
    let alice = server.cookie("alice").await;
    let path = "/entitlements/customer-data";
    let form = server.call("GET", path, &[("cookie", &alice)], "").await;
    for field in ["ticket", "cause", "files", "consent"] {
        assert!(
            form.body.contains(&format!("for=\"input.{field}\""))
                && form.body.contains(&format!("name=\"input.{field}\"")),
            "{field}: {}",
            form.body
        );
    }
    let token = form.form_token();
    let send = async |inputs: &str| {
        let fields = format!("form_token={token}&duration=30m&justification=why&{inputs}");
        server.send_form(&alice, path, &fields).await
    };
    let refused = send("input.ticket=%3Cb%3E&input.cause=support&input.files=many").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    for shown in [
        "value=\"&#60;b&#62;\"",
        "<option value=\"support\" selected>",
        "id=\"input.ticket.problem\">Write text that matches ^SUP-[0-9]+$.",
        "id=\"input.files.problem\">Write a whole number.",
    ] {
        assert!(refused.body.contains(shown), "{shown}: {}", refused.body);
    }
    assert!(
        !refused.body.contains("input.cause.problem"),
        "{}",
        refused.body
    );
    let asked =
        send("input.ticket=SUP-1&input.cause=support&input.files=&input.consent=true").await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let page = server
        .call("GET", asked.header("location"), &[("cookie", &alice)], "")
        .await
        .body;
    assert!(
        page.contains("<dt>The ticket</dt>") && page.contains("SUP-1"),
        "{page}"
    );
}
