//! Plugins: run as they are, found where they may be, installed only with the right checksum.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;

use sha2::{Digest as _, Sha256};

use crate::home::{Done, Home};
use crate::https::{Https, found, sent_on};

const SCRIPT: &str = "#!/bin/sh\nprintf '[%s]' \"$@\"; cat; exit 7\n";

fn checksum(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn installed(home: &Home) -> Vec<String> {
    let folder = home.path(".local/share/daypass/plugins");
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn arguments_input_and_exit_code_are_the_plugins() {
    let home = Home::new();
    home.script("bin/daypass-hello", SCRIPT);
    let mut child = home
        .command(Path::new(env!("CARGO_BIN_EXE_daypass")))
        .args(["hello", "-o", "json", "--help", "", "--", "-y", "a b"])
        .arg(std::ffi::OsStr::from_bytes(b"\xff"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"typed").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.stdout,
        b"[-o][json][--help][][--][-y][a b][\xff]typed"
    );
    assert_eq!(output.status.code(), Some(7));
}

/// A program of many names, as busybox is, does what its name says.
#[test]
fn a_plugin_behind_a_link_knows_what_it_was_called() {
    let home = Home::new();
    std::os::unix::fs::symlink("/bin/sh", home.path("bin/daypass-hello")).unwrap();
    let done = home.run_words(&["hello", "-c", "echo $0"]);
    assert_eq!(done.stdout, "daypass-hello\n", "{done:?}");
}

/// Daypass becomes the plugin: there is no process between it and whoever called.
#[test]
fn a_signal_reaches_the_plugin_itself() {
    let home = Home::new();
    home.script("bin/daypass-hello", "#!/bin/sh\nkill -TERM $$\n");
    let status = home
        .command(Path::new(env!("CARGO_BIN_EXE_daypass")))
        .arg("hello")
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(15));
}

#[test]
fn our_own_commands_win() {
    let home = Home::new();
    for name in ["version", "default-sa", "help", "eiam"] {
        home.script(&format!("bin/daypass-{name}"), "#!/bin/sh\necho SHADOW\n");
        assert!(!home.run(name).said().contains("SHADOW"), "{name}");
        let listed = home.run("plugins list").stdout;
        assert!(
            listed.contains("Daypass has a command of this name"),
            "{listed}"
        );
        let path = home.path(&format!("bin/daypass-{name}"));
        let line = format!(
            "plugins install {} --sha256 {}",
            path.display(),
            checksum(b"x")
        );
        assert!(
            home.run(&line)
                .stderr
                .contains("a command of Daypass's own")
        );
        fs::remove_file(path).unwrap();
    }
    assert!(installed(&home).is_empty());
}

#[test]
fn what_others_may_write_is_not_run() {
    let home = Home::new();
    let path = home.script("bin/daypass-hello", "#!/bin/sh\necho RUN\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let done = home.run("hello");
    assert_eq!(done.code, 1);
    insta::assert_snapshot!(done.said(), @r"
    error: HOME/bin/daypass-hello is not run: others than its owner may write HOME/bin/daypass-hello

    hint: whoever can write there can act as you: look at what it is, then chmod go-w HOME/bin/daypass-hello
    ");
}

#[test]
fn a_word_that_is_nothing_is_told_with_what_was_meant() {
    let home = Home::new();
    for (word, said) in [
        ("loginn", "did you mean 'daypass login'?"),
        ("xyzzy", "'daypass help' lists the commands"),
        ("", "there is no command ''"),
        ("../../bin/sh", "there is no command '../../bin/sh'"),
    ] {
        let done = home.run_words(&[word]);
        assert_eq!(done.code, 2);
        assert!(done.stderr.contains(said), "{done:?}");
    }
}

#[test]
fn a_file_is_installed_run_and_removed() {
    let home = Home::new();
    home.script("hello", SCRIPT);
    let sum = checksum(SCRIPT.as_bytes());
    let wrong = sum.replace(|digit: char| digit.is_ascii_digit(), "a");
    let done = home.run(&format!("plugins install hello --sha256 {wrong}"));
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("the checksum is wrong"), "{done:?}");
    assert!(installed(&home).is_empty());
    let done = home.run(&format!("plugins install hello --sha256 {sum}"));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(installed(&home), ["daypass-hello"]);
    assert_eq!(home.run("hello x").code, 7);
    assert!(home.run("plugins list").stdout.contains("installed"));
    assert_eq!(home.run("plugins remove hello").code, 0);
    assert_eq!(home.run("plugins remove hello").code, 1);
    assert_eq!(home.run("hello x").code, 2);
}

#[test]
fn what_cannot_be_a_plugin_is_refused_before_anything_is_read() {
    let home = Home::new();
    let sum = checksum(b"x");
    for (line, said) in [
        (
            "plugins install x --sha256 12".to_owned(),
            "'12' is not a SHA-256 checksum",
        ),
        (
            format!("plugins install http://127.0.0.1:1/x --sha256 {sum}"),
            "is not https",
        ),
        (
            format!("plugins install file:///etc/passwd --sha256 {sum}"),
            "is not https",
        ),
        (
            format!("plugins install https://a:canary@x.test/x --sha256 {sum}"),
            "with a password",
        ),
        (
            format!("plugins install https://x.test/ --sha256 {sum}"),
            "gives no name",
        ),
        (
            format!("plugins install A.tar.gz --sha256 {sum}"),
            "gives no name",
        ),
        (
            format!("plugins install x --sha256 {sum} --name ../x"),
            "is not a plugin's name",
        ),
    ] {
        let done = home.run(&line);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(said), "{line}: {done:?}");
    }
    assert!(home.run("plugins install x").stderr.contains("--sha256"));
    let done = home.run(&format!("plugins install /dev/zero --sha256 {sum}"));
    assert!(
        done.code == 1 && done.stderr.contains("no plain file"),
        "{done:?}"
    );
}

/// Fetches `path` with the server's authority among those that are trusted, or without.
fn fetch(home: &Home, url: &str, sum: &str, trusted: bool) -> Done {
    let mut command = home.command(Path::new(env!("CARGO_BIN_EXE_daypass")));
    if trusted {
        command.env("SSL_CERT_FILE", home.path("authority.pem"));
    }
    command.args(["plugins", "install", url, "--sha256", sum]);
    home.done(command.output().unwrap())
}

#[test]
fn over_https_only_and_only_with_a_certificate_that_is_trusted() {
    let home = Home::new();
    // Plain http on this machine, to which an answer may send on.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let plain_url = format!("http://{}/hello", plain.local_addr().unwrap());
    let endless = b"HTTP/1.1 200 OK\r\ncontent-length: 300000000\r\n\r\n".to_vec();
    let answers = HashMap::from([
        ("/daypass-hello", found(SCRIPT.as_bytes())),
        ("/on", sent_on("/daypass-hello")),
        ("/round", sent_on("/round")),
        ("/down", sent_on(&plain_url)),
        ("/huge", endless),
        (
            "/cut",
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n#!/bin/sh\n".to_vec(),
        ),
    ]);
    let server = Https::start(&home.path("authority.pem"), answers);
    let sum = checksum(SCRIPT.as_bytes());
    for (path, trusted, said) in [
        ("/daypass-hello", false, "certificate"),
        ("/missing", true, "404"),
        ("/round", true, "it sends on too often"),
        ("/down", true, "not https"),
        ("/huge", true, "larger than 256 MiB"),
        ("/cut", true, "cannot fetch"),
    ] {
        let done = fetch(&home, &server.url(path), &sum, trusted);
        assert_eq!(done.code, 1, "{path}: {done:?}");
        assert!(done.stderr.contains(said), "{path}: {done:?}");
        assert!(installed(&home).is_empty(), "{path}");
    }
    plain.set_nonblocking(true).unwrap();
    assert!(plain.accept().is_err(), "nobody came over plain http");
    for path in [
        "/daypass-hello?signature=canary",
        "/missing?signature=canary",
    ] {
        let wrong = checksum(b"x");
        assert_eq!(fetch(&home, &server.url(path), &wrong, true).code, 1);
    }
    let done = fetch(&home, &server.url("/daypass-hello"), &sum, true);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(installed(&home), ["daypass-hello"]);
    let done = fetch(&home, &server.url("/on"), &sum, true);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(home.run("on x").code, 7);
}
