//! A server that answers what a test tells it to, byte by byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daypass_google::{Google, Options, Timeouts};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn token(&self) -> &str {
        self.headers
            .get("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    /// Status, headers, body.
    Plain(u16, Vec<(&'static str, String)>, String),
    /// More is announced than comes.
    Truncated(String),
    /// The connection ends without an answer.
    Reset,
    /// No answer within the test's patience.
    Stall,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
    folder: TempDir,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// Token requests are answered by the server itself with `own-1`, `own-2`, …; all else by `answer`.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (record, answer, tokens) =
            (Arc::clone(&seen), Arc::new(answer), Arc::new(Mutex::new(0)));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (record, answer, tokens) = (
                    Arc::clone(&record),
                    Arc::clone(&answer),
                    Arc::clone(&tokens),
                );
                tokio::spawn(async move {
                    let _ = serve(stream, |request| {
                        if request.target == "/v1/token" {
                            let mut count = tokens.lock().unwrap();
                            *count += 1;
                            return Reply::Json(200, json!({"access_token": format!("own-{count}"), "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 3600}));
                        }
                        record.lock().unwrap().push(request.clone());
                        answer(request)
                    })
                    .await;
                });
            }
        });
        Self {
            url,
            seen,
            task,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Everything that came in, but for token requests.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Options with credentials whose tokens come from this server.
    pub(crate) fn options(&self) -> Options {
        Options {
            credentials_file: Some(credentials(&self.folder, &self.url, "a-subject-token")),
            sandbox: true,
            endpoints: [
                "cloudresourcemanager",
                "storage",
                "iam",
                "pubsub",
                "secretmanager",
                "cloudkms",
                "compute",
                "iamcredentials",
            ]
            .into_iter()
            .map(|key| (key.to_owned(), self.url.clone()))
            .collect(),
            timeouts: Timeouts {
                connect: Duration::from_secs(2),
                whole: Duration::from_millis(400),
            },
            ..Options::default()
        }
    }

    pub(crate) async fn google(&self) -> Google {
        Google::connect(self.options()).await.unwrap()
    }
}

/// Writes credentials of a federated identity.
pub(crate) fn credentials(folder: &TempDir, base: &str, subject: &str) -> std::path::PathBuf {
    let subject_file = folder.path().join("subject");
    std::fs::write(&subject_file, subject).unwrap();
    let path = folder.path().join("credentials.json");
    let file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/people/providers/sandbox",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "token_url": format!("{base}/v1/token"),
        "credential_source": {"file": subject_file},
    });
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

async fn serve(mut stream: TcpStream, answer: impl Fn(&Seen) -> Reply) -> std::io::Result<()> {
    let request = read(&mut stream).await?;
    let (status, headers, body, length) = match answer(&request) {
        Reply::Json(status, body) => (status, Vec::new(), body.to_string(), None),
        Reply::Plain(status, headers, body) => (status, headers, body, None),
        Reply::Truncated(body) => {
            let length = body.len() + 100;
            (200, Vec::new(), body, Some(length))
        }
        Reply::Reset => return Ok(()),
        Reply::Stall => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            return Ok(());
        }
    };
    let length = length.unwrap_or(body.len());
    let mut head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", &value, "\r\n"]);
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .await?;
    stream.shutdown().await
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut start = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(str::to_owned);
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Ok(Seen {
        method: start.next().unwrap(),
        target: start.next().unwrap(),
        headers,
        body,
    })
}
