//! How much a proxy costs: the same requests on the direct path and through proxies, in turns.

pub mod client;
pub mod figures;
pub mod host;
pub mod others;
pub mod path;
pub mod report;
pub mod role;
pub mod session;

use std::path::Path;

/// The host's name: one that a proxy of any make can resolve.
pub const HOST: &str = "localhost";
/// The file in the shared folder that holds the certificate of the host's authority.
pub const HOST_AUTHORITY: &str = "host.pem";
/// The file in the shared folder that holds the host's port, once it listens.
pub const HOST_PORT: &str = "host.port";
/// The secret of the measured session; it opens nothing.
pub const SECRET: &str = "measured-0123456789abcdefghijklmn";

/// The token of the measured session; it opens nothing but the host.
pub const TOKEN: &str =
    "ya29.measured-0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdefghijklmnopqrstuvwxyz";

/// Writes a file as a whole, so that who waits for it never reads half of it.
pub fn publish(folder: &Path, name: &str, content: &str) {
    let whole = tempfile::NamedTempFile::new_in(folder).expect("the folder can be written");
    std::fs::write(whole.path(), content).expect("the folder can be written");
    whole
        .persist(folder.join(name))
        .expect("the folder can be written");
}

/// Waits for another process to say its port.
pub async fn port(folder: &Path, name: &str) -> u16 {
    loop {
        if let Ok(text) = std::fs::read_to_string(folder.join(name)) {
            return text.trim().parse().expect("a port is a number");
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
