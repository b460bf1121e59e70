//! The privileged sessions of this machine, for people.

use daypass_core::Timestamp;
use daypass_session::{Description, Way};

use super::grant::{id_prefix, telling_length};
use super::{short, table, time, visible};

/// One row each; that of this shell has a star.
pub(crate) fn list(
    sessions: &[Description],
    is_of_this_shell: impl Fn(&Description) -> bool,
    now: Timestamp,
    width: Option<u16>,
) -> String {
    let grants = sessions.iter().filter_map(|session| grant_of(&session.way));
    let id_length = telling_length(grants);
    let rows = sessions.iter().map(|session| {
        let ends = session.ends_at.map_or_else(
            || "no end of its own".to_owned(),
            |ends| time::relative_and_absolute(&ends.to_string(), now),
        );
        let mark = if is_of_this_shell(session) {
            "* (this shell)"
        } else {
            ""
        };
        vec![
            format!("{} {mark}", visible(&session.account))
                .trim_end()
                .to_owned(),
            way(&session.way, id_length),
            ends,
            visible(&session.program),
            short(&session.reason, 40),
        ]
    });
    let headings = ["ACCOUNT", "THROUGH", "ENDS", "RUNS", "WHY"];
    table::columns(&headings, rows.collect(), width)
}

fn grant_of(way: &Way) -> Option<&str> {
    match way {
        Way::Direct => None,
        Way::Broker { grant, .. } | Way::Binding { grant, .. } => Some(grant),
    }
}

/// By whom the tokens are minted.
fn way(way: &Way, id_length: usize) -> String {
    match way {
        Way::Direct => "your own credentials".to_owned(),
        Way::Broker { grant, .. } => format!("grant {}", id_prefix(grant, id_length)),
        Way::Binding { grant, .. } => format!("grant {}, binding", id_prefix(grant, id_length)),
    }
}
