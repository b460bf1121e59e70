//! The server's program, as cargo builds it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// One build at a time: both forms end up under the same name before they are copied.
static BUILDING: Mutex<()> = Mutex::new(());

/// A copy of the program, which no later build changes.
#[derive(Debug)]
pub struct Program {
    _folder: TempDir,
    path: PathBuf,
}

impl Program {
    /// As it is released.
    ///
    /// # Panics
    /// With the compiler's words, if it does not build.
    pub fn plain() -> Self {
        Self::build(&[])
    }

    /// With places to die at.
    ///
    /// # Panics
    /// With the compiler's words, if it does not build.
    pub fn with_crash_points() -> Self {
        let program = Self::build(&["--features", "crash-points"]);
        // What lies in the target folder is the plain one again.
        drop(Self::build(&[]));
        program
    }

    fn build(features: &[&str]) -> Self {
        let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let target = target_folder();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--offline", "--package", "daypass"])
            .args(["--bin", "daypass"])
            .args(features)
            .arg("--target-dir")
            .arg(&target)
            .current_dir(workspace)
            .output()
            .expect("cargo runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the server builds: {words}");
        let folder = TempDir::new_in(&target).expect("the target folder can be written");
        let path = folder.path().join("daypass");
        // A link is enough: cargo replaces the name, never what is behind it.
        std::fs::hard_link(target.join("debug/daypass"), &path).expect("the program is there");
        Self {
            _folder: folder,
            path,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder that this test itself was built in.
fn target_folder() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a name");
    // target/debug/deps/crashes-0123456789abcdef
    let target = own.ancestors().nth(3).expect("it is in a target folder");
    target.to_owned()
}
