//! One grant: what it is, what happened to it, and what may be done about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use daypass_core::approval::Word;
use daypass_core::audit::Recorded;
use daypass_core::entitlement::Hash;
use daypass_core::state::State as GrantState;
use daypass_engine::ports::AuditFilter;
use daypass_engine::{GrantView, Judgement};
use jiff::Timestamp;

use super::answers_as_page;
use super::frame::Frame;
use super::home::GrantRow;
use super::words::{self, When};
use crate::app::App;
use crate::auth::{PageCaller, SignedForm};
use crate::failure::Failure;
use crate::rest::{Verb, grants::grant_id};

/// Audit entries that the page shows.
const TIMELINE: usize = 200;

/// How often the page looks again while something is under way, in seconds.
const REFRESH_SECONDS: u32 = 3;

#[derive(Template)]
#[template(path = "grant.html")]
pub(crate) struct GrantPage {
    frame: Frame,
    form_token: String,
    row: GrantRow,
    entitlement: String,
    privileges: Vec<PrivilegeRow>,
    bindings_in_place: usize,
    bindings: usize,
    failure: Option<String>,
    approvers: Vec<String>,
    approvals: usize,
    needed: u32,
    votes: Vec<VoteRow>,
    created: When,
    from: Option<When>,
    until: Option<When>,
    request_hash: String,
    may_decide: bool,
    /// How the person may end it, if they may.
    end: Option<End>,
    /// Whether the person may ask for more time.
    may_extend: bool,
    timeline: Vec<TimelineRow>,
}

answers_as_page!(GrantPage);

/// A way to end a grant.
struct End {
    verb: &'static str,
    is_withdrawal: bool,
}

struct PrivilegeRow {
    role: String,
    resource: String,
    target: Option<String>,
    condition: Option<String>,
}

struct VoteRow {
    person: String,
    said_yes: bool,
    comment: Option<String>,
}

struct TimelineRow {
    actor: String,
    words: String,
    at: When,
}

/// `GET /grants/{id}`.
pub(crate) async fn grant(
    State(app): State<App>,
    caller: PageCaller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = grant_id(&id)?;
    let view = app.engine.grant(caller.caller.person(), id).await?;
    let filter = AuditFilter {
        after: 0,
        grant: Some(id),
        limit: TIMELINE,
    };
    let entries = app
        .engine
        .audit_entries(caller.caller.person(), &filter)
        .await?;
    Ok(GrantPage::new(&app, &caller, &view, &entries).into_response())
}

/// `POST /grants/{id}/{verb}`: a button of the page. The approver's form carries the hash of the request as it was
/// shown, so that nobody approves what they did not see.
pub(crate) async fn decide(
    State(app): State<App>,
    Path((id, verb)): Path<(String, String)>,
    form: SignedForm,
) -> Result<Response, Failure> {
    let id = grant_id(&id)?;
    let verb = Verb::ALL
        .into_iter()
        .find(|known| known.as_str() == verb)
        .ok_or_else(|| Failure::not_found("a grant has no such action"))?;
    let comment = form.text("comment").map(|text| text.replace("\r\n", "\n"));
    let who = &form.caller.who;
    let judgement = |comment| -> Result<Judgement, Failure> {
        let request = Hash::try_from(form.text("request_hash").unwrap_or_default().to_owned())
            .map_err(|_| Failure::invalid("the form does not say which request it is for"))?;
        Ok(Judgement {
            comment,
            request: Some(request),
        })
    };
    let next = match verb {
        Verb::Approve => app.engine.approve(who, id, judgement(comment)?).await?,
        Verb::Deny => app.engine.deny(who, id, judgement(comment)?).await?,
        Verb::Withdraw => app.engine.withdraw(who, id).await?,
        Verb::Revoke => app.engine.revoke(who, id, comment).await?,
        Verb::Extend => {
            let duration = form
                .text("duration")
                .map(daypass_core::duration::Duration::parse)
                .transpose()?;
            app.engine.extend(who, id, duration, comment, None).await?
        }
    };
    Ok(Redirect::to(&format!("/grants/{}", next.id)).into_response())
}

impl GrantPage {
    fn new(app: &App, caller: &PageCaller, view: &GrantView, entries: &[Recorded]) -> Self {
        let now = app.engine.now();
        let grant = &view.grant;
        let mut frame = Frame::of(app, caller);
        if matches!(grant.state, GrantState::Activating | GrantState::Revoking) {
            frame.refresh_seconds = Some(REFRESH_SECONDS);
        }
        let is_withdrawal = grant.state == GrantState::ApprovalAwaited;
        // Who oversees a grant may end it too; but a request is only its own people's to take back.
        let person = caller.caller.person();
        let is_theirs = person.is_same_human(&grant.terms.requester)
            || person.principal() == grant.terms.beneficiary;
        let may_end = view.may_end && (is_theirs || !is_withdrawal);
        let end = End {
            verb: if is_withdrawal {
                Verb::Withdraw
            } else {
                Verb::Revoke
            }
            .as_str(),
            is_withdrawal,
        };
        Self {
            frame,
            form_token: caller.form_token.clone(),
            row: GrantRow::new(view, now),
            entitlement: grant.terms.entitlement.to_string(),
            privileges: grant
                .terms
                .privileges
                .iter()
                .map(|one| PrivilegeRow {
                    role: one.role.to_string(),
                    resource: one.resource.to_string(),
                    target: (one.target != one.resource).then(|| one.target.to_string()),
                    condition: one
                        .condition
                        .as_ref()
                        .map(|condition| condition.as_str().to_owned()),
                })
                .collect(),
            bindings_in_place: grant
                .bindings
                .iter()
                .filter(|binding| binding.seen == daypass_core::grant::Seen::Present)
                .count(),
            bindings: grant.bindings.len(),
            failure: grant.failure.clone(),
            approvers: grant
                .approval
                .iter()
                .flat_map(|approval| approval.approvers.iter().map(words::principal))
                .collect(),
            approvals: daypass_core::approval::approvals(
                &grant.votes,
                &grant.terms.requester,
                grant.request_hash(),
            ),
            needed: grant
                .approval
                .as_ref()
                .map_or(0, |approval| approval.needed),
            votes: grant
                .votes
                .iter()
                .map(|vote| VoteRow {
                    person: vote.person.email.to_string(),
                    said_yes: vote.word == Word::Approve,
                    comment: vote.comment.clone(),
                })
                .collect(),
            created: When::new(grant.created_at, now),
            from: grant
                .window
                .map(|window| When::new(window.start, now))
                .or_else(|| grant.terms.start_at.map(|at| When::new(at, now))),
            until: grant.window.map(|window| When::new(window.end, now)),
            request_hash: grant.request_hash().to_string(),
            may_decide: view.may_decide,
            may_extend: is_theirs && grant.state == GrantState::Active,
            end: may_end.then_some(end),
            timeline: entries
                .iter()
                .map(|recorded| TimelineRow::new(recorded, now))
                .collect(),
        }
    }
}

impl TimelineRow {
    fn new(recorded: &Recorded, now: Timestamp) -> Self {
        let entry = &recorded.entry;
        let actor = if entry.actor.person.is_none() {
            "Daypass".to_owned()
        } else {
            entry.actor.to_string()
        };
        Self {
            actor,
            words: words::action(entry.action),
            at: When::new(entry.at, now),
        }
    }
}
