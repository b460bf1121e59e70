//! One grant: what it is, what happened to it, and what may be done about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use daypass_core::audit::Recorded;
use daypass_core::entitlement::{Authority, Hash, Identity};
use daypass_core::grant::{Grant, Review};
use daypass_core::state::State as GrantState;
use daypass_engine::{GrantView, Judgement};
use jiff::Timestamp;

use super::answers_as_page;
use super::blast_radius::BlastRadiusCard;
use super::frame::Frame;
use super::home::GrantRow;
use super::privilege::PrivilegeRow;
use super::steps::StepRow;
use super::timeline::{self, TimelineRow};
use super::words::{self, When};
use crate::app::App;
use crate::auth::{PageCaller, SignedForm};
use crate::failure::Failure;
use crate::rest::{Verb, grants::grant_id, grants::is_asked};

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
    steps: Vec<StepRow>,
    /// When the entitlement's change made all words before void.
    decided_anew: Option<When>,
    /// What was filled in: its title or name, and the value.
    inputs: Vec<(String, String)>,
    comment_required: bool,
    /// What the approver's own rights at Google are for, where the entitlement wants them.
    own_rights: Option<OwnRights>,
    review: Option<ReviewRow>,
    created: When,
    from: Option<When>,
    until: Option<When>,
    /// Until when the last token that came of it may work.
    last_token: Option<When>,
    request_hash: String,
    /// How far it would reach, for who is asked.
    blast_radius: Option<BlastRadiusCard>,
    may_decide: bool,
    may_deny: bool,
    may_review: bool,
    /// Whether the person has said yes: they can still say no.
    has_agreed: bool,
    /// Who is called for an emergency.
    called: Option<Vec<String>>,
    /// How the person may end it, if they may.
    end: Option<End>,
    /// Whether the person may ask for more time.
    may_extend: bool,
    timeline: Vec<TimelineRow>,
}

answers_as_page!(GrantPage);

/// What an approver's own rights at Google are for.
struct OwnRights {
    /// Whether they write the policy; else they are only looked at.
    write: bool,
    /// Whether this session has them at hand.
    at_hand: bool,
}

impl OwnRights {
    fn of(app: &App, caller: &PageCaller, grant: &Grant) -> Option<Self> {
        let approval = grant.approval.as_ref()?;
        let write = approval.identity == Identity::Approver;
        (write || approval.authority == Authority::Google).then(|| Self {
            write,
            at_hand: caller.caller.power(app).is_some(),
        })
    }
}

/// A way to end a grant.
struct End {
    verb: &'static str,
    is_withdrawal: bool,
}

/// The review that an emergency owes.
struct ReviewRow {
    by: Vec<String>,
    due: When,
    is_overdue: bool,
    is_owed: bool,
    done: Option<ReviewWordRow>,
}

struct ReviewWordRow {
    person: String,
    justified: bool,
    comment: Option<String>,
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
    let entries = timeline::entries(&app, caller.caller.person(), id).await?;
    let mut page = GrantPage::new(&app, &caller, &view, &entries);
    if is_asked(&view) {
        let radius = app.engine.blast_radius(&view.grant.terms).await;
        page.blast_radius = Some(BlastRadiusCard::new(&radius, app.engine.now()));
    }
    Ok(page.into_response())
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
    let power = form.caller.power(&app);
    let judgement = |comment| -> Result<Judgement, Failure> {
        let request = Hash::try_from(form.text("request_hash").unwrap_or_default().to_owned())
            .map_err(|_| Failure::invalid("the form does not say which request it is for"))?;
        Ok(Judgement {
            comment,
            request: Some(request),
            power: power.clone(),
        })
    };
    let next = match verb {
        Verb::Approve => app.engine.approve(who, id, judgement(comment)?).await?,
        Verb::Deny => app.engine.deny(who, id, judgement(comment)?).await?,
        Verb::Withdraw => app.engine.withdraw(who, id).await?,
        Verb::Revoke => app.engine.revoke_with(who, id, comment, power).await?,
        Verb::Review => {
            let justified = match form.text("justified") {
                Some("yes") => true,
                Some("no") => false,
                _ => {
                    return Err(
                        Failure::invalid("the form does not say whether it was justified")
                            .hint("choose one of the two answers"),
                    );
                }
            };
            app.engine
                .review(who, id, justified, comment.as_deref())
                .await?
        }
        Verb::Extend => {
            let duration = form
                .text("duration")
                .map(daypass_core::duration::Duration::parse)
                .transpose()?;
            app.engine.extend(who, id, duration, comment, None).await?
        }
        // A token is for a program; no page shows one.
        Verb::Token => return Err(Failure::not_found("a grant has no such action")),
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
            privileges: PrivilegeRow::of_terms(&grant.terms),
            bindings_in_place: grant
                .bindings
                .iter()
                .filter(|binding| binding.seen == daypass_core::grant::Seen::Present)
                .count(),
            bindings: grant.bindings.len(),
            failure: grant.failure.clone(),
            steps: StepRow::of(grant, now),
            decided_anew: grant.decided_anew_at.map(|at| When::new(at, now)),
            inputs: inputs(app, grant),
            comment_required: grant
                .approval
                .as_ref()
                .is_some_and(|approval| approval.justification_required),
            own_rights: OwnRights::of(app, caller, grant),
            review: grant
                .review
                .as_ref()
                .map(|review| ReviewRow::new(grant, review, now)),
            created: When::new(grant.created_at, now),
            from: grant
                .window
                .map(|window| When::new(window.start, now))
                .or_else(|| grant.terms.start_at.map(|at| When::new(at, now))),
            until: grant.window.map(|window| When::new(window.end, now)),
            last_token: grant.tokens_end().map(|at| When::new(at, now)),
            request_hash: grant.request_hash().to_string(),
            blast_radius: None,
            may_decide: view.may_decide,
            may_deny: view.may_deny,
            may_review: view.may_review,
            has_agreed: grant
                .votes
                .iter()
                .any(|vote| vote.person.is_same_human(person)),
            called: grant
                .terms
                .break_glass
                .as_ref()
                .map(|rule| rule.page.clone()),
            may_extend: is_theirs && grant.state == GrantState::Active,
            end: may_end.then_some(end),
            timeline: timeline::rows(entries, now),
        }
    }
}

impl ReviewRow {
    fn new(grant: &Grant, review: &Review, now: Timestamp) -> Self {
        Self {
            by: review.by.iter().map(words::principal).collect(),
            due: When::new(review.due_at, now),
            is_overdue: grant.is_debt(now),
            is_owed: grant.owes_review(),
            done: review.done.as_ref().map(|done| ReviewWordRow {
                person: done.person.email.to_string(),
                justified: done.justified,
                comment: done.comment.clone(),
                at: When::new(done.at, now),
            }),
        }
    }
}

/// What was filled in, under the titles that the entitlement has for it now.
fn inputs(app: &App, grant: &Grant) -> Vec<(String, String)> {
    let catalogue = app.engine.catalogue();
    let entitlement = catalogue.get(&grant.terms.entitlement);
    let title = |name: &str| {
        let mut inputs = entitlement.iter().flat_map(|one| &one.inputs);
        let input = inputs.find(|input| input.name == name);
        input.map_or_else(|| name.to_owned(), |input| input.title.clone())
    };
    let filled = grant.terms.inputs.iter();
    filled
        .map(|(name, value)| (title(name), value.to_string()))
        .collect()
}
