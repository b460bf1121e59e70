//! ephemeral-iam's lines, by its command and by its name.

use std::os::unix::fs::symlink;

use crate::home::Home;

#[test]
fn by_the_command_and_by_the_name_it_is_the_same() {
    let home = Home::new();
    let link = home.path("bin/eiam");
    symlink(env!("CARGO_BIN_EXE_daypass"), &link).unwrap();
    for line in [
        "",
        "version",
        "-f json version",
        "config view logging.level",
        "config set x y",
        "-f yaml list",
    ] {
        let words: Vec<_> = line.split_whitespace().collect();
        let by_name = home.done(home.command(&link).args(&words).output().unwrap());
        let by_command = home.run_words(&[vec!["eiam"], words].concat());
        assert_eq!(by_name.said(), by_command.said(), "{line}");
        assert_eq!(by_name.code, by_command.code, "{line}");
    }
}

/// E-51, without gcloud, network or credentials.
#[test]
fn its_version_needs_nothing() {
    let home = Home::new();
    let mut command = home.command(std::path::Path::new(env!("CARGO_BIN_EXE_daypass")));
    let done = home.done(
        command
            .env("PATH", "")
            .args(["eiam", "version"])
            .output()
            .unwrap(),
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.starts_with("daypass "), "{done:?}");
}

#[test]
fn its_plugins_are_ours_with_a_checksum_and_without_tokens() {
    let home = Home::new();
    home.script("bin/daypass-hello", "#!/bin/sh\necho \"got $*\"\n");
    assert_eq!(home.run("eiam hello -s A -f x").stdout, "got -s A -f x\n");
    for (line, said) in [
        ("eiam plugins install -u https://x.test/hello", "--sha256"),
        (
            "eiam plugins install -u https://x.test/hello -t canary",
            "no tokens are kept",
        ),
        ("eiam plugins auth add", "no tokens are kept"),
    ] {
        let done = home.run(line);
        assert!(done.code == 2 && done.stderr.contains(said), "{done:?}");
    }
}
