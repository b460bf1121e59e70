//! What is told of requests, and what is not.

use http::Request;
use http_body_util::Full;

use crate::client::{read, shown, shown_as};
use crate::world::{HOST, SECRET, TOKEN, World};

#[tokio::test]
async fn an_entry_tells_what_was_asked_without_query_headers_and_secrets() {
    let world = World::start().await;
    let mut connection = world.http1().await;
    let request =
        Request::post("/upload/storage/v1/b/x/o?name=secret-query&access_token=secret-query")
            .header("host", HOST)
            .header("authorization", "Bearer secret-header")
            .header("x-goog-api-key", "secret-header")
            .body(Full::from("12345678"))
            .unwrap();
    let answer = connection.send_request(request).await.unwrap();
    assert_eq!(read(answer).await.0, 200);
    let lines = world.log_with("/upload").await;
    let line = lines.iter().find(|line| line.contains("/upload")).unwrap();
    let expected = format!("POST {HOST} /upload/storage/v1/b/x/o 200 ");
    assert!(line.starts_with(&expected), "{line}");
    assert!(line.ends_with(" ms 8 B sent 5 B received"), "{line}");

    for said in [
        format!("CONNECT evil.example:443 HTTP/1.1\r\n{}\r\n", shown()),
        format!(
            "CONNECT {HOST}:443 HTTP/1.1\r\n{}\r\n",
            shown_as("Basic", "daypass:secret-wrong")
        ),
        format!(
            "GET http://evil.example/a\u{7f}b?secret-query HTTP/1.1\r\n{}\r\n",
            shown()
        ),
        format!("GET http://x:{SECRET}@evil.example/p?secret-query HTTP/1.1\r\n\r\n"),
    ] {
        world.status(&said).await;
    }
    let lines = world.log_with("/p").await;
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("CONNECT evil.example:443 - 403 "))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(&format!("CONNECT {HOST}:443 - 407 ")))
    );
    let all = lines.join("\n");
    for secret in [TOKEN, "canary", SECRET, "secret-", "Bearer", "Basic"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert!(
        lines
            .iter()
            .all(|line| line.chars().all(|c| c.is_ascii_graphic() || c == ' '))
    );
}
