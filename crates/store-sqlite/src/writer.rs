//! The one that writes: a queue, and a transaction for all that is in it.

use daypass_core::audit::Entry;
use daypass_engine::ports::{Change, Session, StoreError, TokenHash};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use crate::audit::Trail;
use crate::connect::Pools;
use crate::error::{share, store_error};
use crate::lock::ProcessLock;
use crate::{grants, kept, sessions};

/// Most writes that share a transaction: a bound on how long the first of them waits for the last.
const BATCH: usize = 256;

/// Most writes that wait; beyond it, callers wait to be let into the queue.
const QUEUE: usize = 1_024;

/// Something to write.
#[derive(Debug)]
pub(crate) enum Write {
    Commit(Vec<Change>),
    CreateSession(Session, Entry),
    TouchSession(TokenHash, Timestamp),
    DeleteSession(TokenHash, Entry),
    DeleteExpiredSessions(Timestamp),
    Keep {
        name: String,
        text: String,
        entries: Vec<Entry>,
    },
    Probe,
}

/// One write and the one who waits for it. The answer is the number of rows, where that means something.
struct Job {
    write: Write,
    reply: oneshot::Sender<Result<u64, StoreError>>,
}

enum Message {
    Job(Box<Job>),
    Stop(oneshot::Sender<()>),
}

/// The way to the writer.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the task that writes. It holds the lock on the file for as long as it may write.
    pub(crate) fn start(pools: Pools, lock: Option<ProcessLock>) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        tokio::spawn(run(pools, messages, lock));
        Self { queue }
    }

    /// Queues a write and waits until it is durable. It happens even if the caller stops waiting.
    pub(crate) async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .send(Message::Job(Box::new(Job { write, reply })))
            .await
            .map_err(|_| StoreError::Unavailable(None))?;
        answer.await.map_err(|_| StoreError::Unavailable(None))?
    }

    /// Lets what is queued finish, and waits for the lock to be released.
    pub(crate) async fn stop(self) {
        let (stopped, wait) = oneshot::channel();
        if self.queue.send(Message::Stop(stopped)).await.is_ok() {
            // An error means that the task is gone, which is what is wanted.
            let _ = wait.await;
        }
    }
}

async fn run(pools: Pools, mut messages: mpsc::Receiver<Message>, lock: Option<ProcessLock>) {
    let mut stopped = None;
    while stopped.is_none() {
        let Some(first) = messages.recv().await else {
            break;
        };
        let mut jobs = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => jobs.push(*job),
                Message::Stop(reply) => stopped = Some(reply),
            }
            next = if stopped.is_none() && jobs.len() < BATCH {
                messages.try_recv().ok()
            } else {
                None
            };
        }
        if !jobs.is_empty() {
            write_batch(&pools, jobs).await;
        }
    }
    pools.close().await;
    drop(lock);
    if let Some(stopped) = stopped {
        let _ = stopped.send(());
    }
}

/// Writes the jobs in one transaction, and answers each only when it is durable.
async fn write_batch(pools: &Pools, jobs: Vec<Job>) {
    match transact(pools, &jobs).await {
        Ok(results) => {
            for (job, result) in jobs.into_iter().zip(results) {
                // The caller may have gone; what it asked for is done all the same.
                let _ = job.reply.send(result);
            }
        }
        Err(error) => {
            for job in jobs {
                let _ = job.reply.send(Err(share(&error)));
            }
        }
    }
}

/// The results of the single jobs, once they are durable; or why the whole transaction is not.
async fn transact(pools: &Pools, jobs: &[Job]) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
    let mut connection = pools.writer.acquire().await.map_err(store_error)?;
    execute(&mut connection, "BEGIN IMMEDIATE").await?;
    let outcome = match apply_all(&mut connection, jobs).await {
        Ok(results) => execute(&mut connection, "COMMIT").await.map(|()| results),
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        // After some errors SQLite has rolled back by itself, and then this one fails: both leave no transaction.
        let _ = execute(&mut connection, "ROLLBACK").await;
    }
    outcome
}

async fn apply_all(
    connection: &mut SqliteConnection,
    jobs: &[Job],
) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
    let mut trail = Trail::read(connection).await?;
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        execute(connection, "SAVEPOINT job").await?;
        let before = trail;
        let result = apply(connection, &mut trail, &job.write).await;
        match &result {
            Ok(_) => execute(connection, "RELEASE job").await?,
            Err(StoreError::Conflict | StoreError::Malformed(_)) => {
                trail = before;
                execute(connection, "ROLLBACK TO job").await?;
                execute(connection, "RELEASE job").await?;
            }
            // Disk and file are everybody's matter; and SQLite may have ended the transaction already.
            Err(error) => return Err(share(error)),
        }
        results.push(result);
    }
    Ok(results)
}

async fn apply(
    connection: &mut SqliteConnection,
    trail: &mut Trail,
    write: &Write,
) -> Result<u64, StoreError> {
    match write {
        Write::Commit(changes) => {
            for change in changes {
                grants::write(connection, change).await?;
                for entry in &change.entries {
                    trail.append(connection, entry).await?;
                }
            }
            Ok(0)
        }
        Write::CreateSession(session, entry) => {
            sessions::create(connection, session).await?;
            trail.append(connection, entry).await?;
            Ok(1)
        }
        Write::TouchSession(token, at) => sessions::touch(connection, token, *at).await,
        Write::DeleteSession(token, entry) => {
            let deleted = sessions::delete(connection, token).await?;
            if deleted > 0 {
                trail.append(connection, entry).await?;
            }
            Ok(deleted)
        }
        Write::DeleteExpiredSessions(before) => sessions::delete_expired(connection, *before).await,
        Write::Keep {
            name,
            text,
            entries,
        } => {
            kept::keep(connection, name, text).await?;
            for entry in entries {
                trail.append(connection, entry).await?;
            }
            Ok(1)
        }
        Write::Probe => {
            execute(connection, "UPDATE probe SET writes = writes + 1").await?;
            Ok(1)
        }
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), StoreError> {
    sqlx::query(statement)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(store_error)
}
