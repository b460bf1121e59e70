//! Bodies on their way through: frame by frame as they come, trailers among them, and counted.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::log::{Record, Recording};

/// A body that is passed on. Nothing of it is kept.
pub(super) struct Passing {
    body: Incoming,
    record: Recording,
    count: fn(&Record, u64),
}

impl Passing {
    pub(super) fn to_host(body: Incoming, record: Recording) -> Self {
        Self {
            body,
            record,
            count: Record::sent,
        }
    }

    pub(super) fn to_client(body: Incoming, record: Recording) -> Self {
        Self {
            body,
            record,
            count: Record::received,
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
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let (Poll::Ready(Some(Ok(frame))), Some(record)) = (&polled, &self.record)
            && let Some(data) = frame.data_ref()
        {
            (self.count)(record, data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
