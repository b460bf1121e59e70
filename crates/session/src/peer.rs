//! Whose process a connection on this machine comes from.

#[cfg(target_os = "linux")]
mod kernel;
mod table;

/// Other systems have nothing that could be asked.
#[cfg(not(target_os = "linux"))]
mod kernel {
    pub(super) fn owner(_: std::net::SocketAddrV4, _: std::net::SocketAddrV4) -> Option<u32> {
        None
    }
}

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// A process of this user.
    Own,
    /// A process of root's, who can read everything of this user anyway.
    Root,
    /// A process of another user, or none any more.
    Stranger,
    /// This system does not tell.
    Untold,
}

/// How this system tells whose a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peers {
    /// The kernel answers for one connection.
    Asked,
    /// The kernel lists all connections.
    Listed,
    /// Not at all.
    Untold,
}

impl Peers {
    /// Finds out by a connection to ourselves, which must be told to be ours: containers and emulated kernels answer
    /// some questions, and these wrongly.
    pub(crate) fn probe() -> Self {
        if let Ok((listener, client)) = connection()
            && let (Ok(from), Ok(to)) = (client.local_addr(), listener.local_addr())
        {
            let ways = [Self::Asked, Self::Listed].into_iter();
            let mut right = ways.filter(|way| way.client(from, to) == Client::Own);
            return right.next().unwrap_or(Self::Untold);
        }
        Self::Untold
    }

    /// Whether this system tells.
    pub(crate) fn can_tell(self) -> bool {
        self != Self::Untold
    }

    /// Who connected from `client` to our own port `server`.
    ///
    /// Security invariant: both addresses decide. A local address alone names no one: two sockets of two users have the
    /// same one if they are connected to different places.
    pub(crate) fn client(self, client: SocketAddr, server: SocketAddr) -> Client {
        let (SocketAddr::V4(client), SocketAddr::V4(server)) = (client, server) else {
            return Client::Stranger;
        };
        let owner = match self {
            Self::Asked => kernel::owner(client, server),
            Self::Listed => table::owner(client, server),
            Self::Untold => return Client::Untold,
        };
        match owner {
            Some(user) if user == rustix::process::geteuid().as_raw() => Client::Own,
            Some(0) => Client::Root,
            _ => Client::Stranger,
        }
    }
}

/// A connection to ourselves. It comes about without being accepted.
fn connection() -> std::io::Result<(TcpListener, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener, client))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_connection_of_our_own_is_known() {
        assert!(Peers::probe().can_tell());
        for way in [Peers::Asked, Peers::Listed] {
            let (listener, client) = connection().unwrap();
            let (from, to) = (client.local_addr().unwrap(), listener.local_addr().unwrap());
            assert_eq!(way.client(from, to), Client::Own, "{way:?}");
            // The same port, but a connection to somewhere else.
            let (elsewhere, _client) = connection().unwrap();
            let elsewhere = elsewhere.local_addr().unwrap();
            assert_eq!(way.client(from, elsewhere), Client::Stranger, "{way:?}");
            // What listens is no client.
            assert_eq!(way.client(to, from), Client::Stranger, "{way:?}");
            // One that is on its way out may be anybody's.
            client.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(way.client(from, to), Client::Stranger, "{way:?}");
        }
        let (from, to) = (([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into());
        assert_eq!(Peers::Untold.client(from, to), Client::Untold);
    }

    /// Java opens such sockets for addresses of IPv4.
    #[test]
    fn a_socket_of_ipv6_is_known_by_its_address_of_ipv4() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let to = listener.local_addr().unwrap();
        let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
        let _client = TcpStream::connect((mapped, to.port())).unwrap();
        let (_accepted, from) = listener.accept().unwrap();
        for way in [Peers::Asked, Peers::Listed] {
            assert_eq!(way.client(from, to), Client::Own, "{way:?}");
        }
    }
}
