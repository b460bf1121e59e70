//! The pages around the sign-in.

use askama::Template;

use super::answers_as_page;
use super::frame::Frame;
use crate::app::App;
use crate::auth::{PageCaller, TerminalLogin};

/// Asks whether a terminal shall be signed in.
#[derive(Template)]
#[template(path = "terminal.html")]
pub(crate) struct TerminalPage {
    frame: Frame,
    email: String,
    form_token: String,
    challenge: String,
    port: Option<u16>,
}

/// Shows the code to paste into a terminal.
#[derive(Template)]
#[template(path = "code.html")]
pub(crate) struct CodePage {
    frame: Frame,
    code: String,
}

/// Says goodbye.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOutPage {
    frame: Frame,
}

answers_as_page!(TerminalPage, CodePage, SignedOutPage);

impl TerminalPage {
    pub(crate) fn new(app: &App, caller: &PageCaller, login: &TerminalLogin) -> Self {
        Self {
            frame: Frame::of(app, caller),
            email: caller.caller.person().email.to_string(),
            form_token: caller.form_token.clone(),
            challenge: login.challenge.to_string(),
            port: login.port,
        }
    }
}

impl CodePage {
    pub(crate) fn new(app: &App, code: String) -> Self {
        Self {
            frame: Frame::public(app),
            code,
        }
    }
}

impl SignedOutPage {
    pub(crate) fn new(app: &App) -> Self {
        Self {
            frame: Frame::public(app),
        }
    }
}
