//! The privileged sessions of this machine, for people.

use daypass_core::Timestamp;
use daypass_session::{Description, Way};

use super::{short, table, time, visible};

/// One row each.
pub(crate) fn list(sessions: &[Description], now: Timestamp, width: Option<u16>) -> String {
    let rows = sessions.iter().map(|session| {
        let ends = session.ends_at.map_or_else(
            || "no end of its own".to_owned(),
            |ends| time::relative_and_absolute(&ends.to_string(), now),
        );
        vec![
            visible(&session.account),
            way(&session.way),
            ends,
            visible(&session.program),
            short(&session.reason, 40),
        ]
    });
    let headings = ["SESSION AS", "THROUGH", "ENDS", "RUNS", "WHY"];
    table::columns(&headings, rows.collect(), width)
}

/// By whom the tokens are minted.
fn way(way: &Way) -> String {
    match way {
        Way::Direct => "your own credentials".to_owned(),
        Way::Broker { server, grant } => format!("{} ({})", visible(server), visible(grant)),
        Way::Binding { server, grant } => {
            format!("a binding of {} ({})", visible(server), visible(grant))
        }
    }
}
