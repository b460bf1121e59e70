//! A small workspace in a temporary folder, laid out as ours, that a test can damage.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["crates/*", "sandbox", "tests"]

[workspace.lints.rust]
unsafe_code = "forbid"

[workspace.dependencies]
daypass-core = { path = "crates/core" }
daypass-engine = { path = "crates/engine" }
daypass-google = { path = "crates/google" }
daypass-oidc = { path = "crates/oidc" }
daypass-api = { path = "crates/api" }
daypass-server = { path = "crates/server" }
daypass = { path = "crates/daypass" }
daypass-sandbox = { path = "sandbox" }
daypass-tests = { path = "tests" }
"#;

const HEAD: &str = "[package]\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const LINTS: &str = "\n[lints]\nworkspace = true\n\n";

/// Folder, name, and the packages of ours that it imports when all is well.
const PACKAGES: &[(&str, &str, &[&str])] = &[
    ("crates/core", "daypass-core", &[]),
    ("crates/engine", "daypass-engine", &["daypass-core"]),
    (
        "crates/google",
        "daypass-google",
        &["daypass-core", "daypass-engine"],
    ),
    ("crates/oidc", "daypass-oidc", &["daypass-core"]),
    ("crates/api", "daypass-api", &[]),
    (
        "crates/server",
        "daypass-server",
        &["daypass-engine", "daypass-api"],
    ),
    (
        "crates/daypass",
        "daypass",
        &["daypass-server", "daypass-google", "daypass-sandbox"],
    ),
    ("sandbox", "daypass-sandbox", &[]),
    ("tests", "daypass-tests", &["daypass-sandbox"]),
];

pub(crate) struct House {
    root: TempDir,
}

/// What `xtask` answered.
pub(crate) struct Report {
    pub(crate) passed: bool,
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

impl House {
    /// A workspace that keeps every rule.
    pub(crate) fn sound() -> Self {
        let house = Self {
            root: TempDir::new().unwrap(),
        };
        house.write("Cargo.toml", WORKSPACE);
        house.write("README.md", "# A house\n");
        for (folder, name, imports) in PACKAGES {
            house.package(folder, name, imports);
        }
        house.write("tests/tests/whole.rs", "//! The whole system.\n");
        house
    }

    /// Adds a package; its manifest ends with the dependencies, so that a test can append one.
    pub(crate) fn package(&self, folder: &str, name: &str, imports: &[&str]) {
        let imports: Vec<String> = imports
            .iter()
            .map(|import| format!("{import}.workspace = true\n"))
            .collect();
        let imports = imports.concat();
        let manifest = format!("{HEAD}name = \"{name}\"\n{LINTS}[dependencies]\n{imports}");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        let root = if name == "daypass" { "main" } else { "lib" };
        self.write(
            &format!("{folder}/src/{root}.rs"),
            "//! Holds one part of the house, and nothing else.\n",
        );
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join(path)).unwrap()
    }

    /// Appends to a file and returns the line at which the new text begins, counted from 1.
    pub(crate) fn append(&self, path: &str, text: &str) -> usize {
        let before = self.read(path);
        self.write(path, &format!("{before}{text}\n"));
        before.lines().count() + 1
    }

    /// Makes the folder a git checkout of its own, with nothing added to it.
    pub(crate) fn start_git(&self) {
        let answer = Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(self.root.path())
            .output()
            .unwrap();
        assert!(answer.status.success());
    }

    pub(crate) fn rust_files_outside_tests(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            entries
                .map(|path| {
                    let counts = path.extension().is_some_and(|extension| extension == "rs");
                    if path.is_dir() {
                        count(&path)
                    } else {
                        usize::from(counts)
                    }
                })
                .sum()
        }
        count(&self.root.path().join("crates")) + count(&self.root.path().join("sandbox"))
    }

    pub(crate) fn check(&self) -> Report {
        xtask(&["arch", "--root", self.root.path().to_str().unwrap()])
    }
}

impl Report {
    /// Asserts that this rule fires at this place, and that no other rule does.
    #[track_caller]
    pub(crate) fn assert_broken(&self, rule: &str, file: &str, line: usize, finding: &str) {
        let start = format!("{file}:{line}: {rule}: ");
        let found = self
            .text
            .lines()
            .any(|text| text.starts_with(&start) && text.contains(finding));
        assert!(found, "expected {start}…{finding}…, got:\n{}", self.text);
        let others = self
            .text
            .lines()
            .filter(|text| text.contains(".rs:") || text.contains(".toml:"));
        for other in others {
            assert!(
                other.contains(&format!(": {rule}: ")),
                "another rule fired: {other}"
            );
        }
        assert!(self.text.contains("\n  hint: "), "{}", self.text);
        assert_eq!(self.code, Some(1));
    }
}

/// Runs the program under test.
pub(crate) fn xtask(arguments: &[&str]) -> Report {
    let answer = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .output()
        .unwrap();
    let text = [answer.stdout, answer.stderr].concat();
    Report {
        passed: answer.status.success(),
        code: answer.status.code(),
        text: String::from_utf8_lossy(&text).into_owned(),
    }
}
