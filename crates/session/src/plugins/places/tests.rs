//! Which plugin is found, and which is refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

/// A folder of installed plugins, and two folders on `PATH`.
struct Machine {
    _root: tempfile::TempDir,
    installed: PathBuf,
    first: PathBuf,
    second: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let [installed, first, second] = ["installed", "first", "second"].map(|name| {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            mode(&folder, 0o755);
            folder
        });
        Self {
            _root: root,
            installed,
            first,
            second,
        }
    }

    fn places(&self) -> Places {
        let path = std::env::join_paths([&self.first, &self.second]).unwrap();
        Places::new(self.installed.clone(), &path)
    }

    fn find(&self, text: &str) -> Result<Option<PathBuf>, PluginError> {
        self.places().find(&name(text))
    }
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn plugin(folder: &Path, file: &str) -> PathBuf {
    let path = folder.join(file);
    fs::write(&path, "#!/bin/sh\n").unwrap();
    mode(&path, 0o755);
    path.canonicalize().unwrap()
}

#[test]
fn installed_ones_come_first_then_those_of_the_path_in_its_order() {
    let machine = Machine::new();
    assert!(machine.find("hello").unwrap().is_none());
    let second = plugin(&machine.second, "daypass-hello");
    assert_eq!(machine.find("hello").unwrap(), Some(second));
    let first = plugin(&machine.first, "daypass-hello");
    assert_eq!(machine.find("hello").unwrap(), Some(first.clone()));
    mode(&first, 0o644);
    assert!(
        machine
            .find("hello")
            .unwrap()
            .unwrap()
            .starts_with(machine.second.canonicalize().unwrap())
    );
    let installed = plugin(&machine.installed, "daypass-hello");
    assert_eq!(machine.find("hello").unwrap(), Some(installed.clone()));
    mode(&installed, 0o644);
    let error = machine.find("hello").unwrap_err();
    assert!(matches!(error, PluginError::NotExecutable(_)), "{error}");
}

#[test]
fn what_others_may_change_is_refused_and_not_passed_by() {
    let machine = Machine::new();
    let path = plugin(&machine.first, "daypass-hello");
    plugin(&machine.second, "daypass-hello");
    let refused = |at: &Path| {
        let error = machine.find("hello").unwrap_err();
        let told = at.canonicalize().unwrap();
        assert!(
            matches!(&error, PluginError::WritableByOthers { at, .. } if *at == told),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("chmod go-w"));
    };
    for wide in [0o775, 0o757, 0o777] {
        mode(&path, wide);
        refused(&path);
        mode(&path, 0o755);
        mode(&machine.first, wide);
        refused(&machine.first);
        // The sticky bit keeps nobody from putting a plugin there.
        mode(&machine.first, 0o1000 | wide);
        refused(&machine.first);
        mode(&machine.first, 0o755);
        assert!(machine.find("hello").unwrap().is_some());
    }
    let root = machine.first.parent().unwrap();
    mode(root, 0o777);
    refused(root);
    // As in /tmp: the folder below is ours, and stays where it is.
    mode(root, 0o1777);
    assert!(machine.find("hello").unwrap().is_some());
}

#[test]
fn a_link_is_judged_at_both_ends() {
    let machine = Machine::new();
    let elsewhere = machine.first.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    mode(&elsewhere, 0o755);
    let target = plugin(&elsewhere, "any-name");
    symlink(&target, machine.first.join("daypass-hello")).unwrap();
    assert_eq!(machine.find("hello").unwrap(), Some(target));
    mode(&machine.first, 0o777);
    assert!(machine.find("hello").is_err());
    mode(&machine.first, 0o755);
    mode(&elsewhere, 0o777);
    assert!(machine.find("hello").is_err());
    mode(&elsewhere, 0o755);
    assert!(machine.find("hello").is_ok());
    // And in the middle.
    let between = machine.first.parent().unwrap().join("between");
    fs::create_dir(&between).unwrap();
    symlink(elsewhere.join("any-name"), between.join("link")).unwrap();
    symlink("../between/link", machine.first.join("daypass-far")).unwrap();
    mode(&between, 0o755);
    assert!(machine.find("far").unwrap().unwrap().ends_with("any-name"));
    mode(&between, 0o777);
    assert!(machine.find("far").is_err());
    symlink("daypass-round", machine.installed.join("daypass-round")).unwrap();
    assert!(machine.find("round").is_err());
    symlink("nowhere", machine.installed.join("daypass-gone")).unwrap();
    let error = machine.find("gone").unwrap_err();
    assert!(error.to_string().contains("daypass-gone"), "{error}");
}

/// Only root can give files away, so elsewhere this shows nothing.
#[test]
fn what_belongs_to_somebody_else_is_refused() {
    let machine = Machine::new();
    let path = plugin(&machine.first, "daypass-hello");
    if std::os::unix::fs::chown(&path, Some(1), None).is_err() {
        return;
    }
    let error = machine.find("hello").unwrap_err();
    assert!(matches!(error, PluginError::Foreign { .. }), "{error}");
    std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    std::os::unix::fs::chown(&machine.first, Some(1), None).unwrap();
    assert!(machine.find("hello").is_err());
}

#[test]
fn relative_entries_of_the_path_are_left_out() {
    let places = Places::new("/nowhere".into(), &OsString::from("::.:bin:/bin:"));
    assert_eq!(places.path, [Path::new("/bin")]);
    assert!(places.find(&name("hello")).unwrap().is_none());
}

/// Each of these would leave a mark if it were started.
#[test]
fn listing_starts_nothing() {
    let machine = Machine::new();
    let mark = machine.first.join("mark");
    for (folder, file) in [
        (&machine.installed, "daypass-a"),
        (&machine.first, "daypass-a"),
        (&machine.second, "daypass-b"),
        (&machine.second, "daypass-NO"),
        (&machine.second, "kubectl-c"),
    ] {
        let path = plugin(folder, file);
        fs::write(path, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
    }
    fs::create_dir(machine.first.join("daypass-folder")).unwrap();
    mode(&machine.second, 0o777);
    let listed = machine.places().list();
    let shown: Vec<_> = listed
        .iter()
        .map(|plugin| {
            (
                plugin.name.as_str(),
                plugin.origin,
                plugin.refused.is_some(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [("a", Origin::Installed, false), ("b", Origin::Path, true)]
    );
    assert!(!mark.exists());
}

#[test]
fn only_installed_ones_are_removed() {
    let machine = Machine::new();
    let places = machine.places();
    plugin(&machine.first, "daypass-hello");
    assert!(matches!(
        places.remove(&name("hello")),
        Err(PluginError::NotInstalled(_))
    ));
    let path = plugin(&machine.installed, "daypass-hello");
    places.remove(&name("hello")).unwrap();
    assert!(!path.exists() && machine.find("hello").unwrap().is_some());
}
