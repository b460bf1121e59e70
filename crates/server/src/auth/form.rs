//! A form that one of our own pages sent.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::Caller;
use crate::app::App;
use crate::body;
use crate::failure::Failure;

/// The fields of a form, and who sent it. It exists only if the form carries its session's token.
pub(crate) struct SignedForm {
    pub(crate) caller: Caller,
    /// The session's form token, for the page that answers.
    pub(crate) form_token: String,
    fields: BTreeMap<String, String>,
}

impl SignedForm {
    /// A field's text; none if it is missing or blank.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.trim().is_empty())
    }

    /// The fields whose names begin so, by the rest of their names; blank ones are left out.
    pub(crate) fn starting_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.fields
            .iter()
            .filter_map(move |(name, text)| Some((name.strip_prefix(prefix)?, text.as_str())))
            .filter(|(_, text)| !text.trim().is_empty())
    }
}

impl FromRequest<App> for SignedForm {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let form_token = caller
            .session
            .as_ref()
            .map(super::OpenSession::form_token)
            .ok_or_else(|| Failure::signed_out("forms are for browsers"))?;
        body::require_media_type(&parts.headers, "application/x-www-form-urlencoded")?;
        let bytes = body::read(body).await?;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(&bytes).into_owned() {
            if fields.insert(name, value).is_some() {
                return Err(Failure::invalid("a field of the form is there twice"));
            }
        }
        let given = fields.remove("form_token").unwrap_or_default();
        if bool::from(given.as_bytes().ct_eq(form_token.as_bytes())) {
            Ok(Self {
                caller,
                form_token,
                fields,
            })
        } else {
            Err(Failure::forged("the form does not belong to this session"))
        }
    }
}
