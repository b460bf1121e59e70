//! Deciding anew what waits under an entitlement that was changed (I23).

use std::sync::atomic::Ordering;

use daypass_core::state::State;

use crate::{Engine, Error};

/// Looks at all requests that wait, once after each change of the entitlements and once after the start: they may have
/// been changed while the server was down. A failure leaves the rest for the next run.
pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let version = engine.0.catalogue_version.load(Ordering::Acquire);
    if engine.0.state.redecided.load(Ordering::Acquire) == version {
        return Ok(());
    }
    let waiting = engine
        .store()
        .in_state(State::ApprovalAwaited, usize::MAX)
        .await?;
    let catalogue = engine.catalogue();
    for grant in waiting {
        if catalogue.hash(&grant.terms.entitlement) == Some(grant.terms.entitlement_hash) {
            continue;
        }
        match engine.check_again(&grant).await {
            // What was decided anew is told to whoever acts on it; here it is the outcome that is wanted. What somebody
            // else moved on meanwhile is no longer ours to decide.
            Ok(()) | Err(Error::Denied(_) | Error::State(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    engine.0.state.redecided.store(version, Ordering::Release);
    Ok(())
}
