//! The server's program, as cargo builds it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// One build at a time: both forms end up under the same name before they are copied.
static BUILDING: Mutex<()> = Mutex::new(());

/// The program under a name of its own, where no later build replaces it.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// As it is released.
    ///
    /// # Panics
    /// With the compiler's words, if it does not build.
    pub fn plain() -> Self {
        let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        Self::build("daypass-plain", &[])
    }

    /// With places to die at.
    ///
    /// # Panics
    /// With the compiler's words, if it does not build.
    pub fn with_crash_points() -> Self {
        let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let program = Self::build("daypass-crash-points", &["--features", "crash-points"]);
        // What lies in the target folder is the plain one again.
        Self::build("daypass-plain", &[]);
        program
    }

    fn build(name: &str, features: &[&str]) -> Self {
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
        let folder = target.join("tmp");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        // Linked beside it first: whoever runs the file of this name keeps what it has.
        let (path, new) = (
            folder.join(name),
            folder.join(format!("{name}.{}", std::process::id())),
        );
        std::fs::hard_link(target.join("debug/daypass"), &new).expect("the program is there");
        std::fs::rename(&new, &path).expect("the target folder can be written");
        // Renaming one link of a file over another does nothing.
        let _ = std::fs::remove_file(&new);
        Self { path }
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
