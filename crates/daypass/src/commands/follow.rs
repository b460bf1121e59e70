//! What happens to a new grant: told once, or followed until it is in force or never will be.

use std::time::Duration;

use daypass_api::Grant;
use daypass_core::state::State;
use tokio::time::Instant;

use super::Context;
use super::context::block_on;
use crate::cli::WaitArguments;
use crate::client::Client;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};

/// The first pause between two looks: writing a policy takes about a second.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// The longest pause: people take minutes, and a look costs the server little.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a server may be away before waiting is given up.
const LONGEST_SILENCE: Duration = Duration::from_mins(2);

/// Shows the grant; with `--wait`, when it has come to something.
pub(super) fn show(
    context: &Context,
    client: &Client,
    grant: Grant,
    arguments: &WaitArguments,
) -> Result<Exit, Error> {
    let print = |grant: &Grant| {
        context.output.data(grant, || {
            output::grant::detail(grant, client.now(), context.output.width())
        })
    };
    if !arguments.wait {
        print(&grant)?;
        if context.output.is_for_people() && is_under_way(&grant) {
            output::hint(&format!("daypass status {}", visible(&grant.id)));
        }
        return Ok(Exit::Done);
    }
    // First of all, so that whoever presses Ctrl-C now can find it again.
    output::talk(&format!("{} {}", visible(&grant.id), visible(&grant.url)));
    let patience = arguments
        .timeout
        .map(|timeout| Duration::from_secs(timeout.seconds()));
    let (grant, exit) = block_on(until_settled(client, grant, patience))?;
    print(&grant)?;
    if exit == Exit::Pending {
        output::hint(&format!(
            "it goes on without you: daypass status {}",
            visible(&grant.id)
        ));
    }
    Ok(exit)
}

fn is_under_way(grant: &Grant) -> bool {
    matches!(
        State::parse(&grant.state),
        Some(State::ApprovalAwaited | State::Scheduled | State::Activating)
    )
}

/// How waiting ends in this state; absent: it goes on.
fn settled(state: &str) -> Option<Exit> {
    match State::parse(state)? {
        State::ApprovalAwaited | State::Scheduled | State::Activating => None,
        State::Active => Some(Exit::Done),
        State::Denied => Some(Exit::Denied),
        State::ActivationFailed => Some(Exit::Failed),
        State::Expired | State::Withdrawn | State::Revoking | State::Revoked | State::Ended => {
            Some(Exit::Over)
        }
    }
}

/// Follows a grant to what it comes to, or to the end of the patience.
pub(super) async fn until_settled(
    client: &Client,
    mut grant: Grant,
    patience: Option<Duration>,
) -> Result<(Grant, Exit), Error> {
    let deadline = patience.map(|patience| Instant::now() + patience);
    let mut pause = FIRST_PAUSE;
    let mut silent_since: Option<Instant> = None;
    announce(&grant);
    loop {
        if let Some(exit) = settled(&grant.state) {
            return Ok((grant, exit));
        }
        let wake = Instant::now() + pause;
        if deadline.is_some_and(|deadline| deadline <= wake) {
            // The last look is at the deadline itself: what came in the meantime counts.
            tokio::time::sleep_until(deadline.unwrap_or(wake)).await;
            let last = client.grant(&grant.id).await.unwrap_or(grant);
            let exit = settled(&last.state).unwrap_or(Exit::Pending);
            return Ok((last, exit));
        }
        tokio::time::sleep_until(wake).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        match client.grant(&grant.id).await {
            Ok(seen) => {
                if seen.state != grant.state {
                    announce(&seen);
                    pause = FIRST_PAUSE;
                }
                silent_since = None;
                grant = seen;
            }
            // A restart of the server is no answer: the grant is safe there.
            Err(error) if error.is_transient() => {
                if silent_since.is_none() {
                    output::talk(&format!("{}; still trying", visible(&error.to_string())));
                }
                if silent_since.get_or_insert_with(Instant::now).elapsed() > LONGEST_SILENCE {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn announce(grant: &Grant) {
    match State::parse(&grant.state) {
        Some(State::ApprovalAwaited) => {
            output::talk(&format!("Waiting: {}.", output::steps::asked_now(grant)));
        }
        Some(State::Scheduled) => output::talk("Agreed; waiting for its start."),
        Some(State::Activating) => output::talk("Agreed; it is being put in force."),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_exit_code() {
        let codes: Vec<_> = State::ALL
            .into_iter()
            .map(|state| (state.as_str(), settled(state.as_str()).map(Exit::code)))
            .collect();
        assert_eq!(
            codes,
            [
                ("APPROVAL_AWAITED", None),
                ("DENIED", Some(3)),
                ("WITHDRAWN", Some(5)),
                ("EXPIRED", Some(5)),
                ("SCHEDULED", None),
                ("ACTIVATING", None),
                ("ACTIVATION_FAILED", Some(1)),
                ("ACTIVE", Some(0)),
                ("REVOKING", Some(5)),
                ("REVOKED", Some(5)),
                ("ENDED", Some(5)),
            ]
        );
        assert_eq!(settled("A_STATE_OF_A_LATER_VERSION"), None);
    }
}
