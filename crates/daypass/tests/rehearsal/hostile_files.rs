//! Folders in which somebody put what is no file of entitlements. Were a pipe waited for, no test would end.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::folder::Folder;

const ENTITLEMENT: &str = r"apiVersion: daypass/v1
entitlements:
  - id: prod-read
    requesters: [group:sre@example.com]
    privileges: [{resource: folders/1, roles: [roles/logging.viewer]}]
    approval: none
";

fn pipe(folder: &Folder, name: &str) {
    let made = Command::new("mkfifo")
        .arg(folder.path().join(name))
        .status();
    assert!(made.unwrap().success());
}

/// Runs each command that reads the folder `e`, and expects each to refuse it for the same reason.
#[track_caller]
fn refused(folder: &Folder, why: &str) {
    for arguments in [
        ["lint", "e"].as_slice(),
        &["test", "e"],
        &["diff", "e", "e"],
    ] {
        let done = folder.run(arguments);
        assert_ne!(done.code, 0, "{arguments:?}: {done:?}");
        assert!(done.stderr.contains(why), "{arguments:?}: {done:?}");
        assert!(!done.transcript().contains("s3cret"), "{done:?}");
    }
}

#[test]
fn a_pipe_in_a_folder_is_refused() {
    let folder = Folder::with(&[("e/a.yaml", ENTITLEMENT)]);
    pipe(&folder, "e/pipe.yaml");
    refused(&folder, "cannot read e/pipe.yaml: it is no plain file");
}

#[test]
fn a_pipe_of_groups_is_refused() {
    let folder = Folder::with(&[("e/a.yaml", ENTITLEMENT)]);
    pipe(&folder, "groups.yaml");
    let done = folder.run(&["diff", "--groups", "groups.yaml", "e", "e"]);
    assert_ne!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("it is no plain file"), "{done:?}");
}

#[test]
fn a_link_to_a_secret_is_refused_and_not_quoted() {
    let folder = Folder::with(&[("e/a.yaml", ENTITLEMENT), ("client-secret", "s3cret: [")]);
    symlink("../client-secret", folder.path().join("e/x.yaml")).unwrap();
    refused(
        &folder,
        "cannot read e/x.yaml: it is a link that leads outside",
    );
}

#[test]
fn a_link_back_to_the_folder_is_walked_once() {
    let folder = Folder::with(&[("e/a.yaml", ENTITLEMENT)]);
    symlink(".", folder.path().join("e/loop")).unwrap();
    let done = folder.run(&["lint", "e"]);
    assert_eq!(done.code, 0, "{done:?}");
}
