//! A reply before it is written to the wire.

use axum::body::Bytes;
use http::StatusCode;
use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(value: &Value) -> Reply {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Reply::new("application/json; charset=UTF-8", body)
    }

    pub(crate) fn html(text: impl Into<String>) -> Reply {
        Reply::new("text/html; charset=UTF-8", text.into().into_bytes())
    }

    fn new(content_type: &str, body: Vec<u8>) -> Reply {
        Reply::of_type(content_type, Bytes::from(body))
    }

    pub(crate) fn of_type(content_type: &str, body: Bytes) -> Reply {
        Reply {
            status: StatusCode::OK,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body,
        }
    }

    pub(crate) fn empty(status: StatusCode) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn redirect(location: &str) -> Reply {
        Reply::empty(StatusCode::FOUND).with_header("location", location)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Reply {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The page of an intermediary, not of an API.
    pub(crate) fn error_page(status: StatusCode, words: &str) -> Reply {
        let code = status.as_u16();
        let reason = status.canonical_reason().unwrap_or_default();
        let page = format!(
            "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Error {code} ({reason})!!1</title>\n\
             <p><b>{code}.</b> <ins>That’s an error.</ins>\n<p>{words} <ins>That’s all we know.</ins>\n"
        );
        Reply::html(page).with_status(status)
    }
}
