//! Whose process a connection on this machine comes from.

use std::net::{IpAddr, SocketAddr};

/// Whether this system tells.
pub(super) const CAN_TELL: bool = cfg!(target_os = "linux");

/// Whether the client's end of the connection belongs to a process of this user. Linux lists every socket with its
/// owner (proc_net_tcp); where nothing is listed, the answer is no.
pub(super) fn is_own(client: SocketAddr) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    owner(&table, client) == Some(rustix::process::geteuid().as_raw())
}

/// The owner of the socket with this local address. Columns: number, local address, remote address, state, queues,
/// timer, retransmissions, uid.
fn owner(table: &str, local: SocketAddr) -> Option<u32> {
    let IpAddr::V4(address) = local.ip() else {
        return None;
    };
    // The address is printed as the machine's own integer, the port as a number.
    let wanted = format!(
        "{:08X}:{:04X}",
        u32::from_ne_bytes(address.octets()),
        local.port()
    );
    table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace();
        (columns.nth(1)? == wanted).then(|| columns.nth(5)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_owner_is_read_from_the_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                        0: 0100007F:9C40 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 1\n\
                        1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2\n";
        assert_eq!(owner(table, "127.0.0.1:8080".parse().unwrap()), Some(1_000));
        assert_eq!(owner(table, "127.0.0.1:40000".parse().unwrap()), Some(105));
        assert_eq!(owner(table, "127.0.0.1:40001".parse().unwrap()), None);
        assert_eq!(owner(table, "[::1]:8080".parse().unwrap()), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_of_our_own_is_known() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(is_own(client.local_addr().unwrap()));
        drop(client);
        assert!(!is_own("127.0.0.1:1".parse().unwrap()));
    }
}
