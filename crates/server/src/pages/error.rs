//! What went wrong, and what to do now.

use askama::Template;
use daypass_core::decide::Rule;

use super::answers_as_page;
use super::frame::Frame;
use crate::app::App;
use crate::failure::Failure;

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    frame: Frame,
    title: &'static str,
    detail: String,
    hint: Option<String>,
    broken: Vec<Rule>,
    offers_sign_in: bool,
    /// The page where the person goes on.
    goes_on_at: Option<String>,
    request_id: String,
}

answers_as_page!(ErrorPage);

impl ErrorPage {
    pub(crate) fn new(app: &App, failure: &Failure, request_id: &str) -> Self {
        Self {
            frame: Frame::public(app),
            title: failure.title,
            detail: failure.detail.clone(),
            hint: failure.hint.clone(),
            broken: failure
                .rules
                .iter()
                .filter(|rule| !rule.holds)
                .cloned()
                .collect(),
            offers_sign_in: app.login.is_some()
                && matches!(failure.kind, "signed-out" | "not-admitted"),
            goes_on_at: failure.sign_in.clone(),
            request_id: request_id.to_owned(),
        }
    }
}
