//! The first page: one's grants, what waits for one's word, and what may be asked for.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use daypass_core::entitlement::{Entitlement, Step};
use daypass_core::grant::{Grant, Origin};
use daypass_core::person::Person;
use daypass_core::state::State as GrantState;
use daypass_engine::{EntitlementView, GrantScope, GrantView, GrantsQuery};
use jiff::Timestamp;

use super::answers_as_page;
use super::frame::Frame;
use super::privilege::PrivilegeRow;
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
    reviews: Vec<GrantRow>,
    /// The person's own emergencies whose review is overdue.
    debts: Vec<GrantRow>,
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
    pub(super) privileges: Vec<PrivilegeRow>,
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
    /// Whether it is for an emergency.
    pub(super) is_emergency: bool,
    /// Which step of its approval is open, where it has several.
    pub(super) step: Option<String>,
    /// When its review is due, while one is owed.
    pub(super) review_due: Option<When>,
    /// Whether that time is over.
    pub(super) is_debt: bool,
    /// What `when` is about: `Answer due`, `Begins`, ….
    pub(super) when_words: &'static str,
    pub(super) when: When,
}

/// An entitlement in the list.
struct EntitlementRow {
    id: String,
    title: String,
    description: String,
    privileges: Vec<PrivilegeRow>,
    max_duration: String,
    approval: String,
    labels: Vec<(String, String)>,
    is_emergency: bool,
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
    let reviews = GrantsQuery {
        scope: GrantScope::Reviews,
        limit: SHOWN,
        ..GrantsQuery::default()
    };
    let (reviews, _) = app.engine.grants(who, &reviews).await?;
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
        reviews: rows(&reviews),
        debts: rows(&own_debts(&[&current, &past], who, now)),
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

/// The emergencies that the person owes a review for, and late.
fn own_debts(lists: &[&Vec<GrantView>], who: &Person, now: Timestamp) -> Vec<GrantView> {
    let owes = |view: &&GrantView| {
        view.grant.is_debt(now) && view.grant.terms.requester.is_same_human(who)
    };
    let all = lists.iter().flat_map(|list| list.iter());
    all.filter(owes).cloned().collect()
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
            privileges: PrivilegeRow::of_terms(terms),
            duration: terms.duration.to_string(),
            remaining: left.map(words::length),
            share_left: left
                .and_then(|left| u32::try_from((left * 100 / whole).clamp(0, 100)).ok())
                .unwrap_or(0),
            justification: terms.justification.as_ref().map(ToString::to_string),
            is_emergency: terms.break_glass.is_some(),
            step: open_step(grant),
            review_due: grant
                .review
                .as_ref()
                .filter(|_| grant.owes_review())
                .map(|review| When::new(review.due_at, now)),
            is_debt: grant.is_debt(now),
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
            privileges: PrivilegeRow::of_entitlement(one),
            max_duration: one.duration.max.to_string(),
            approval: approval_words(one),
            labels: one.labels.clone().into_iter().collect(),
            is_emergency: one.break_glass.is_some(),
        }
    }
}

/// Which step is open, where there are several.
fn open_step(grant: &Grant) -> Option<String> {
    let steps = grant.approval.as_ref()?.steps.len();
    let (open, _) = grant.open_step()?;
    let is_awaited = grant.state == GrantState::ApprovalAwaited;
    (is_awaited && steps > 1).then(|| format!("step {} of {steps}", open + 1))
}

/// Who must agree, in words.
pub(super) fn approval_words(entitlement: &Entitlement) -> String {
    if let Some(rule) = &entitlement.break_glass {
        return format!(
            "at once, without approval; a review is owed within {}",
            rule.review.within
        );
    }
    match &entitlement.approval {
        None => "no approval needed".to_owned(),
        Some(approval) => {
            let steps: Vec<String> = approval.steps.iter().map(step_words).collect();
            format!("needs {}", steps.join(", then "))
        }
    }
}

fn step_words(step: &Step) -> String {
    let noun = if step.needed == 1 {
        "approval"
    } else {
        "approvals"
    };
    let names: Vec<String> = step.approvers.iter().map(words::principal).collect();
    format!("{} {noun} by {}", step.needed, names.join(", "))
}
