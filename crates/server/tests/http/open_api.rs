//! The description of the API says what the router does.

use std::collections::BTreeSet;

use daypass_server::{API_ROUTES, openapi};

const VERBS: [&str; 7] = [
    "approve", "deny", "withdraw", "extend", "revoke", "review", "token",
];

#[test]
fn routes_and_description_agree_both_ways() {
    let mut routed = BTreeSet::new();
    for (method, path) in API_ROUTES {
        if (method, path) == ("POST", "/grants/{id}") {
            routed.extend(VERBS.map(|verb| format!("POST /api/v1{path}:{verb}")));
        } else {
            routed.insert(format!("{method} /api/v1{path}"));
        }
    }
    let document = serde_json::to_value(openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        described.extend(
            item.as_object()
                .unwrap()
                .keys()
                .map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    assert_eq!(routed, described);
    let operations = || {
        document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
    };
    let ids: BTreeSet<&str> = operations()
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids.len(),
        operations().count(),
        "an operation id is there twice"
    );
}

#[tokio::test]
async fn every_route_of_the_table_leads_somewhere() {
    let server = crate::server::Server::start().await;
    for (method, path) in API_ROUTES {
        let path = format!("/api/v1{}", path.replace("{id}", "x"));
        let answer = server.call(method, &path, &[], "").await;
        assert!(
            matches!(answer.status.as_u16(), 200 | 401 | 415),
            "{method} {path}: {}",
            answer.status
        );
    }
}

#[test]
fn the_description_is_a_snapshot() {
    insta::assert_json_snapshot!(openapi());
}
