//! The form that asks for an entitlement.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use daypass_api::{CreateGrant, InputValue};
use daypass_core::decide::Rule;
use daypass_engine::EntitlementView;

use super::answers_as_page;
use super::fields::{FieldRow, PREFIX};
use super::frame::Frame;
use super::home::approval_words;
use super::privilege::PrivilegeRow;
use super::words;
use crate::app::App;
use crate::auth::{PageCaller, SignedForm};
use crate::failure::Failure;
use crate::rest::read;

#[derive(Template)]
#[template(path = "request.html")]
pub(crate) struct RequestPage {
    frame: Frame,
    form_token: String,
    id: String,
    title: String,
    description: String,
    privileges: Vec<PrivilegeRow>,
    approval: String,
    min_duration: String,
    max_duration: String,
    is_schedulable: bool,
    justification_required: bool,
    justification_hint: Option<String>,
    /// For an emergency: who is called, who reviews, and within what time.
    emergency: Option<EmergencyRow>,
    fields: Vec<FieldRow>,
    duration: String,
    justification: String,
    start_at: String,
    /// What is wrong with what was sent.
    problem: Option<String>,
    hint: Option<String>,
    broken: Vec<Rule>,
    /// Whether something is wrong that is told beside its field.
    is_beside: bool,
}

answers_as_page!(RequestPage);

/// What comes with an emergency.
struct EmergencyRow {
    called: Vec<String>,
    reviewers: Vec<String>,
    within: String,
}

/// `GET /entitlements/{id}`.
pub(crate) async fn request_form(
    State(app): State<App>,
    caller: PageCaller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let view = app
        .engine
        .entitlement(caller.caller.person(), &read::entitlement_id(&id)?)
        .await?;
    Ok(RequestPage::new(&app, &caller, &view).into_response())
}

/// `POST /entitlements/{id}`: asks, and shows the grant; or shows the form again with what is wrong, nothing lost.
pub(crate) async fn request(
    State(app): State<App>,
    Path(id): Path<String>,
    form: SignedForm,
) -> Result<Response, Failure> {
    let text = |name: &str| form.text(name).map(|text| text.replace("\r\n", "\n"));
    let body = CreateGrant {
        entitlement: Some(id.clone()),
        duration: text("duration"),
        justification: text("justification"),
        start_at: text("start_at"),
        input: form
            .starting_with(PREFIX)
            .map(|(name, text)| (name.to_owned(), InputValue::String(text.to_owned())))
            .collect(),
        ..CreateGrant::default()
    };
    let asked = match read::wish(body.clone()) {
        Ok(wish) => app
            .engine
            .request(&form.caller.who, wish, None)
            .await
            .map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let failure = match asked {
        Ok(grant) => return Ok(Redirect::to(&format!("/grants/{}", grant.id)).into_response()),
        Err(failure) => failure,
    };
    if !matches!(failure.kind, "denied" | "invalid" | "too-many") {
        return Err(failure);
    }
    let view = app
        .engine
        .entitlement(form.caller.person(), &read::entitlement_id(&id)?)
        .await?;
    let caller = PageCaller {
        form_token: form.form_token.clone(),
        caller: form.caller,
    };
    let sent = body
        .input
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect();
    let fields = FieldRow::checked(&view.entitlement.inputs, &sent);
    // What stands beside its field is not said twice.
    let is_beside = fields.iter().any(|field| field.problem.is_some());
    let page = RequestPage {
        fields,
        is_beside,
        duration: body.duration.unwrap_or_default(),
        justification: body.justification.unwrap_or_default(),
        start_at: body.start_at.unwrap_or_default(),
        problem: Some(failure.detail.clone()),
        hint: failure.hint.clone(),
        broken: failure
            .rules
            .iter()
            .filter(|rule| !rule.holds && (!is_beside || rule.name != "inputs"))
            .cloned()
            .collect(),
        ..RequestPage::new(&app, &caller, &view)
    };
    Ok((failure.status, page).into_response())
}

impl RequestPage {
    fn new(app: &App, caller: &PageCaller, view: &EntitlementView) -> Self {
        let one = &view.entitlement;
        Self {
            frame: Frame::of(app, caller),
            form_token: caller.form_token.clone(),
            id: one.id.to_string(),
            title: one.title.clone(),
            description: one.description.clone(),
            privileges: PrivilegeRow::of_entitlement(one),
            approval: approval_words(one),
            min_duration: one.duration.min.to_string(),
            max_duration: one.duration.max.to_string(),
            is_schedulable: one.start_latest.is_some(),
            justification_required: one.justification.required,
            justification_hint: one.justification.hint.clone(),
            emergency: one.break_glass.as_ref().map(|rule| EmergencyRow {
                called: rule.page.clone(),
                reviewers: rule.review.by.iter().map(words::principal).collect(),
                within: rule.review.within.to_string(),
            }),
            fields: FieldRow::of(&one.inputs),
            duration: one.duration.default.to_string(),
            justification: String::new(),
            start_at: String::new(),
            problem: None,
            hint: None,
            broken: Vec::new(),
            is_beside: false,
        }
    }
}
