//! What cargo says about the packages of the workspace.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// A package of the workspace, with paths from its root.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
    /// Root files of its library and its programs, not of its tests, benches and examples.
    pub(super) crate_roots: Vec<String>,
}

/// One direct dependency, as the manifest declares it.
#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Absent for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

impl Dependency {
    /// Whether only the package's own tests see it.
    pub(super) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Asks cargo for the packages of the workspace at `root`; needs no network.
///
/// # Errors
/// When cargo cannot be started, refuses the manifests, or answers with something unknown.
pub(super) fn load(root: &Path) -> io::Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let answer = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(root.join("Cargo.toml"))
        .output()?;
    if !answer.status.success() {
        let text = String::from_utf8_lossy(&answer.stderr).into_owned();
        return Err(io::Error::other(format!("cargo metadata failed: {text}")));
    }
    let metadata: Metadata = serde_json::from_slice(&answer.stdout)?;
    Ok(metadata
        .packages
        .into_iter()
        .map(|package| package.below(root))
        .collect())
}

impl RawPackage {
    fn below(self, root: &Path) -> Package {
        let shipped = |target: &&Target| {
            target
                .kind
                .iter()
                .any(|kind| kind == "bin" || kind.ends_with("lib") || kind == "proc-macro")
        };
        Package {
            name: self.name,
            manifest: relative(&self.manifest_path, root),
            dependencies: self.dependencies,
            crate_roots: self
                .targets
                .iter()
                .filter(shipped)
                .map(|target| relative(&target.src_path, root))
                .collect(),
        }
    }
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}
