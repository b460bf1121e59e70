//! Bodies on their way through: frame by frame as they come, trailers among them, and counted.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::log::{Record, Recording};
use super::request::{clean_answer, clean_request};

/// A body that is passed on. Nothing of it is kept.
pub(super) struct Passing {
    /// None: there is nothing to pass on.
    body: Option<Incoming>,
    record: Recording,
    count: fn(&Record, u64),
    /// Trailers are headers that come late: what may not be said before a body may not be said after it.
    clean: fn(&mut HeaderMap),
}

impl Passing {
    pub(super) fn to_host(body: Incoming, record: Recording) -> Self {
        Self {
            body: Some(body),
            record,
            count: Record::sent,
            clean: clean_request,
        }
    }

    /// The body of a request that has none.
    pub(super) fn nothing(record: Recording) -> Self {
        Self {
            body: None,
            record,
            count: Record::sent,
            clean: clean_request,
        }
    }

    pub(super) fn to_client(body: Incoming, record: Recording) -> Self {
        Self {
            body: Some(body),
            record,
            count: Record::received,
            clean: clean_answer,
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let mut polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &mut polled {
            if let Some(trailers) = frame.trailers_mut() {
                (this.clean)(trailers);
            }
            if let (Some(data), Some(record)) = (frame.data_ref(), &this.record) {
                (this.count)(record, data.len() as u64);
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let nothing = || SizeHint::with_exact(0);
        self.body.as_ref().map_or_else(nothing, Body::size_hint)
    }
}

/// What a client gets: a host's answer, or our own words.
pub(super) enum Answer {
    OfHost(Passing),
    Own(Full<Bytes>),
}

impl Answer {
    pub(super) fn empty() -> Self {
        Self::Own(Full::default())
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::OfHost(body) => Pin::new(body).poll_frame(context),
            Self::Own(body) => Pin::new(body)
                .poll_frame(context)
                .map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::OfHost(body) => body.is_end_stream(),
            Self::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::OfHost(body) => body.size_hint(),
            Self::Own(body) => body.size_hint(),
        }
    }
}

/// An answer in our own words, which say whose they are: a tool shows them as if the host had spoken.
pub(super) fn own_words(status: StatusCode, words: &str, record: &Recording) -> Response<Answer> {
    if let Some(record) = record {
        record.status(status);
    }
    let text = format!("Daypass: {words}\n");
    let mut response = Response::new(Answer::Own(Full::from(text)));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
