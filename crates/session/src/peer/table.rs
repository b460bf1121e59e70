//! The owner of one connection, from the lists of all of them (`proc_net_tcp`), where the kernel cannot be asked for one.

use std::net::{Ipv4Addr, SocketAddrV4};

/// `TCP_ESTABLISHED`, as it is printed. Security invariant: in no other state does the owner mean anything. A
/// connection that waits for its last packets is listed as root's.
const ESTABLISHED: &str = "01";

/// The owner of the socket with these two addresses.
pub(super) fn owner(client: SocketAddrV4, server: SocketAddrV4) -> Option<u32> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mut owners = owners(&read("/proc/net/tcp"), client, server, plain);
    // A socket of IPv6 with mapped addresses is in the other list.
    owners.extend(owners_of_mapped(&read("/proc/net/tcp6"), client, server));
    agreed(&owners)
}

/// Security invariant: if several owners match, there is none.
fn agreed(owners: &[u32]) -> Option<u32> {
    let (first, others) = owners.split_first()?;
    others.iter().all(|other| other == first).then_some(*first)
}

fn owners_of_mapped(table: &str, client: SocketAddrV4, server: SocketAddrV4) -> Vec<u32> {
    owners(table, client, server, mapped)
}

/// The owners of the open sockets with these addresses. Columns: number, local address, remote address, state, queues,
/// timer, retransmissions, uid, timeout, inode.
fn owners(
    table: &str,
    client: SocketAddrV4,
    server: SocketAddrV4,
    printed: fn(Ipv4Addr) -> String,
) -> Vec<u32> {
    let place =
        |address: SocketAddrV4| format!("{}:{:04X}", printed(*address.ip()), address.port());
    let (local, remote) = (place(client), place(server));
    let owner = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_wanted = *columns.get(1)? == local
            && *columns.get(2)? == remote
            && *columns.get(3)? == ESTABLISHED
            // Without an inode nobody holds the socket any more.
            && *columns.get(9)? != "0";
        is_wanted.then(|| columns.get(7)?.parse().ok())?
    };
    table.lines().skip(1).filter_map(owner).collect()
}

/// An address is printed as the machine's own integer.
fn plain(address: Ipv4Addr) -> String {
    format!("{:08X}", u32::from_ne_bytes(address.octets()))
}

/// And one of IPv6 as four of them.
fn mapped(address: Ipv4Addr) -> String {
    let prefix = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
    format!("{:016X}{prefix:08X}{}", 0, plain(address))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn owners_in(lines: &[&str]) -> Vec<u32> {
        let table = lines.iter().fold(HEAD.to_owned(), |mut table, line| {
            table.push_str(&line.replace('_', " 00000000:00000000 00:00000000 00000000 "));
            table.push('\n');
            table
        });
        let (client, server) = ("127.0.0.1:8080", "127.0.0.1:40000");
        let (client, server) = (client.parse().unwrap(), server.parse().unwrap());
        let mut owners = owners(&table, client, server, plain);
        owners.extend(owners_of_mapped(&table, client, server));
        owners
    }

    #[test]
    fn the_owner_of_the_very_connection_is_read() {
        // Another user's connection from the same port to somewhere else comes first.
        let lines = [
            "0: 0100007F:9C40 00000000:0000 0A_105 0 1",
            "1: 0100007F:1F90 0100007F:9C41 01_1000 0 2",
            "2: 0100007F:1F90 0100007F:9C40 01_65534 0 3",
            "3: 0100007F:9C40 0100007F:1F90 01_105 0 4",
        ];
        assert_eq!(owners_in(&lines), [65_534]);
        assert_eq!(owners_in(&lines[..2]), [] as [u32; 0]);
        assert_eq!(
            owners_in(&[
                "0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:9C40 01_1000 0 5"
            ]),
            [1_000]
        );
    }

    #[test]
    fn what_is_closed_has_no_owner() {
        for line in [
            "0: 0100007F:1F90 0100007F:9C40 06_0 0 0",
            "0: 0100007F:1F90 0100007F:9C40 01_0 0 0",
            "0: 0100007F:1F90 0100007F:9C40 04_1000 0 7",
            "0: 0100007F:1F90 0100007F:9C40 01_1000",
        ] {
            assert_eq!(owners_in(&[line]), [] as [u32; 0], "{line}");
        }
    }

    #[test]
    fn owners_who_differ_are_none() {
        assert_eq!(agreed(&[]), None);
        assert_eq!(agreed(&[7]), Some(7));
        assert_eq!(agreed(&[7, 7]), Some(7));
        assert_eq!(agreed(&[7, 8]), None);
    }
}
