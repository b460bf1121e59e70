//! The first page: one's grants, what waits for one's word, and what may be asked for.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use daypass_core::grant::Origin;
use daypass_core::state::State as GrantState;
use daypass_engine::{EntitlementView, GrantScope, GrantView, GrantsQuery};
use jiff::Timestamp;

use super::answers_as_page;
use super::frame::Frame;
use super::words::{self, When};
use crate::app::App;
use crate::auth::PageCaller;
use crate::failure::Failure;
use crate::params::Params;

/// Entries of each list on the page.
const SHOWN: usize = 50;

/// Past grants that are shown.
const PAST_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    frame: Frame,
    search: String,
    inbox: Vec<GrantRow>,
    current: Vec<GrantRow>,
    past: Vec<GrantRow>,
    entitlements: Vec<EntitlementRow>,
    has_more: bool,
    sandbox_people: Vec<crate::app::SandboxPerson>,
}

answers_as_page!(HomePage);

/// A grant in a list.
pub(crate) struct GrantRow {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) beneficiary: String,
    pub(super) requester: String,
    pub(super) privileges: Vec<(String, String)>,
    pub(super) duration: String,
    pub(super) remaining: Option<String>,
    pub(super) share_left: u32,
    pub(super) justification: Option<String>,
    /// Whether somebody else receives it than who asked or gave.
    pub(super) is_for_another: bool,
    /// `given` or `asked`.
    pub(super) asked_or_given: &'static str,
    /// When it is to begin, if that is still to come.
    pub(super) start: Option<When>,
    /// The new end, if it asks for more time.
    pub(super) extends_until: Option<When>,
    /// What `when` is about: `Answer due`, `Begins`, ….
    pub(super) when_words: &'static str,
    pub(super) when: When,
}

/// An entitlement in the list.
struct EntitlementRow {
    id: String,
    title: String,
    description: String,
    privileges: Vec<(String, Vec<String>)>,
    max_duration: String,
    approval: String,
}

/// `GET /`.
pub(crate) async fn home(
    State(app): State<App>,
    caller: PageCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::parse(query.as_deref(), &["search"])?;
    let search = params.one("search")?;
    let (who, now) = (caller.caller.person(), app.engine.now());
    let (past, current): (Vec<GrantState>, Vec<GrantState>) = GrantState::ALL
        .into_iter()
        .partition(|state| state.is_terminal());
    let mine = |states: Vec<GrantState>, limit| GrantsQuery {
        scope: GrantScope::Mine,
        states,
        limit,
        ..GrantsQuery::default()
    };
    let inbox = GrantsQuery {
        scope: GrantScope::Inbox,
        limit: SHOWN,
        ..GrantsQuery::default()
    };
    let (inbox, _) = app.engine.grants(who, &inbox).await?;
    let (current, _) = app.engine.grants(who, &mine(current, SHOWN)).await?;
    let (past, _) = app.engine.grants(who, &mine(past, PAST_SHOWN)).await?;
    let (entitlements, next) = app.engine.entitlements(who, search, None, SHOWN).await?;
    let rows = |views: &[GrantView]| {
        views
            .iter()
            .map(|view| GrantRow::new(view, now))
            .collect::<Vec<_>>()
    };
    Ok(HomePage {
        frame: Frame::of(&app, &caller),
        search: search.unwrap_or_default().to_owned(),
        inbox: rows(&inbox),
        current: rows(&current),
        past: rows(&past),
        entitlements: entitlements
            .iter()
            .filter(|view| view.may_request)
            .map(EntitlementRow::new)
            .collect(),
        has_more: next.is_some(),
        sandbox_people: app
            .sandbox
            .as_ref()
            .map(|sandbox| sandbox.people.clone())
            .unwrap_or_default(),
    }
    .into_response())
}

impl GrantRow {
    pub(crate) fn new(view: &GrantView, now: Timestamp) -> Self {
        let grant = &view.grant;
        let terms = &grant.terms;
        let window = grant
            .window
            .filter(|window| grant.state == GrantState::Active && now < window.end);
        let left = window.map(|window| window.end.as_second() - now.as_second());
        let whole = window.map_or(1, |window| {
            (window.end.as_second() - window.start.as_second()).max(1)
        });
        let (when_words, when) = match grant.state {
            GrantState::Active => ("Ends", grant.window.map(|window| window.end)),
            GrantState::ApprovalAwaited => ("Answer due", grant.decide_by),
            GrantState::Scheduled => ("Begins", terms.start_at),
            GrantState::Activating | GrantState::Revoking => ("Asked", None),
            _ => ("Closed", grant.ended_at),
        };
        let is_to_come = matches!(
            grant.state,
            GrantState::ApprovalAwaited | GrantState::Scheduled
        );
        let beneficiary = words::principal(&terms.beneficiary);
        let requester = terms.requester.email.to_string();
        Self {
            id: grant.id.to_string(),
            title: terms.title.clone(),
            state: words::state(grant.state),
            tone: words::tone(grant.state),
            is_for_another: terms.requester.principal() != terms.beneficiary,
            asked_or_given: if matches!(terms.origin, Origin::Given) {
                "given"
            } else {
                "asked"
            },
            start: terms
                .start_at
                .filter(|_| is_to_come)
                .map(|at| When::new(at, now)),
            extends_until: match &terms.origin {
                Origin::Extension { end, .. } if is_to_come => Some(When::new(*end, now)),
                _ => None,
            },
            when_words,
            beneficiary,
            requester,
            privileges: terms
                .privileges
                .iter()
                .map(|one| (one.role.to_string(), one.resource.to_string()))
                .collect(),
            duration: terms.duration.to_string(),
            remaining: left.map(words::length),
            share_left: left
                .and_then(|left| u32::try_from((left * 100 / whole).clamp(0, 100)).ok())
                .unwrap_or(0),
            justification: terms.justification.as_ref().map(ToString::to_string),
            when: When::new(when.unwrap_or(grant.created_at), now),
        }
    }
}

impl EntitlementRow {
    fn new(view: &EntitlementView) -> Self {
        let one = &view.entitlement;
        Self {
            id: one.id.to_string(),
            title: one.title.clone(),
            description: one.description.clone(),
            privileges: one
                .privileges
                .iter()
                .map(|p| {
                    (
                        p.resource.to_string(),
                        p.roles.iter().map(ToString::to_string).collect(),
                    )
                })
                .collect(),
            max_duration: one.duration.max.to_string(),
            approval: approval_words(one),
        }
    }
}

/// Who must agree, in words.
pub(super) fn approval_words(entitlement: &daypass_core::entitlement::Entitlement) -> String {
    match &entitlement.approval {
        None => "no approval needed".to_owned(),
        Some(approval) => {
            let names: Vec<String> = approval.approvers.iter().map(words::principal).collect();
            let noun = if approval.needed == 1 {
                "approval"
            } else {
                "approvals"
            };
            format!("needs {} {noun} by {}", approval.needed, names.join(", "))
        }
    }
}
