//! What every command has at hand.

use std::io::IsTerminal as _;

use crate::cli::Global;
use crate::client::{Client, Credential, ServerAddress, SessionFile};
use crate::error::Error;
use crate::output::Output;

/// The flags of the command line, and what follows from them.
pub(crate) struct Context {
    global: Global,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(global.output);
        Self { global, output }
    }

    /// The same, with what a wrapper's own flags say besides.
    pub(crate) fn with(&self, server: Option<String>, yes: bool, non_interactive: bool) -> Self {
        let mut global = self.global.clone();
        global.server = server.or(global.server);
        global.yes |= yes;
        global.non_interactive |= non_interactive;
        Self {
            global,
            output: self.output,
        }
    }

    /// The server: `--server`, then `DAYPASS_SERVER`, then the one of the last login.
    pub(crate) fn server(&self) -> Result<ServerAddress, Error> {
        match self
            .global
            .server
            .as_deref()
            .filter(|text| !text.is_empty())
        {
            Some(text) => ServerAddress::parse(text),
            None => SessionFile::of_user()?.current()?.ok_or(Error::NoServer),
        }
    }

    /// A client that speaks for the person, or for the machine.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let server = self.server()?;
        let credential = match &self.global.id_token_file {
            Some(path) => Credential::from_id_token_file(path)?,
            None => match SessionFile::of_user()?.session(&server)? {
                Some(session) => Credential::Session(session.token),
                None => return Err(Error::NotSignedIn(server.to_string())),
            },
        };
        Client::new(server, Some(credential))
    }

    /// Whether a machine's ID token is used instead of a session.
    pub(crate) fn is_machine(&self) -> bool {
        self.global.id_token_file.is_some()
    }

    /// Whether somebody is there to be asked.
    pub(crate) fn can_ask(&self) -> bool {
        !self.global.non_interactive
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal()
    }

    /// Whether nothing is to be asked.
    pub(crate) fn never_asks(&self) -> bool {
        self.global.non_interactive
    }

    /// Whether the person has said yes beforehand.
    pub(crate) fn has_said_yes(&self) -> bool {
        self.global.yes || self.global.non_interactive
    }

    /// Whether the person wants to see what a session will be before it begins.
    pub(crate) fn confirms_sessions(&self) -> bool {
        self.global.confirm && self.can_ask() && !self.has_said_yes()
    }

    /// Asks for a yes; without a terminal it must have been said beforehand.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Error> {
        self.ask_yes(question, Some(true))
    }

    /// The same where a yes is a word for somebody else's request: Enter alone says nothing.
    pub(crate) fn confirm_word(&self, question: &str) -> Result<(), Error> {
        self.ask_yes(question, None)
    }

    fn ask_yes(&self, question: &str, usual: Option<bool>) -> Result<(), Error> {
        if self.has_said_yes() {
            return Ok(());
        }
        if !self.can_ask() {
            return Err(Error::Usage {
                message: "nobody is here to confirm this".into(),
                hint: "add --yes".into(),
            });
        }
        let mut confirm = dialoguer::Confirm::new().with_prompt(question);
        if let Some(usual) = usual {
            confirm = confirm.default(usual);
        }
        let answer = confirm.interact_opt();
        if answer.map_err(terminal_error)? == Some(true) {
            Ok(())
        } else {
            Err(Error::Declined)
        }
    }
}

/// A terminal that cannot be talked to.
pub(crate) fn terminal_error(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    Error::Output(error)
}

/// Runs the part of a command that talks to a server. The runtime starts here and not before: help and completions
/// need none.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
