//! Objects of buckets: written in every way that clients know, read whole and in part, listed, and guarded.

use crate::client::{Client, started};
use reqwest::Method;
use serde_json::{Value, json};

const DEPLOYER: &str = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";
const BUCKET: &str = "/storage/v1/b/logs-acme-prod/o";
const UPLOAD: &str = "/upload/storage/v1/b/logs-acme-prod/o";

async fn sent(
    client: &Client,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> reqwest::Response {
    let mut request = client
        .http
        .request(method, format!("{}{path}", client.base))
        .bearer_auth(&client.token)
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn put(client: &Client, name: &str, content: &str) -> Value {
    let path = format!("{UPLOAD}?uploadType=media&name={name}");
    let kind = [("content-type", "text/plain")];
    let reply = sent(client, Method::POST, &path, &kind, content).await;
    assert_eq!(reply.status(), 200);
    reply.json().await.unwrap()
}

#[tokio::test]
async fn an_object_has_the_hashes_and_the_generation_that_clients_check() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    let first = put(&deployer, "states%2Fone", "123456789").await;
    assert_eq!(first["crc32c"], "4waSgw==");
    assert_eq!(first["md5Hash"], "JfnnlDI7RTiF9RgfG2JNCw==");
    assert_eq!(first["size"], "9");
    assert_eq!(first["contentType"], "text/plain");
    let second = put(&deployer, "states%2Fone", "1234567890").await;
    let number = |object: &Value| {
        object["generation"]
            .as_str()
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    assert!(number(&second) > number(&first));

    let object = format!("{BUCKET}/states%2Fone");
    let read = sent(
        &deployer,
        Method::GET,
        &format!("{object}?alt=media"),
        &[("range", "bytes=2-4")],
        "",
    )
    .await;
    assert_eq!(read.status(), 206);
    assert_eq!(read.headers()["content-range"], "bytes 2-4/10");
    assert_eq!(read.text().await.unwrap(), "345");
    let by_path = deployer.get("/logs-acme-prod/states/one").await;
    assert_eq!((by_path.status, by_path.text.as_str()), (200, "1234567890"));
    assert_eq!(
        by_path.headers["x-goog-generation"],
        second["generation"].as_str().unwrap()
    );
    let older = format!("{object}?generation={}", number(&first));
    assert_eq!(deployer.get(&older).await.status, 404);
    let absent = deployer.get(&format!("{BUCKET}/none")).await;
    assert_eq!(
        absent.json()["error"]["message"],
        "No such object: logs-acme-prod/none"
    );
    assert_eq!(deployer.get("/logs-acme-prod/none").await.status, 404);
    assert!(
        deployer
            .get("/no-such-bucket/none")
            .await
            .text
            .contains("was not found on this server")
    );
}

#[tokio::test]
async fn of_two_who_create_or_replace_one_loses() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    let create = format!("{UPLOAD}?uploadType=media&name=lock&ifGenerationMatch=0");
    let won = sent(&deployer, Method::POST, &create, &[], "a").await;
    let generation = won.json::<Value>().await.unwrap()["generation"].clone();
    let lost = sent(&deployer, Method::POST, &create, &[], "b").await;
    assert_eq!(lost.status(), 412);
    let error: Value = lost.json().await.unwrap();
    assert_eq!(error["error"]["errors"][0]["reason"], "conditionNotMet");
    let lock = |generation: &str| format!("{BUCKET}/lock?ifGenerationMatch={generation}");
    assert_eq!(deployer.delete(&lock("1")).await.status, 412);
    assert_eq!(
        deployer
            .delete(&lock(generation.as_str().unwrap()))
            .await
            .status,
        204
    );
    assert_eq!(deployer.delete(&lock("1")).await.status, 404);
}

#[tokio::test]
async fn metadata_comes_with_the_content_or_before_it_in_pieces() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    let parts = "--b\r\ncontent-type: application/json\r\n\r\n{\"name\": \"a\", \"metadata\": {\"k\": \"v\"}, \"md5Hash\": \"JfnnlDI7RTiF9RgfG2JNCw==\"}\r\n--b\r\ncontent-type: text/css\r\n\r\n123456789\r\n--b--";
    let related = [("content-type", "multipart/related; boundary=b")];
    let multipart = format!("{UPLOAD}?uploadType=multipart");
    let stored: Value = sent(&deployer, Method::POST, &multipart, &related, parts)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&stored["metadata"]["k"], &stored["contentType"]),
        (&json!("v"), &json!("text/css"))
    );
    let broken = parts.replace("123456789", "12345678");
    let refused = sent(&deployer, Method::POST, &multipart, &related, &broken).await;
    assert_eq!(refused.status(), 400);

    let begin = format!("/resumable{UPLOAD}?uploadType=resumable");
    let kind = [("x-upload-content-type", "text/csv")];
    let begun = sent(
        &deployer,
        Method::POST,
        &begin,
        &kind,
        "{\"name\": \"big\"}",
    )
    .await;
    let location = begun.headers()["location"].to_str().unwrap().to_owned();
    let path = location.strip_prefix(&sandbox.base_url()).unwrap();
    let piece = |range: &'static str, body: &'static str| {
        let deployer = deployer.clone();
        async move {
            sent(
                &deployer,
                Method::PUT,
                path,
                &[("content-range", range)],
                body,
            )
            .await
        }
    };
    let first = piece("bytes 0-4/*", "12345").await;
    assert_eq!(
        (first.status().as_u16(), &first.headers()["range"]),
        (308, &"bytes=0-4".parse().unwrap())
    );
    let asked = piece("bytes */9", "").await;
    assert_eq!(asked.headers()["range"], "bytes=0-4");
    let whole = piece("bytes 5-8/9", "6789").await;
    let stored: Value = whole.json().await.unwrap();
    assert_eq!(
        (&stored["crc32c"], &stored["contentType"]),
        (&json!("4waSgw=="), &json!("text/csv"))
    );
    assert_eq!(piece("bytes 5-8/9", "6789").await.status(), 404);
}

