//! One token without a session around it, for scripts.

use daypass_engine::ports::AccessToken;

use crate::error::SessionError;
use crate::holder::Plan;
use crate::journal::Event;

/// Mints one token, which lives as long as the plan's first one would, and remembers it as a session is remembered.
/// Nothing takes it back before its own end.
///
/// # Errors
/// Whoever mints refuses, or cannot be reached.
pub async fn single(plan: &Plan) -> Result<AccessToken, SessionError> {
    let token = plan.tokens.mint(&plan.first_token()).await;
    let token = token.map_err(|error| plan.no_token(error))?;
    let minted = Event::Minted {
        token_ends_at: token.expires_at(),
    };
    plan.journal.note(plan.clock.now(), plan, minted);
    Ok(token)
}
