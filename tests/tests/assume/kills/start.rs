//! The sessions that are killed: each holds programs that want to stay.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::brokered::Brokered;
use crate::ground::{DEPLOYER, Ground, binary};

/// What is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// One command.
    Command,
    /// The user's shell on a terminal.
    Shell,
    /// `daypass gcloud`, whose gcloud is a program that lasts.
    Gcloud,
    /// `daypass kubectl proxy`, the real one, which listens until it is ended.
    Kubectl,
    /// One command with the metadata server and the proxy, for longer than one token.
    Servers,
    /// One command by a grant of a server.
    Brokered,
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::Command,
        Self::Shell,
        Self::Gcloud,
        Self::Kubectl,
        Self::Servers,
        Self::Brokered,
    ];

    /// How many programs run inside when all do.
    pub(super) fn programs(self) -> usize {
        match self {
            Self::Kubectl => 1,
            // The shell, one in its background, one that left it, and those that they wait for.
            _ => 4,
        }
    }

    /// Whether its tokens are renewed.
    pub(super) fn is_renewed(self) -> bool {
        self == Self::Servers
    }
}

/// Ignores every signal that can be ignored; one program is in the background, and one has left its process group, its
/// session and its parent.
const STUBBORN: &str = "trap '' TERM HUP INT; setsid -f sh -c 'trap \"\" TERM HUP INT; sleep 7091; sleep 7091'; \
                        sleep 7091 & sleep 7091; sleep 7091";

/// Starts it, and returns whoever was started: the holder itself, or with `has_parent` somebody who waits for it.
pub(super) async fn start(
    kind: Kind,
    has_parent: bool,
    ground: &Ground,
    brokered: Option<&Brokered>,
) -> Child {
    let mut line: Vec<String> = vec![binary().to_owned()];
    let mut add = |words: &[&str]| line.extend(words.iter().map(|word| (*word).to_owned()));
    let session = ["-s", DEPLOYER, "-R", "INC-1 disk full"];
    let stubborn = ["--", "sh", "-c", STUBBORN];
    match kind {
        Kind::Shell => return on_a_terminal(ground).await,
        Kind::Command => add(&[&["assume"], &session[..], &stubborn].concat()),
        Kind::Gcloud => add(&[&["gcloud"], &session[..], &["storage", "ls"]].concat()),
        Kind::Kubectl => add(&[&["kubectl"], &session[..], &["proxy", "--port=0"]].concat()),
        Kind::Servers => {
            let flags = ["--metadata=user", "--proxy", "--for", "30m"];
            add(&[&["assume"], &session[..], &flags, &stubborn].concat());
        }
        Kind::Brokered => {
            let server = brokered.unwrap().flags();
            let server: Vec<&str> = server.iter().map(String::as_str).collect();
            let given = ["assume", "--entitlement", "deployer-open"];
            add(&[&given, &server[..], &session, &stubborn].concat());
        }
    }
    let tools = ground.runtime.path().join("tools");
    tool_that_lasts(&tools.join("gcloud"));
    let mut command = if has_parent {
        let mut parent = ground.environment.command(Path::new("/bin/sh"));
        parent.args(["-c", "\"$@\"; exit", "sh"]).args(&line);
        parent
    } else {
        let mut own = ground.environment.command(Path::new(&line[0]));
        own.args(&line[1..]);
        own
    };
    let path = std::env::var("PATH").unwrap();
    in_ground(&mut command, ground)
        .env("PATH", format!("{}:{path}", tools.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A process group of its own, so that the whole of it can be killed.
fn in_ground<'a>(command: &'a mut Command, ground: &Ground) -> &'a mut Command {
    command
        .env("XDG_RUNTIME_DIR", ground.runtime.path())
        .env("SHELL", "/bin/bash")
        .env("TERM", "xterm")
        .process_group(0)
}

async fn on_a_terminal(ground: &Ground) -> Child {
    let line = format!("{} assume -s {DEPLOYER} -R why", binary());
    let mut command = ground.environment.command(Path::new("/usr/bin/script"));
    in_ground(&mut command, ground)
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // The terminal keeps it until the shell reads. Its other end stays open: closing it would end the shell.
    let typed = format!("{STUBBORN}\n");
    let mut input = child.stdin.take().unwrap();
    input.write_all(typed.as_bytes()).await.unwrap();
    child.stdin = Some(input);
    child
}

fn tool_that_lasts(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{STUBBORN}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
