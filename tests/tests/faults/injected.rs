//! Every write and every synchronisation of one grant fails once, and from then on.

use daypass_tests::crash::{
    Deed, Injection, Ledger, Oracle, Person, Program, Server, Site, Start, is_long, is_strace_there,
};

/// What fails, and how.
const WRITES: &str = "write,pwrite64";
/// SQLite chooses between the two when it is compiled.
const SYNCHRONISATIONS: &str = "fsync,fdatasync";
const ERRORS: [&str; 2] = ["EIO", "ENOSPC"];

/// In the short form: the first ones, and some between.
const SAMPLE: [u32; 8] = [1, 2, 3, 7, 12, 20, 33, 54];

/// More than any grant needs.
const MOST: u32 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_write_is_an_error_or_a_crash_and_never_an_unrecorded_grant() {
    if is_strace_there() {
        try_errors(WRITES).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_synchronisation_is_no_other_matter() {
    if is_strace_there() {
        try_errors(SYNCHRONISATIONS).await;
    }
}

#[expect(clippy::print_stdout, reason = "how much was tried")]
async fn try_errors(call: &'static str) {
    let program = Program::plain();
    let site = Site::start(&program).await;
    let mut oracle = Oracle::default();
    let mut ledger = Ledger::default();
    // The database is made before: what is tried is a grant, not the first start.
    Server::start(&program, &site).await.kill().await;
    let mut met = 0;
    for (turn, error) in ERRORS.into_iter().enumerate() {
        for nth in 1..MOST {
            // In the short form each number is tried with one error, lasting or not.
            let place = SAMPLE.iter().position(|sample| *sample == nth);
            if !is_long() && place.is_none_or(|place| place % ERRORS.len() != turn) {
                if nth > SAMPLE[SAMPLE.len() - 1] && !is_long() {
                    break;
                }
                continue;
            }
            let lasting = place.is_none_or(|place| place % 4 >= 2);
            let forms = if is_long() {
                vec![false, true]
            } else {
                vec![lasting]
            };
            let mut injected = 0;
            for goes_on in forms {
                let injection = Injection {
                    call,
                    error,
                    nth,
                    goes_on,
                };
                injected += one(&program, &site, injection, &mut ledger, &mut oracle).await;
            }
            println!("{call} {error} from {nth} on: {injected} failed");
            met += injected;
            if injected == 0 {
                // One grant does not make so many calls.
                break;
            }
        }
    }
    println!("{call}: {met} calls failed");
    assert!(met >= ERRORS.len(), "each error is met somewhere");
}

/// One grant while the disk fails, and what a later server makes of it. How many calls failed.
async fn one(
    program: &Program,
    site: &Site,
    injection: Injection,
    ledger: &mut Ledger,
    oracle: &mut Oracle,
) -> usize {
    let context = |wrong| format!("{injection:?}: {wrong}");
    let start = Start {
        injection: Some(injection),
        ..Start::default()
    };
    // A server that cannot even start is a clear answer, too.
    match Server::start_with(program, site, &start).await {
        Ok(server) => {
            grant(site, server.url(), ledger).await;
            server.kill().await;
        }
        Err(ended) => assert_eq!(ended.status.code(), Some(1), "{}", ended.log),
    }
    let seen = oracle.check_dead(site, ledger).await;
    seen.map_err(context).unwrap();
    let server = Server::start(program, site).await;
    let seen = oracle.check_agreed(site, ledger).await;
    seen.map_err(|wrong| format!("{}\n{}", context(wrong), server.log()))
        .unwrap();
    server.kill().await;
    Injection::injected(site)
}

/// Asks, agrees, waits a while for it to be active, and gives it back. Any of it may be refused.
async fn grant(site: &Site, url: &str, ledger: &mut Ledger) {
    let alice = Person::at(url, &site.cloud(), "alice");
    let carol = Person::at(url, &site.cloud(), "carol");
    let Ok(made) = alice.ask("three-approved", 30).await else {
        return;
    };
    ledger.note(&made.id, Deed::Made);
    if carol.decide(&made.id, "approve").await.is_ok() {
        ledger.note(&made.id, Deed::Approved);
    }
    for _ in 0..15 {
        match alice.grant(&made.id).await {
            Ok(grant) if grant.state == "ACTIVE" => break,
            _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    if alice.decide(&made.id, "revoke").await.is_ok() {
        ledger.note(&made.id, Deed::Revoked);
    }
}
