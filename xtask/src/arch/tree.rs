//! The text files of the checkout.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::source;

/// A text file that git tracks, or would track: a new file must not escape the rules until it is added.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Path from the root of the workspace, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// For Rust: the text with comments and literals blanked, line by line the same. Else empty.
    pub(super) code: String,
    /// For Rust: `code` without its test modules. Empty for a file that holds nothing but tests.
    pub(super) shipped: String,
}

impl SourceFile {
    pub(super) fn new(path: String, text: String) -> Self {
        let code = if is_rust(&path) {
            source::without_literals(&text)
        } else {
            String::new()
        };
        let shipped = if is_test_path(&path) {
            String::new()
        } else {
            source::without_tests(&code)
        };
        Self {
            path,
            text,
            code,
            shipped,
        }
    }

    pub(super) fn is_rust(&self) -> bool {
        is_rust(&self.path)
    }

    /// Whether the file holds nothing but tests.
    pub(super) fn is_test(&self) -> bool {
        is_test_path(&self.path)
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

fn is_test_path(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// Reads every text file below `root`, in the order of their paths.
///
/// # Errors
/// When a file or folder cannot be read. Files that are not UTF-8 are data and are left out.
pub(super) fn load(root: &Path) -> io::Result<Vec<SourceFile>> {
    let mut paths = match tracked(root)? {
        Some(paths) => paths,
        None => walk(root)?,
    };
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        match fs::read(root.join(&path)) {
            Ok(bytes) => {
                if let Ok(text) = String::from_utf8(bytes) {
                    files.push(SourceFile::new(path, text));
                }
            }
            // Deleted in the work tree, or a link to a folder.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::IsADirectory
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// The files that git knows or would add, or nothing when `root` is no checkout of its own.
fn tracked(root: &Path) -> io::Result<Option<Vec<String>>> {
    if !root.join(".git").exists() {
        return Ok(None);
    }
    let answer = Command::new("git")
        .arg("-C")
        .arg(root)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()?;
    if !answer.status.success() {
        let text = String::from_utf8_lossy(&answer.stderr).into_owned();
        return Err(io::Error::other(format!("git ls-files failed: {text}")));
    }
    let names = String::from_utf8_lossy(&answer.stdout);
    Ok(Some(
        names
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    ))
}

/// Every file below `root` but those that cargo builds: for a source archive without git.
fn walk(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if let Ok(below) = path.strip_prefix(root) {
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}
