//! The one place that prints. Data goes to stdout, talk to stderr; colours only where a person looks.

use std::io::{ErrorKind, IsTerminal as _, Write};

use serde::Serialize;

use crate::cli::Format;
use crate::error::Error;

mod blast_radius;
pub(crate) mod entitlement;
pub(crate) mod explanation;
pub(crate) mod finding;
pub(crate) mod grant;
pub(crate) mod import_report;
mod json;
pub(crate) mod permissions;
mod privilege;
pub(crate) mod service_accounts;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod steps;
pub(crate) mod style;
mod table;
pub(crate) mod time;
mod visible;
mod yaml;

pub(crate) use table::fields;
pub(crate) use visible::{principal, short, visible};
pub(crate) use yaml::document as yaml;

/// Where tables end if no terminal says so.
const DEFAULT_WIDTH: u16 = 80;

/// How this command prints.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    width: Option<u16>,
}

impl Output {
    /// Tables fit the terminal; into a file or a pipe, rows stay whole so that other programs can cut them.
    pub(crate) fn new(format: Format) -> Self {
        let width = std::io::stdout().is_terminal().then(|| {
            dialoguer::console::Term::stdout()
                .size_checked()
                .map_or(DEFAULT_WIDTH, |(_, columns)| columns)
        });
        Self { format, width }
    }

    /// Whether people read it.
    pub(crate) fn is_for_people(self) -> bool {
        self.format == Format::Table
    }

    /// The width of tables; absent: rows are never broken.
    pub(crate) fn width(self) -> Option<u16> {
        self.width
    }

    /// Prints the data of a command: `value` for programs, or `table` for people.
    pub(crate) fn data<T: Serialize>(
        self,
        value: &T,
        table: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        let text = match self.format {
            Format::Table => table(),
            Format::Json => json::document(value)?,
            Format::Yaml => yaml::document(value)?,
        };
        print(&text)
    }

    /// Prints a document that is a file's content for people and YAML's readers alike: `value` only as JSON.
    pub(crate) fn document<T: Serialize>(
        self,
        value: &T,
        document: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        let text = match self.format {
            Format::Json => json::document(value)?,
            Format::Table | Format::Yaml => document(),
        };
        print(&text)
    }
}

/// Prints text as it is, for output that has one form only, such as shell completions.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = anstream::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    match write!(stdout, "{text}{end}").and_then(|()| stdout.flush()) {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Error::from),
    }
}

/// Says something to the person, beside the data.
pub(crate) fn talk(text: &str) {
    // Whoever closed stderr does not want to hear.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Names a next step, last and after an empty line.
pub(crate) fn hint(text: &str) {
    talk(&format!("\n{}hint:{:#} {text}", style::HINT, style::HINT));
}

/// Tells an error: what is wrong, the rules behind it, the next step.
pub(crate) fn error(error: &Error) {
    // A diagnostic has lines of its own, each made safe by itself, and begins with the word that is said here.
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let message: Vec<String> = text.lines().map(visible).collect();
    talk(&format!(
        "{}error:{:#} {}",
        style::ERROR,
        style::ERROR,
        message.join("\n")
    ));
    if let Error::Problem(problem) = error {
        for line in explanation::broken_rules(
            &problem.rules,
            problem.detail.as_deref().unwrap_or_default(),
        ) {
            talk(&line);
        }
        if let (true, Some(id)) = (problem.status >= 500, &problem.request_id) {
            talk(&format!(
                "  the server's log has more under {}",
                visible(id)
            ));
        }
    }
    if let Some(text) = error.hint() {
        hint(&visible(&text));
    }
}
