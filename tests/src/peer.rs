//! Programs of others that the tests talk to. No registry carries the big ones: a machine without one skips its
//! tests, saying so; under `CI=true` nothing may be missing.

use std::path::PathBuf;

/// The program on PATH, or the skip rule.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    present_or_skipped(found, &format!("{name} is not on PATH"))
}

/// The Python interpreter with the packages of `real-clients/requirements.txt`, which `./test.sh` installs and names
/// in `DAYPASS_TEST_PYTHON`; or the skip rule.
pub fn python() -> Option<PathBuf> {
    let named = std::env::var_os("DAYPASS_TEST_PYTHON")
        .map(PathBuf::from)
        .filter(|file| file.is_file());
    present_or_skipped(
        named,
        "DAYPASS_TEST_PYTHON names no interpreter; ./test.sh sets it",
    )
}

/// Node, and the folder with the packages of `real-clients/node`, which `./test.sh` installs and names in
/// `DAYPASS_TEST_NODE_MODULES`; or the skip rule.
pub fn node() -> Option<(PathBuf, PathBuf)> {
    let program = on_path("node")?;
    let named = std::env::var_os("DAYPASS_TEST_NODE_MODULES")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir());
    let modules = present_or_skipped(
        named,
        "DAYPASS_TEST_NODE_MODULES names no folder; ./test.sh sets it",
    )?;
    Some((program, modules))
}

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn present_or_skipped(peer: Option<PathBuf>, absence: &str) -> Option<PathBuf> {
    if peer.is_none() {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "{absence}, and under CI=true nothing is skipped");
        println!("skipped: {absence}");
    }
    peer
}
