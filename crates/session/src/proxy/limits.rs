//! How much the proxy takes at once, and how long it waits.

use std::time::Duration;

/// Connections that have not yet shown the secret; the oldest gives way. Where the system does not tell whose they are,
/// another user of the machine can take these up, and no others.
pub(super) const STRANGERS: usize = 128;
/// Connections of the session itself; each needs two descriptors.
pub(super) const TUNNELS: usize = 400;
/// What a `CONNECT` and its headers may take.
pub(super) const LARGEST_CONNECT: usize = 16 * 1024;
/// What the headers of a request inside may take: Kubernetes and Google send and take less.
pub(super) const LARGEST_HEAD: usize = 64 * 1024;
/// Streams that a client may have open on one connection.
pub(super) const STREAMS: u32 = 200;
/// Window of one HTTP/2 stream: what is in memory of it at most, in either direction.
pub(super) const STREAM_WINDOW: u32 = 1024 * 1024;
/// Window of a whole HTTP/2 connection.
pub(super) const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// What is read at once from a socket under TLS, which by itself reads no more than 4 KiB a call.
pub(super) const READ_AT_ONCE: usize = 64 * 1024;
/// The largest piece of a body that is passed on at once in HTTP/1.1, and so what is in memory of it in each direction.
/// It is more than the head of a request may take.
pub(super) const PIECE: usize = 128 * 1024;
/// Buffer of a connection that is copied blindly, in each direction.
pub(super) const COPIED_AT_ONCE: usize = 64 * 1024;

/// How long a stranger may take to say what it wants.
pub(super) const CONNECT_HEAD: Duration = Duration::from_secs(10);
/// How long either TLS handshake may take.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a TCP connection may take to come about, all addresses of a name together.
pub(super) const DIAL: Duration = Duration::from_secs(10);
/// When the next address of a name is tried beside the one that has not answered yet (RFC 8305, 5).
pub(super) const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// How long a client's connection may be idle between two requests. A running request has no limit.
pub(super) const CLIENT_IDLE: Duration = Duration::from_mins(5);
/// How long a connection to a host is kept for the next request; Google closes them after four minutes.
pub(super) const UPSTREAM_IDLE: Duration = Duration::from_secs(90);
/// Idle connections that are kept to one host.
pub(super) const IDLE_PER_HOST: usize = 16;
/// Hosts whose certificates and connections are kept.
pub(super) const HOSTS_KEPT: usize = 256;
/// How often the clock is looked at, since a timer does not count while a machine sleeps.
pub(super) const CLOCK_TICK: Duration = Duration::from_secs(1);
/// How often an open connection is asked whether it still lives.
pub(super) const PING: Duration = Duration::from_secs(30);
