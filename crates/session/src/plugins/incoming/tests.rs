//! What is put in place, and what is not.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;

fn checksum(bytes: &[u8]) -> Checksum {
    Checksum::of(Sha256::digest(bytes).into())
}

fn hello() -> PluginName {
    PluginName::parse("hello").unwrap()
}

fn install(folder: &Path, bytes: &[u8], expected: &Checksum) -> Result<Placed, PluginError> {
    let mut incoming = Incoming::begin(folder)?;
    for chunk in bytes.chunks(7) {
        incoming.write(chunk)?;
    }
    incoming.put(&hello(), expected)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn the_right_file_is_in_place_for_its_owner_only() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("daypass/plugins");
    let bytes = b"#!/bin/sh\necho hello\n";
    let placed = install(&folder, bytes, &checksum(bytes)).unwrap();
    assert!(!placed.replaced);
    assert_eq!(fs::read(&placed.path).unwrap(), bytes);
    assert_eq!((mode(&folder), mode(&placed.path)), (0o700, 0o700));
    assert_eq!(names(&folder), ["daypass-hello"]);

    let newer = b"#!/bin/sh\necho newer\n";
    assert!(install(&folder, newer, &checksum(newer)).unwrap().replaced);
    assert_eq!(fs::read(&placed.path).unwrap(), newer);
    assert_eq!(names(&folder), ["daypass-hello"]);
}

#[test]
fn of_the_wrong_file_nothing_is_left_and_the_old_one_stays() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("plugins");
    let bytes = b"#!/bin/sh\necho hello\n";
    let placed = install(&folder, bytes, &checksum(bytes)).unwrap();
    let error = install(&folder, b"#!/bin/sh\nevil\n", &checksum(bytes)).unwrap_err();
    assert!(
        matches!(error, PluginError::WrongChecksum { .. }),
        "{error}"
    );
    assert!(matches!(
        install(&folder, b"", &checksum(b"")),
        Err(PluginError::Empty)
    ));
    for archive in [
        b"\x1f\x8b\x08".as_slice(),
        b"PK\x03\x04",
        &[&[0; 257], b"ustar".as_slice()].concat(),
    ] {
        let error = install(&folder, archive, &checksum(archive)).unwrap_err();
        assert!(matches!(error, PluginError::Archive(_)), "{error}");
    }
    assert_eq!(fs::read(&placed.path).unwrap(), bytes);
    assert_eq!(names(&folder), ["daypass-hello"]);
}

#[test]
fn before_the_checksum_is_known_nobody_can_run_it() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("plugins");
    let mut incoming = Incoming::begin(&folder).unwrap();
    incoming.write(b"#!/bin/sh\n").unwrap();
    let found = names(&folder);
    assert_eq!(found.len(), 1);
    assert_eq!(mode(&folder.join(&found[0])), 0o600);
    assert_eq!(PluginName::of_file(&found[0]), None);
    drop(incoming);
    assert!(names(&folder).is_empty());
}

#[test]
fn too_much_is_refused_before_it_is_written() {
    let root = tempfile::tempdir().unwrap();
    let mut incoming = Incoming::begin(root.path()).unwrap();
    incoming.length = LARGEST_PLUGIN - 1;
    incoming.write(b"1").unwrap();
    assert!(matches!(incoming.write(b"2"), Err(PluginError::TooLarge)));
}

#[test]
fn leftovers_are_swept_but_not_what_is_being_written() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(".incoming-left"), "x").unwrap();
    let one = Incoming::begin(root.path()).unwrap();
    let two = Incoming::begin(root.path()).unwrap();
    assert_eq!(names(root.path()).len(), 2);
    drop((one, two));
}

/// A link in the plugin's place is replaced, not followed.
#[test]
fn what_a_link_points_to_stays_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("plugins");
    fs::create_dir(&folder).unwrap();
    let other = root.path().join("other");
    fs::write(&other, "mine").unwrap();
    symlink(&other, folder.join("daypass-hello")).unwrap();
    let bytes = b"#!/bin/sh\n";
    install(&folder, bytes, &checksum(bytes)).unwrap();
    assert_eq!(fs::read_to_string(other).unwrap(), "mine");
}
