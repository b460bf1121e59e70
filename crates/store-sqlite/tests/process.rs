//! Processes: one at a time has the file, and one that is killed loses nothing that it acknowledged.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use daypass_core::ids::GrantId;
use daypass_core::state::State;
use daypass_engine::conformance::fixtures::{Sample, changed, intend, new};
use daypass_engine::conformance::verify;
use daypass_engine::ports::{AuditFilter, Store, StoreError};
use daypass_store_sqlite::SqliteStore;

/// Set in the processes that the tests start, to the path of the database.
const DATABASE: &str = "DAYPASS_TEST_DATABASE";
/// The number of the first grant that such a process makes.
const FIRST: &str = "DAYPASS_TEST_FIRST";
/// Begins a line that names a grant whose commit was acknowledged.
const ACKNOWLEDGED: &str = "acknowledged ";

fn this_test(name: &str, database: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture"])
        .env(DATABASE, database)
        .stdout(Stdio::piped());
    command
}

fn database_of_child() -> Option<PathBuf> {
    std::env::var_os(DATABASE).map(PathBuf::from)
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

/// Writes without end, in a process of its own; run as a test, it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_writes_until_killed() {
    let Some(path) = database_of_child() else {
        return;
    };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let writers = (0..16_u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for round in 0.. {
                let number = first + round * 16 + writer;
                let (grant, entries) = Sample::new(number).make(State::Activating);
                store
                    .commit(vec![new(grant.clone(), entries)])
                    .await
                    .unwrap();
                let mut grant = store.grant(grant.id).await.unwrap().unwrap();
                let now = grant.created_at;
                let entries = intend(&mut grant, now);
                let id = grant.id;
                store.commit(vec![changed(grant, entries)]).await.unwrap();
                say(&format!("{ACKNOWLEDGED}{id}"));
            }
        })
    });
    futures::future::join_all(writers.collect::<Vec<_>>()).await;
}

/// Kills the process with SIGKILL once it has acknowledged so many; all that it acknowledged.
fn kill_after(mut child: Child, count: usize) -> BTreeSet<GrantId> {
    let mut acknowledged = BTreeSet::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if let Some(id) = line.strip_prefix(ACKNOWLEDGED) {
            acknowledged.insert(id.parse().unwrap());
        }
        if acknowledged.len() == count {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    let mut acknowledged = BTreeSet::new();
    for round in 0..5_u32 {
        let mut command = this_test("child_writes_until_killed", &path);
        let child = command
            .env(FIRST, (round * 1_000_000).to_string())
            .spawn()
            .unwrap();
        let count = 20 + 37 * round as usize;
        let more = kill_after(child, count);
        assert!(more.len() >= count);
        acknowledged.extend(more);

        let store = SqliteStore::open(&path).await.unwrap();
        let trail = store
            .audit_entries(&AuditFilter {
                limit: usize::MAX,
                ..AuditFilter::default()
            })
            .await
            .unwrap();
        verify(&trail);
        for id in &acknowledged {
            assert_eq!(
                store.grant(*id).await.unwrap().map(|grant| grant.revision),
                Some(2),
                "{id}"
            );
        }
        // Nothing is unrecorded either: each change of a stored grant has its entries.
        let stored = store.in_state(State::Activating, usize::MAX).await.unwrap();
        let per_new = Sample::new(0).make(State::Activating).1.len() as u64;
        let entries: u64 = stored
            .iter()
            .map(|grant| per_new + grant.revision - 1)
            .sum();
        assert_eq!(entries, trail.len() as u64);
        store.close().await;
    }
}

/// Opens the database in a process of its own and says what came of it; run as a test, it has nothing to do.
#[tokio::test]
async fn child_opens() {
    let Some(path) = database_of_child() else {
        return;
    };
    say(match SqliteStore::open(&path).await {
        Ok(_) => "opened",
        Err(StoreError::InUse) => "in use",
        Err(StoreError::Unavailable(Some(_))) => "unavailable",
        Err(_) => "another error",
    });
}

fn open_elsewhere(mut command: Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_second_process_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let start = Instant::now();
    let said = open_elsewhere(this_test("child_opens", &path));
    assert!(said.contains("in use"), "{said}");
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "it does not wait for the lock: {:?}",
        start.elapsed()
    );

    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for other in [&path, &link] {
        let refused = SqliteStore::open(other).await;
        assert!(matches!(refused, Err(StoreError::InUse)), "{refused:?}");
    }
    store.close().await;
    let said = open_elsewhere(this_test("child_opens", &path));
    assert!(said.contains("opened"), "{said}");
}

/// The superuser writes to any file, so the process that opens it is somebody else.
#[tokio::test]
async fn a_read_only_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daypass.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = this_test("child_opens", &path);
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        let program = folder.path().join("test");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program);
        command
            .args(["--exact", "child_opens", "--nocapture"])
            .env(DATABASE, &path)
            .current_dir("/");
    }
    let said = open_elsewhere(command);
    assert!(said.contains("unavailable"), "{said}");
}
