//! The end of a browser's session.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;

use super::{SignedForm, cookie_names, powers};
use crate::app::App;
use crate::failure::Failure;
use crate::pages::SignedOutPage;

/// `POST /logout`.
pub(crate) async fn logout(State(app): State<App>, form: SignedForm) -> Result<Response, Failure> {
    if let Some(session) = &form.caller.session {
        app.engine
            .close_session(session.token.expose_secret(), form.caller.who.channel)
            .await?;
        powers::give_back(&app, session.token.expose_secret()).await;
    }
    let mut response = SignedOutPage::new(&app).into_response();
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, cookie_names::remove(&app.cookies.session));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cookies\", \"storage\""),
    );
    Ok(response)
}
