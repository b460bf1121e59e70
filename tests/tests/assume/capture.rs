//! What really crosses the loopback interface, by tcpdump.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use daypass_tests::peer::on_path;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// A capture that goes on.
pub(crate) struct Capture {
    tcpdump: Child,
    said: Lines<BufReader<ChildStderr>>,
    file: PathBuf,
    _folder: TempDir,
}

/// All bytes that went from one port to another.
pub(crate) type Flows = BTreeMap<(u16, u16), Vec<u8>>;

impl Capture {
    /// Begins, and returns when nothing is missed any more. None where there is no tcpdump, or nobody may use it.
    pub(crate) async fn begin(ports: &[u16]) -> Option<Self> {
        let tcpdump = on_path("tcpdump")?;
        if !rustix::process::geteuid().is_root() {
            skipped();
            return None;
        }
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("capture");
        let ports: Vec<String> = ports.iter().map(|port| format!("port {port}")).collect();
        let mut tcpdump = Command::new(tcpdump)
            .args([
                "-i",
                "lo",
                "-n",
                "-U",
                "--immediate-mode",
                "-s",
                "0",
                "-B",
                "65536",
            ])
            .args(["-w", "-", &format!("tcp and ({})", ports.join(" or "))])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&file).unwrap())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(tcpdump.stderr.take().unwrap()).lines();
        loop {
            // It says so, or ends.
            let line = said.next_line().await.unwrap().unwrap();
            if line.contains("listening on lo") {
                break;
            }
        }
        Some(Self {
            tcpdump,
            said,
            file,
            _folder: folder,
        })
    }

    /// Ends it; what was seen. Nothing may have been missed.
    pub(crate) async fn end(mut self) -> Flows {
        // What is on its way to the file arrives.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let process = Pid::from_raw(i32::try_from(self.tcpdump.id().unwrap()).unwrap());
        kill_process(process.unwrap(), Signal::INT).unwrap();
        let mut missed = None;
        while let Some(line) = self.said.next_line().await.unwrap() {
            if line.ends_with("dropped by kernel") {
                missed = Some(line);
            }
        }
        self.tcpdump.wait().await.unwrap();
        assert_eq!(missed.as_deref(), Some("0 packets dropped by kernel"));
        flows(&std::fs::read(&self.file).unwrap())
    }
}

/// Reads the file (pcap, little-endian, Ethernet frames), packet after packet: on loopback none is lost or overtaken.
fn flows(file: &[u8]) -> Flows {
    const FILE_HEADER: usize = 24;
    const PACKET_HEADER: usize = 16;
    const ETHERNET: usize = 14;
    assert_eq!(file[..4], 0xa1b2_c3d4_u32.to_le_bytes());
    assert_eq!(file[20], 1, "frames of Ethernet");
    let mut flows = Flows::new();
    let mut rest = &file[FILE_HEADER..];
    while rest.len() >= PACKET_HEADER {
        let length: [u8; 4] = rest[8..12].try_into().unwrap();
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap();
        let packet = &rest[PACKET_HEADER..PACKET_HEADER + length];
        rest = &rest[PACKET_HEADER + length..];
        let internet = &packet[ETHERNET..];
        assert_eq!(internet[0] >> 4, 4, "all servers are on 127.0.0.1");
        let whole = usize::from(number(internet, 2));
        let segment = &internet[usize::from(internet[0] & 0xf) * 4..];
        let data = usize::from(segment[12] >> 4) * 4;
        // A large segment that is handed over whole on loopback has no length of its own.
        let end = if whole == 0 {
            segment.len()
        } else {
            segment.len() - (internet.len() - whole)
        };
        let ends = (number(segment, 0), number(segment, 2));
        flows.entry(ends).or_default().extend(&segment[data..end]);
    }
    flows
}

fn number(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn skipped() {
    println!("skipped: capturing takes root");
}
