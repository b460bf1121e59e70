//! The owner of one connection, by asking the kernel for it (`sock_diag(7)`, `linux/inet_diag.h`): however many sockets
//! there are, the answer comes at once.

use std::net::SocketAddrV4;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

/// Type of a question, and of an answer that is no error.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
/// Address family and protocol of the question. Sockets of IPv6 with mapped addresses are found as well.
const IPV4: u8 = 2;
const TCP: u8 = 6;
/// `TCP_ESTABLISHED`. Security invariant: in no other state does the owner mean anything. A connection that waits for
/// its last packets is told to be root's.
const ESTABLISHED: u8 = 1;
/// Lengths of the message's header and of the question, in bytes.
const HEADER: usize = 16;
const QUESTION: usize = 56;

/// The owner of the socket with these two addresses.
pub(super) fn owner(client: SocketAddrV4, server: SocketAddrV4) -> Option<u32> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )
    .ok()?;
    send(&socket, &question(client, server), SendFlags::empty()).ok()?;
    let mut answer = [0; 512];
    // The answer is there when the question has been sent.
    let (length, _) = recv(&socket, &mut answer[..], RecvFlags::DONTWAIT).ok()?;
    told(answer.get(..length)?)
}

/// `struct nlmsghdr`, then `struct inet_diag_req_v2`.
fn question(client: SocketAddrV4, server: SocketAddrV4) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + QUESTION);
    let length = u32::try_from(HEADER + QUESTION).unwrap_or_default();
    message.extend(length.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and sender: one question a socket, and the kernel knows whose.
    message.extend([0; 8]);
    // No extensions, then every state.
    message.extend([IPV4, TCP, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    message.extend(client.port().to_be_bytes());
    message.extend(server.port().to_be_bytes());
    for address in [client.ip(), server.ip()] {
        message.extend(address.octets());
        message.extend([0; 12]);
    }
    // Any interface, and no cookie.
    message.extend([0; 4]);
    message.extend([0xff; 8]);
    message
}

/// What `struct inet_diag_msg` says after its header: family, state, …, the owner and the inode as its last words.
fn told(answer: &[u8]) -> Option<u32> {
    let word = |at: usize| {
        let bytes = answer.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_ne_bytes(bytes))
    };
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let state = *answer.get(HEADER + 1)?;
    let (owner, inode) = (word(HEADER + 64)?, word(HEADER + 68)?);
    // Without an inode nobody holds the socket any more.
    (kind == SOCK_DIAG_BY_FAMILY && state == ESTABLISHED && inode != 0).then_some(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_connection_that_somebody_holds_has_an_owner() {
        let answer = |kind: u16, state: u8, inode: u32| {
            let mut answer = vec![0; HEADER + 72];
            answer[4..6].copy_from_slice(&kind.to_ne_bytes());
            answer[HEADER + 1] = state;
            answer[HEADER + 64..HEADER + 68].copy_from_slice(&1_000_u32.to_ne_bytes());
            answer[HEADER + 68..].copy_from_slice(&inode.to_ne_bytes());
            answer
        };
        let open = answer(SOCK_DIAG_BY_FAMILY, ESTABLISHED, 7);
        assert_eq!(told(&open), Some(1_000));
        assert_eq!(told(&open[..open.len() - 1]), None);
        assert_eq!(told(&answer(SOCK_DIAG_BY_FAMILY, 6, 7)), None);
        assert_eq!(told(&answer(SOCK_DIAG_BY_FAMILY, ESTABLISHED, 0)), None);
        assert_eq!(told(&answer(2, ESTABLISHED, 7)), None);
    }
}
