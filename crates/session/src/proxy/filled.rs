//! TLS hands out one record of 16 KiB at a time. What has arrived beyond it is taken in the same step, so that a stream
//! goes from task to task in few large pieces.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose reads fill the buffer as far as bytes are there, and never wait for more.
pub(super) struct Filled<S> {
    stream: S,
    /// Came after bytes that had to be handed out first.
    failed: Option<io::Error>,
}

impl<S> Filled<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            failed: None,
        }
    }

    pub(super) fn stream(&self) -> &S {
        &self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Filled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        let at_first = buffer.filled().len();
        while buffer.remaining() > 0 {
            let before = buffer.filled().len();
            let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
            let has_some = before > at_first;
            match polled {
                Poll::Ready(Ok(())) if buffer.filled().len() > before => {}
                Poll::Ready(Err(error)) if has_some => {
                    self.failed = Some(error);
                    break;
                }
                Poll::Pending if has_some => break,
                other => return other,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Filled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::VecDeque;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// Hands out what it is told to, one after the other, and then ends.
    struct Told(VecDeque<Poll<io::Result<&'static [u8]>>>);

    impl AsyncRead for Told {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            match self.0.pop_front() {
                Some(Poll::Ready(Ok(bytes))) => buffer.put_slice(bytes),
                Some(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
                Some(Poll::Pending) => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                None => {}
            }
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn it_takes_what_is_there_waits_for_nothing_and_loses_no_error() {
        let broken = || Poll::Ready(Err(io::Error::other("broken")));
        let told = [
            Poll::Ready(Ok(&b"ab"[..])),
            Poll::Ready(Ok(&b"cd"[..])),
            Poll::Pending,
            Poll::Ready(Ok(&b"ef"[..])),
            broken(),
            Poll::Ready(Ok(&b"gh"[..])),
        ];
        let mut filled = Filled::new(Told(told.into()));
        let mut buffer = [0; 64];
        for expected in ["abcd", "ef"] {
            let length = filled.read(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..length], expected.as_bytes());
        }
        assert!(filled.read(&mut buffer).await.is_err());
        assert_eq!(filled.read(&mut buffer).await.unwrap(), 2);
        assert_eq!(filled.read(&mut buffer).await.unwrap(), 0);
    }
}
