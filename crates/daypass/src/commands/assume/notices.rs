//! What a session tells the person meanwhile.

use daypass_core::Timestamp;
use daypass_session::{Notice, Variables};

use super::proxy;
use crate::cli::{MetadataAudience, SessionArguments};
use crate::output::{self, time, visible};

/// Tells it on stderr. A person in a shell is told everything; whoever runs one command, what goes wrong.
pub(super) fn tell(notice: &Notice, account: &str, now: Timestamp, is_for_a_person: bool) {
    let account = visible(account);
    let when = |at: Timestamp| time::relative_and_absolute(&at.to_string(), now);
    match notice {
        Notice::Began { ends_at } if is_for_a_person => {
            let end = match ends_at {
                Some(ends_at) => format!("it ends {}", when(*ends_at)),
                None => "it goes on for as long as you may".to_owned(),
            };
            output::talk(&format!(
                "You act as {account} in this shell; {end}. 'exit' or Ctrl-D ends it at once."
            ));
        }
        Notice::EndsSoon { left } if is_for_a_person => {
            let left = daypass_core::duration::Duration::from_seconds((*left).unsigned_abs())
                .map_or_else(|_| format!("{left} s"), |left| left.to_string());
            output::talk(&format!("\r\ndaypass: this session ends in {left}\r"));
        }
        Notice::Began { .. } | Notice::EndsSoon { .. } => {}
        Notice::Renewing { why } => output::talk(&format!(
            "\r\ndaypass: no new token yet: {}\r",
            visible(why)
        )),
        Notice::LastToken { why, ends_at } => output::talk(&format!(
            "\r\ndaypass: there is no other token of {account}: {}; the session ends {}\r",
            visible(why),
            when(*ends_at)
        )),
        Notice::Over => output::talk(&format!("\r\ndaypass: the session as {account} is over\r")),
        Notice::Fallen { why } => output::talk(&format!(
            "\r\ndaypass: {}; the session as {account} is over\r",
            visible(why)
        )),
        Notice::StillRuns => output::talk(
            "\r\ndaypass: a program of the session belongs to another user and could not be ended; it has no token any more\r",
        ),
        Notice::LeftBehind => {
            output::talk("daypass: what was left in the background has ended with the session");
        }
    }
}

/// What a session serves besides its environment, one line each.
pub(super) fn served(arguments: &SessionArguments, inherited: &Variables) -> Vec<String> {
    let metadata = arguments.metadata.map(|audience| match audience {
        MetadataAudience::Secret => {
            "A metadata server answers programs that read GCE_METADATA_HOST here.".to_owned()
        }
        MetadataAudience::User => {
            "A metadata server answers every process of yours, also outside of this shell."
                .to_owned()
        }
    });
    let log = proxy::log(inherited).ok().filter(|_| arguments.proxy);
    let proxy = log.map(|log| {
        let others = if arguments.proxy_others {
            "other hosts are reached without it"
        } else {
            "no other host is reached"
        };
        format!(
            "HTTPS_PROXY adds the token to requests to Google; {others}. Its log: {}",
            visible(&log.to_string_lossy())
        )
    });
    metadata.into_iter().chain(proxy).collect()
}
