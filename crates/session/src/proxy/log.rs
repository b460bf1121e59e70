//! What is told of each request: enough to find it again, and nothing that opens anything.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use tokio::time::Instant;

/// Longest host or path that is told, in characters.
const LONGEST: usize = 1024;

/// Takes one entry after the other; it must not block.
pub type Log = Arc<dyn Fn(&Entry<'_>) + Send + Sync>;

/// One request that is over. Its headers and its query, which may hold secrets, are not in it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The method; `CONNECT` if the request did not get as far as a host.
    pub method: &'a str,
    /// The host, with its port if that is not 443; as the client wrote it if it was refused.
    pub host: &'a str,
    /// The path without the query.
    pub path: &'a str,
    /// The status that the client got; 0 if it went away before.
    pub status: u16,
    /// From the request's head to the last byte of the answer.
    pub duration: Duration,
    /// Bytes of the body towards the host.
    pub bytes_sent: u64,
    /// Bytes of the answer's body.
    pub bytes_received: u64,
}

/// One line, in which nothing that a client wrote can pass for a line or a colour.
impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {:.1} ms {} B sent {} B received",
            Visible(self.method),
            Visible(self.host),
            Visible(self.path),
            self.status,
            self.duration.as_secs_f64() * 1_000.0,
            self.bytes_sent,
            self.bytes_received
        )
    }
}

/// A text of which each character that is not a plain visible one is written as an escape.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        for character in self.0.chars().take(LONGEST) {
            if character.is_ascii_graphic() && character != '\\' {
                write!(f, "{character}")?;
            } else if character == ' ' {
                // It would pass for the end of a field.
                write!(f, "{}", character.escape_unicode())?;
            } else {
                write!(f, "{}", character.escape_default())?;
            }
        }
        Ok(())
    }
}

/// An entry in the making. Both bodies hold it; it is told when the last of them is gone.
pub(super) struct Record {
    log: Log,
    method: Method,
    host: String,
    uri: Uri,
    began: Instant,
    status: AtomicU16,
    sent: AtomicU64,
    received: AtomicU64,
}

/// None where nobody listens.
pub(super) type Recording = Option<Arc<Record>>;

impl Record {
    pub(super) fn begin(log: Option<&Log>, method: &Method, host: &str, uri: &Uri) -> Recording {
        log.map(|log| {
            Arc::new(Self {
                log: Arc::clone(log),
                method: method.clone(),
                host: host.to_owned(),
                uri: uri.clone(),
                began: Instant::now(),
                status: AtomicU16::new(0),
                sent: AtomicU64::new(0),
                received: AtomicU64::new(0),
            })
        })
    }

    pub(super) fn status(&self, status: StatusCode) {
        self.status.store(status.as_u16(), Ordering::Relaxed);
    }

    pub(super) fn sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        (self.log)(&Entry {
            method: self.method.as_str(),
            host: &self.host,
            path: self.uri.path(),
            status: *self.status.get_mut(),
            duration: self.began.elapsed(),
            bytes_sent: *self.sent.get_mut(),
            bytes_received: *self.received.get_mut(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_has_no_query() {
        let entry = Entry {
            method: "GET",
            host: "evil.example\r\nGET \u{1b}[31m\u{202e}\\n",
            path: "",
            status: 403,
            duration: Duration::from_micros(1_500),
            bytes_sent: 1,
            bytes_received: 2,
        };
        assert_eq!(
            entry.to_string(),
            "GET evil.example\\r\\nGET\\u{20}\\u{1b}[31m\\u{202e}\\\\n - 403 1.5 ms 1 B sent 2 B received"
        );
    }
}
