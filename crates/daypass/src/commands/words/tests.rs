//! Which words reach the reader, and that it leaves a tool's arguments as they are.
#![expect(clippy::unwrap_used, reason = "tests")]

use clap::{CommandFactory as _, Parser as _};

use super::*;
use crate::cli::{Cli, Command};

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

#[track_caller]
fn assert_read(line: &str, expected: &str) {
    assert_eq!(
        prepare(words(line)).unwrap(),
        Words::Read(words(expected)),
        "{line}"
    );
}

#[test]
fn only_wrappers_and_eiam_are_touched() {
    for (line, expected) in [
        ("daypass", "daypass"),
        ("daypass status -o json", "daypass status -o json"),
        ("daypass status kubectl", "daypass status kubectl"),
        (
            "daypass kubectl -o json get",
            "daypass kubectl -- kubectl -o json get",
        ),
        (
            "daypass --server kubectl kubectl get",
            "daypass --server kubectl kubectl -- kubectl get",
        ),
        (
            "daypass --server=x -y -ojson gcloud -- x",
            "daypass --server=x -y -ojson gcloud -- gcloud -- x",
        ),
        (
            "daypass -yo json gcloud",
            "daypass -yo json gcloud -- gcloud",
        ),
        ("daypass -- gcloud", "daypass -- gcloud"),
        ("daypass -o", "daypass -o"),
        (
            "/usr/bin/daypass eiam -y version",
            "daypass --confirm -y version",
        ),
        (
            "daypass --server x eiam priv -R why",
            "daypass --confirm --server x assume -R why",
        ),
        (
            "daypass eiam gcloud info -R why",
            "daypass --confirm gcloud -- gcloud --reason=why -- info",
        ),
        ("/usr/bin/eiam version", "daypass --confirm version"),
        (
            "eiam gcloud info",
            "daypass --confirm gcloud -- gcloud -- info",
        ),
    ] {
        assert_read(line, expected);
    }
    assert!(matches!(prepare(words("eiam")).unwrap(), Words::Print(_)));
    assert!(matches!(
        prepare(words("daypass eiam help")).unwrap(),
        Words::Print(_)
    ));
    assert_eq!(prepare(Vec::new()).unwrap(), Words::Read(Vec::new()));
}

/// Else `place_of_the_command` would take a value for the command.
#[test]
fn every_flag_with_a_value_is_known_here() {
    let definition = Cli::command();
    let mut known = Vec::new();
    for flag in definition
        .get_arguments()
        .filter(|flag| flag.get_action().takes_values())
    {
        known.extend(flag.get_long().map(|long| format!("--{long}")));
        known.extend(flag.get_short().map(|short| format!("-{short}")));
    }
    known.sort();
    let mut here = FLAGS_WITH_A_VALUE;
    here.sort_unstable();
    assert_eq!(known, here);
}

#[test]
fn the_reader_hands_over_every_argument() {
    for arguments in [
        "-y get pods -o json",
        "-o json get pods --help",
        "--help",
        "-- get -- x",
        "-- -- --",
        "--non-interactive --server x -V --version",
    ] {
        let line = format!("daypass -y kubectl {arguments}");
        let Words::Read(prepared) = prepare(words(&line)).unwrap() else {
            panic!("{line}");
        };
        let whole = Cli::try_parse_from(prepared).unwrap();
        let Command::Kubectl(wrapped) = whole.command else {
            panic!("{line}");
        };
        assert_eq!(wrapped.line, words(&format!("kubectl {arguments}")));
        assert!(whole.global.yes);
    }
}
