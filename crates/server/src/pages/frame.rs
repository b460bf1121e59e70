//! What is around every page.

use crate::app::App;
use crate::auth::PageCaller;

/// The head and the banner of a page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) style: String,
    pub(crate) is_sandbox: bool,
    /// Who is signed in.
    pub(crate) person: Option<SignedInAs>,
    /// The page asks to be loaded again after so many seconds: something is under way.
    pub(crate) refresh_seconds: Option<u32>,
}

/// The line that says who is signed in, with the way out.
#[derive(Debug, Clone)]
pub(crate) struct SignedInAs {
    pub(crate) email: String,
    pub(crate) form_token: String,
}

impl Frame {
    /// For a page that anybody may see.
    pub(crate) fn public(app: &App) -> Self {
        Self {
            style: app.assets.style_path().to_owned(),
            is_sandbox: app.sandbox.is_some(),
            person: None,
            refresh_seconds: None,
        }
    }

    /// For a page of somebody.
    pub(crate) fn of(app: &App, caller: &PageCaller) -> Self {
        let email = caller.caller.person().email.to_string();
        Self {
            person: Some(SignedInAs {
                email,
                form_token: caller.form_token.clone(),
            }),
            ..Self::public(app)
        }
    }
}
