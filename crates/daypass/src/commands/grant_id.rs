//! Which grant is meant: an id, or the beginning of one.

use daypass_api::Grant;

use crate::client::Client;
use crate::error::Error;
use crate::output::visible;

/// The length of a whole id.
const WHOLE: usize = daypass_core::ids::TEXT_LENGTH;
/// Less than this names nothing: ids of one week begin alike.
const SHORTEST_PREFIX: usize = 4;
/// How far back a beginning is looked for, in grants of each list.
const LOOKED_THROUGH: usize = 500;

/// The grant that is meant.
pub(super) async fn find(client: &Client, text: &str) -> Result<Grant, Error> {
    let typed = text.trim().to_ascii_lowercase();
    let is_id_like = typed.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_id_like || !(SHORTEST_PREFIX..=WHOLE).contains(&typed.len()) {
        return Err(Error::Usage {
            message: format!("'{}' is not the id of a grant", visible(text)),
            hint: format!(
                "write the id or its beginning, at least {SHORTEST_PREFIX} characters; 'daypass status' shows them"
            ),
        });
    }
    if typed.len() == WHOLE {
        return client.grant(&typed).await;
    }
    let mut found: Vec<Grant> = Vec::new();
    for scope in ["mine", "inbox", "reviews", "overseen"] {
        for grant in client.grants(scope, LOOKED_THROUGH).await? {
            if grant.id.starts_with(&typed) && !found.iter().any(|known| known.id == grant.id) {
                found.push(grant);
            }
        }
    }
    if found.len() > 1 {
        let candidates = found
            .iter()
            .take(5)
            .map(|grant| visible(&grant.id))
            .collect();
        return Err(Error::AmbiguousGrant {
            prefix: typed,
            candidates,
        });
    }
    let one = found.pop().ok_or(Error::NoSuchGrant(typed))?;
    // A list tells less than the grant by itself: how far it reaches is told to those who decide.
    client.grant(&one.id).await
}
