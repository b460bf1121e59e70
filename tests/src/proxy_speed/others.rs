//! The proxies of others that ours is measured beside. Each asks for the same secret, ends TLS, verifies the host and
//! puts the same token in the place of what came; each in the way that its makers recommend.
//!
//! What they are built from is in `tests/peers`, what is built lies in `target/peers`. One that cannot be had here is
//! left out, and it is said why.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{HOST_AUTHORITY, SECRET, TOKEN};

/// Their names.
pub const OTHERS: [&str; 3] = ["mitmproxy", "hudsucker", "goproxy"];

/// Where Debian keeps the sources of Go's packages.
const GO_PACKAGES: &str = "/usr/share/gocode";

/// The command that starts one, built if it was not. It publishes `NAME.pem` and `NAME.port` in the folder.
pub fn command(name: &str, folder: &Path) -> Result<Command, String> {
    let built = match name {
        "mitmproxy" => mitmproxy(folder),
        "hudsucker" => hudsucker(folder),
        "goproxy" => goproxy(folder),
        unknown => Err(format!("{unknown} is none of {OTHERS:?}")),
    };
    let mut command = built?;
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("PROXY_FOLDER", folder)
        .env("PROXY_SECRET", SECRET)
        .env("PROXY_TOKEN", TOKEN);
    Ok(command)
}

/// With what it needs to pass a stream on as it comes, and without a log of its own.
fn mitmproxy(folder: &Path) -> Result<Command, String> {
    let environment = built().join("mitmproxy");
    let program = environment.join("bin/mitmdump");
    if !program.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))?;
        run(Command::new(environment.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(sources().join("mitmproxy/requirements.txt")))?;
    }
    let trusted = folder.join(HOST_AUTHORITY);
    let mut command = Command::new(program);
    command
        .args([
            "--quiet",
            "--listen-host",
            "127.0.0.1",
            "--listen-port",
            "0",
        ])
        .arg("--set")
        .arg(format!("confdir={}", folder.join("mitmproxy").display()))
        .arg("--set")
        .arg(format!(
            "ssl_verify_upstream_trusted_ca={}",
            trusted.display()
        ))
        .args(["--set", "stream_large_bodies=64k"])
        .args(["--set", &format!("proxyauth=daypass:{SECRET}")])
        .arg("--scripts")
        .arg(sources().join("mitmproxy/with_token.py"));
    Ok(command)
}

/// Built with the settings of our own release build.
fn hudsucker(folder: &Path) -> Result<Command, String> {
    let target = built().join("hudsucker");
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .arg("--manifest-path")
        .arg(sources().join("hudsucker/Cargo.toml")))?;
    let mut command = Command::new(target.join("release/hudsucker-peer"));
    command.arg(folder);
    Ok(command)
}

/// Built from Debian's package, without the network.
fn goproxy(folder: &Path) -> Result<Command, String> {
    if !Path::new(GO_PACKAGES)
        .join("src/github.com/elazarl/goproxy")
        .is_dir()
    {
        return Err("Debian's golang-github-elazarl-goproxy-dev is not installed".to_owned());
    }
    let program = built().join("goproxy");
    run(Command::new("go")
        .env("GO111MODULE", "off")
        .env("GOPATH", GO_PACKAGES)
        .env("GOCACHE", built().join("go-cache"))
        .args(["build", "-o"])
        .arg(&program)
        .arg(sources().join("goproxy/main.go")))?;
    let mut command = Command::new(program);
    command.arg(folder);
    Ok(command)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}", words.trim()))
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// `target/peers`; this program is in `target/release`.
fn built() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    let target = own.ancestors().nth(2).expect("it is in a target folder");
    let folder = target.join("peers");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}
