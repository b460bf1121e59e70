//! Colours: few, by meaning, and dropped where nobody sees them (anstream, `NO_COLOR`).

use anstyle::{AnsiColor, Style};
use daypass_core::state::State;

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// What went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What to do next.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// What is in force, kept or done.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is under way or waits.
pub(crate) const WAITING: Style = AnsiColor::Yellow.on_default();
/// What failed or was refused.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What is over.
pub(crate) const OVER: Style = Style::new().dimmed();

/// The colour of a state.
pub(crate) fn of_state(state: &str) -> Style {
    match State::parse(state) {
        Some(State::Active) => GOOD,
        Some(State::ApprovalAwaited | State::Scheduled | State::Activating | State::Revoking) => {
            WAITING
        }
        Some(State::Denied | State::ActivationFailed) => BAD,
        Some(State::Withdrawn | State::Expired | State::Revoked | State::Ended) => OVER,
        None => Style::new(),
    }
}

/// Text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
