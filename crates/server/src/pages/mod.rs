//! The pages. Each is a typed struct and a template; all text is escaped by the template engine, and every page works
//! without script.

mod assets;
mod blast_radius;
mod error;
mod fields;
mod frame;
mod grant;
mod home;
mod privilege;
mod request;
mod sign_in;
mod steps;
mod timeline;
mod words;

pub(crate) use assets::{Assets, style};
pub(crate) use error::ErrorPage;
pub(crate) use grant::{decide, grant};
pub(crate) use home::home;
pub(crate) use request::{request, request_form};
pub(crate) use sign_in::{CodePage, SignedOutPage, TerminalPage};

/// Makes a template answer as a page.
macro_rules! answers_as_page {
    ($($page:ty),+) => {$(
        impl axum::response::IntoResponse for $page {
            fn into_response(self) -> axum::response::Response {
                match askama::Template::render(&self) {
                    Ok(html) => axum::response::Html(html).into_response(),
                    Err(error) => $crate::failure::Failure::bug("the page could not be written").caused_by(&error).into_response(),
                }
            }
        }
    )+};
}
pub(crate) use answers_as_page;