#[tokio::test]
async fn a_listing_has_folders_and_pages() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    for name in ["a", "b%2F1", "b%2F2", "b%2Fc%2F3", "d"] {
        put(&deployer, name, "x").await;
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..10 {
        let page = deployer
            .get(&format!(
                "{BUCKET}?delimiter=/&maxResults=1&pageToken={token}"
            ))
            .await
            .ok();
        let items = page["items"].as_array().into_iter().flatten();
        seen.extend(items.map(|item| item["name"].as_str().unwrap().to_owned()));
        let prefixes = page["prefixes"].as_array().into_iter().flatten();
        seen.extend(prefixes.map(|prefix| prefix.as_str().unwrap().to_owned()));
        let Some(next) = page["nextPageToken"].as_str() else {
            break;
        };
        token = next.replace('/', "%2F");
    }
    assert_eq!(seen, ["a", "b/", "d"]);
    let below = deployer
        .get(&format!("{BUCKET}?prefix=b/&delimiter=/"))
        .await
        .ok();
    assert_eq!(below["prefixes"], json!(["b/c/"]));
    assert_eq!(below["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_touch_needs_its_permission_and_a_condition_sees_the_object() {
    let sandbox = started().await;
    let deployer = Client::new(&sandbox, DEPLOYER);
    put(&deployer, "states%2Fone", "x").await;
    put(&deployer, "other", "x").await;
    let mallory = Client::new(&sandbox, "user:mallory@example.com");
    for path in [
        format!("{BUCKET}/other"),
        BUCKET.to_owned(),
        "/logs-acme-prod/other".to_owned(),
    ] {
        assert_eq!(mallory.get(&path).await.status, 403, "{path}");
    }
    assert_eq!(mallory.delete(&format!("{BUCKET}/other")).await.status, 403);
    let write = format!("{UPLOAD}?uploadType=media&name=mine");
    assert_eq!(
        sent(&mallory, Method::POST, &write, &[], "x")
            .await
            .status(),
        403
    );

    let condition = json!({"title": "t", "expression": "resource.name.startsWith('projects/_/buckets/logs-acme-prod/objects/states/')"});
    let viewer = json!({"role": "roles/storage.objectViewer", "members": ["user:mallory@example.com"], "condition": condition});
    let policy = json!({"version": 3, "bindings": [viewer]});
    sandbox
        .cloud()
        .put_policy("buckets/logs-acme-prod", policy)
        .unwrap();
    assert_eq!(
        mallory.get(&format!("{BUCKET}/states%2Fone")).await.status,
        200
    );
    let denied = mallory.get(&format!("{BUCKET}/other")).await;
    let message = denied.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("storage.objects.get") && message.contains("mallory@example.com"),
        "{message}"
    );
    // One who may not list is not told what is absent.
    assert_eq!(
        mallory.get(&format!("{BUCKET}/states%2Fnone")).await.status,
        403
    );
}
