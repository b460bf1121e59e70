//! The client: as little as can be between the figures and the way, and the same on all ways.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::path::Stream;

/// What is read at once.
const READ_AT_ONCE: usize = 128 * 1024;

/// A connection on which requests of HTTP/1.1 go one after the other.
///
/// It is kept until the other side closes it. One that only says `Connection: close` and goes on, as goproxy does in
/// every answer, is taken by its deeds: other clients would open a new connection for each request, and it would look
/// many times slower.
pub struct Client {
    stream: Stream,
    /// What goes into every request, after its first line.
    headers: String,
    buffer: Vec<u8>,
    /// The part of the buffer that was received and is not read yet.
    from: usize,
    to: usize,
}

impl Client {
    pub(super) fn new(stream: Stream, headers: String) -> Self {
        Self {
            stream,
            headers,
            buffer: vec![0; READ_AT_ONCE],
            from: 0,
            to: 0,
        }
    }

    /// Asks, and reads the answer to its end; how many bytes it had.
    pub async fn get(&mut self, path: &str) -> usize {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.headers);
        let sent = self.stream.write_all(request.as_bytes()).await;
        sent.expect("the connection is kept");
        self.stream.flush().await.expect("the connection is kept");
        let status = self.line().await;
        assert!(status.starts_with("HTTP/1.1 200"), "{status}");
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length is a number");
            }
            if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = value.trim().eq_ignore_ascii_case("chunked");
            }
        }
        if is_chunked {
            self.chunks().await
        } else {
            self.pass(length).await;
            length
        }
    }

    async fn chunks(&mut self) -> usize {
        let mut length = 0;
        loop {
            let line = self.line().await;
            let chunk = usize::from_str_radix(&line, 16).expect("a length is a number");
            self.pass(chunk).await;
            // No chunk, and no trailer either, without an end of the line.
            assert_eq!(self.line().await, "");
            if chunk == 0 {
                return length;
            }
            length += chunk;
        }
    }

    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        loop {
            let received = &self.buffer[self.from..self.to];
            if let Some(end) = received.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&received[..end]);
                self.from += end + 1;
                line.pop_if(|byte| *byte == b'\r');
                return String::from_utf8(line).expect("a head is a text");
            }
            line.extend_from_slice(received);
            self.receive().await;
        }
    }

    /// Reads so many bytes, and keeps none.
    async fn pass(&mut self, mut length: usize) {
        while length > self.to - self.from {
            length -= self.to - self.from;
            self.receive().await;
        }
        self.from += length;
    }

    async fn receive(&mut self) {
        let received = self.stream.read(&mut self.buffer).await;
        self.from = 0;
        self.to = received.expect("the answer comes whole");
        assert!(self.to > 0, "the answer comes whole");
    }
}
