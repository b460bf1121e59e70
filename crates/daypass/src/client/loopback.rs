//! Where the browser ends up after sign-in: one request to a port of this machine (RFC 8252, section 7.3).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::error::Error;

/// A browser may open connections that it never uses; each is given up after this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The head of a browser's request is a few hundred bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// A sign-in code is short.
const LONGEST_CODE: usize = 512;

const PAGE_SIGNED_IN: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Signed in</title><h1>You are signed in</h1><p>Go back to the terminal; this page may be closed.";
const PAGE_NOTHING: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Nothing here</title><p>This address serves one sign-in of the command <code>daypass</code>.";

/// A listener for one sign-in.
pub(crate) struct Loopback {
    listener: TcpListener,
    port: u16,
}

impl Loopback {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn bind() -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::SignIn {
            message: format!("cannot listen on 127.0.0.1 for the browser: {error}"),
            hint: "daypass login --no-browser".into(),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The code that the browser brings. Other requests are answered and change nothing: only the code that matches
    /// our challenge is worth anything, and the server checks that.
    pub(crate) async fn code(self) -> Option<String> {
        let (sender, mut receiver) = mpsc::channel(1);
        let port = self.port;
        loop {
            tokio::select! {
                code = receiver.recv() => return code,
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        if let Ok(Some(code)) = tokio::time::timeout(REQUEST_TIMEOUT, serve(stream, port)).await {
                            // A second code, after the first was taken, has no reader and needs none.
                            let _ = sender.send(code).await;
                        }
                    });
                }
            }
        }
    }
}

/// Answers one request; the code, if it brings one.
async fn serve(mut stream: TcpStream, port: u16) -> Option<String> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 || head.len() + count > LARGEST_HEAD {
            return None;
        }
        head.extend_from_slice(&buffer[..count]);
    }
    let code = code_of(std::str::from_utf8(&head).ok()?, port);
    let (status, page) = if code.is_some() {
        ("200 OK", PAGE_SIGNED_IN)
    } else {
        ("404 Not Found", PAGE_NOTHING)
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: default-src 'none'\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    // The code counts even if the browser is gone before it has seen the page.
    let _ = stream.shutdown().await;
    code
}

/// The code in `GET /callback?code=…` with our own `Host` (another name that leads here is an attack by DNS).
fn code_of(head: &str, port: u16) -> Option<String> {
    let mut lines = head.split("\r\n");
    let target = lines
        .next()?
        .strip_prefix("GET ")?
        .strip_suffix(" HTTP/1.1")?;
    let host = lines
        .find_map(|line| {
            line.split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        })?
        .1;
    if host.trim() != format!("127.0.0.1:{port}") {
        return None;
    }
    let url = url::Url::parse(&format!("http://127.0.0.1{target}")).ok()?;
    code_in(&url)
}

/// The code of a callback address.
pub(super) fn code_in(url: &url::Url) -> Option<String> {
    if url.path() != "/callback" {
        return None;
    }
    let (_, code) = url.query_pairs().find(|(name, _)| name == "code")?;
    (!code.is_empty() && code.len() <= LONGEST_CODE && code.chars().all(|c| c.is_ascii_graphic()))
        .then(|| code.into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_our_own_callback_brings_a_code() {
        let request =
            |first: &str, host: &str| format!("{first}\r\nAccept: */*\r\nhost: {host}\r\n\r\n");
        let good = "GET /callback?code=abc-1 HTTP/1.1";
        assert_eq!(
            code_of(&request(good, "127.0.0.1:7"), 7).as_deref(),
            Some("abc-1")
        );
        for (first, host) in [
            (good, "evil.example.com:7"),
            (good, "127.0.0.1:8"),
            ("POST /callback?code=abc HTTP/1.1", "127.0.0.1:7"),
            ("GET /favicon.ico HTTP/1.1", "127.0.0.1:7"),
            ("GET /callback?code= HTTP/1.1", "127.0.0.1:7"),
            ("GET /callback?code=a%0ab HTTP/1.1", "127.0.0.1:7"),
        ] {
            assert_eq!(code_of(&request(first, host), 7), None, "{first} {host}");
        }
    }

    #[tokio::test]
    async fn idle_and_foreign_connections_do_not_keep_the_code_away() {
        let loopback = Loopback::bind().await.unwrap();
        let port = loopback.port();
        let waiting = tokio::spawn(loopback.code());
        let _idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        for target in ["/favicon.ico", "/callback?code=the-code"] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream
                .write_all(
                    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes(),
                )
                .await
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(
                answer.starts_with("HTTP/1.1 200"),
                target.starts_with("/callback"),
                "{answer}"
            );
        }
        assert_eq!(waiting.await.unwrap().as_deref(), Some("the-code"));
    }
}
