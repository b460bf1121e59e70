//! Two connections become one: bytes are copied both ways, whatever they mean.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional_with_sizes};

use super::limits::COPIED_AT_ONCE;
use super::log::Recording;

/// Copies between a client and a host once both have changed the protocol.
pub(super) async fn splice(of_client: OnUpgrade, of_host: OnUpgrade, record: Recording) {
    if let (Ok(client), Ok(host)) = tokio::join!(of_client, of_host) {
        copy(TokioIo::new(client), TokioIo::new(host), &record).await;
    }
}

/// Copies until both sides are closed, or one breaks.
pub(super) async fn copy(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut host: impl AsyncRead + AsyncWrite + Unpin,
    record: &Recording,
) {
    let copied =
        copy_bidirectional_with_sizes(&mut client, &mut host, COPIED_AT_ONCE, COPIED_AT_ONCE).await;
    // An error has no other addressee than the two, who see their connections end.
    if let (Ok((sent, received)), Some(record)) = (copied, record) {
        record.sent(sent);
        record.received(received);
    }
}
