//! On whose word: approval and break-glass.

use serde_saphyr::Spanned;

use super::reader::Reader;
use crate::duration::Duration;
use crate::entitlement::raw::{RawApproval, RawEntitlement, RawEscalation, RawStep, RawSteps};
use crate::entitlement::{
    Approval, Authority, BreakGlass, Escalation, Identity, Input, MOST_NEEDED, MOST_STEPS,
    Privilege, ReviewRule, Step, USUAL_REVIEW_TIME, Via,
};
use crate::justification::printable;
use crate::principal::Principal;

/// How long a request waits for approval where the entitlement does not say.
const DEFAULT_EXPIRES: Duration = Duration::minutes(4 * 60);

/// The shortest time between two reminders: more often is noise.
const SHORTEST_REMINDER: Duration = Duration::minutes(1);

/// Stands for the entitlement's own requesters.
const PEERS: &str = "peers";

impl Reader<'_> {
    /// Who must agree; the inner none: nobody. The outer none: a finding was noted. No requesters: there are some, and
    /// a finding about them was noted.
    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    pub(super) fn approval(
        &mut self,
        raw: &RawEntitlement,
        requesters: Option<&[Principal]>,
        inputs: Option<&[Input]>,
    ) -> Option<Option<Approval>> {
        let approval = match (&raw.approval, &raw.break_glass) {
            (Some(approval), Some(_)) => {
                if !matches!(approval.value, RawApproval::None) {
                    self.note(
                        approval,
                        "break-glass waits for nobody, so it has no approval",
                        "remove approval:, or make two entitlements",
                    );
                    return None;
                }
                return Some(None);
            }
            (None, Some(_)) => return Some(None),
            (Some(approval), None) => approval,
            // What nobody wrote is never "nobody must agree".
            (None, None) if raw.requesters.is_empty() => return Some(None),
            (None, None) => {
                self.note(
                    &raw.id,
                    "it does not say who must approve",
                    "write approval: none, or approval: {steps: [{approvers: [group:leads@example.com]}]}",
                );
                return None;
            }
        };
        self.place("approval", approval);
        match &approval.value {
            RawApproval::None => Some(None),
            RawApproval::Steps(steps) => self.steps(approval, steps, requesters, inputs).map(Some),
        }
    }

    fn steps(
        &mut self,
        at: &Spanned<RawApproval>,
        raw: &RawSteps,
        requesters: Option<&[Principal]>,
        inputs: Option<&[Input]>,
    ) -> Option<Approval> {
        let identity = self.word(
            raw.identity.as_ref(),
            Identity::Broker,
            &[
                ("broker", Identity::Broker),
                ("approver", Identity::Approver),
            ],
        );
        let authority = self.word(
            raw.authority.as_ref(),
            Authority::Entitlement,
            &[
                ("entitlement", Authority::Entitlement),
                ("google", Authority::Google),
            ],
        );
        let justification_required = self.word(
            raw.justification.as_ref(),
            false,
            &[("optional", false), ("required", true)],
        );
        if let Some(at) = &raw.expires {
            self.place("approval.expires", at);
        }
        let expires = self.duration_or(raw.expires.as_ref(), DEFAULT_EXPIRES);
        let constraints = self.constraints("approval.constraints", &raw.constraints, inputs, true);
        if raw.steps.is_empty() || raw.steps.len() > MOST_STEPS {
            self.note(
                at,
                format!(
                    "an approval has 1 to {MOST_STEPS} steps, this one has {}",
                    raw.steps.len()
                ),
                "write a step with its approvers, or approval: none",
            );
            return None;
        }
        let steps: Vec<Option<Step>> = raw
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| self.step(index, at, step, requesters))
            .collect();
        Some(Approval {
            identity: identity?,
            authority: authority?,
            self_approval: raw.self_approval.unwrap_or(false),
            justification_required: justification_required?,
            constraints: constraints?,
            expires: expires?,
            steps: steps.into_iter().collect::<Option<_>>()?,
        })
    }

    /// An approver's own power covers policies only: a token that the server mints comes from Daypass's.
    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    pub(super) fn power_is_enough(
        &mut self,
        raw: &RawEntitlement,
        approval: Option<Option<Approval>>,
        privileges: &[Option<Privilege>],
    ) -> Option<Option<Approval>> {
        let own = match approval.as_ref().and_then(Option::as_ref) {
            Some(approval) if approval.identity == Identity::Approver => "identity: approver",
            Some(approval) if approval.authority == Authority::Google => "authority: google",
            _ => return approval,
        };
        let minted = privileges.iter().flatten().any(
            |privilege| matches!(privilege, Privilege::Impersonation(one) if one.via == Via::Broker),
        );
        if !minted {
            return approval;
        }
        let at = match raw.approval.as_ref().map(|at| &at.value) {
            Some(RawApproval::Steps(steps)) if own.starts_with("identity") => {
                steps.identity.as_ref()
            }
            Some(RawApproval::Steps(steps)) => steps.authority.as_ref(),
            _ => None,
        };
        self.note(
            at.unwrap_or(&raw.id),
            format!("{own} is about policies, and an impersonation with via: broker writes none"),
            "write via: binding, or make two entitlements",
        );
        None
    }

    fn step(
        &mut self,
        index: usize,
        at: &Spanned<RawApproval>,
        raw: &RawStep,
        requesters: Option<&[Principal]>,
    ) -> Option<Step> {
        if raw.approvers.is_empty() {
            self.note(
                at,
                format!("step {} has no approvers", index + 1),
                "list approvers, or write approval: none",
            );
            return None;
        }
        let path = format!("approval.steps[{index}].approvers");
        let (peers, named): (Vec<_>, Vec<_>) = raw
            .approvers
            .iter()
            .cloned()
            .partition(|one| one.value == PEERS);
        for one in &peers {
            self.place(path.clone(), one);
        }
        let mut approvers = self.principals(&path, &named)?;
        if let Some(at) = peers.first() {
            match requesters {
                Some([]) => {
                    self.note(
                        at,
                        "'peers' are the requesters, and there are none",
                        "list requesters, or name the approvers",
                    );
                    return None;
                }
                Some(requesters) => {
                    let others = requesters.iter().filter(|peer| !approvers.contains(peer));
                    let others: Vec<Principal> = others.cloned().collect();
                    approvers.extend(others);
                }
                // What is wrong with them has been said, and the entitlement comes to nothing.
                None => {}
            }
        }
        let needed = raw.needed.as_ref().map_or(1, |needed| needed.value);
        if let Some(at) = &raw.needed {
            self.place(format!("approval.steps[{index}].needed"), at);
            if needed == 0 || needed > MOST_NEEDED {
                self.note(
                    at,
                    format!("a step needs 1 to {MOST_NEEDED} people, not {needed}"),
                    "write how many different people must agree",
                );
                return None;
            }
        }
        let on_call = self.on_call(raw.on_call.as_ref());
        if let Some(at) = &raw.remind {
            self.place(format!("approval.steps[{index}].remind"), at);
        }
        let remind = self.optional_duration(raw.remind.as_ref());
        let remind = remind?;
        if let (Some(at), Some(often)) = (&raw.remind, remind)
            && often < SHORTEST_REMINDER
        {
            let message = format!("a reminder every {often} is noise");
            self.note(at, message, &format!("write at least {SHORTEST_REMINDER}"));
            return None;
        }
        let escalate = match &raw.escalate {
            None => Some(None),
            Some(escalation) => self.escalation(index, escalation).map(Some),
        };
        Some(Step {
            approvers,
            peers: !peers.is_empty(),
            on_call: on_call?,
            needed,
            remind,
            escalate: escalate?,
        })
    }

    fn escalation(&mut self, step: usize, raw: &RawEscalation) -> Option<Escalation> {
        self.place(format!("approval.steps[{step}].escalate.after"), &raw.after);
        let after = self.read(&raw.after, Duration::parse);
        let to = self.principals(&format!("approval.steps[{step}].escalate.to"), &raw.to);
        if raw.to.is_empty() {
            self.note(
                &raw.after,
                "nobody to escalate to",
                "list people or groups under to:",
            );
            return None;
        }
        Some(Escalation {
            after: after?,
            to: to?,
        })
    }

    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    fn on_call(&mut self, at: Option<&Spanned<String>>) -> Option<Option<String>> {
        let Some(at) = at else { return Some(None) };
        let schedule = at.value.strip_prefix("pagerduty:");
        let fits = schedule.is_some_and(|schedule| {
            (1..=64).contains(&schedule.len())
                && schedule.chars().all(|c| c.is_ascii_alphanumeric())
        });
        if !fits {
            self.note(
                at,
                format!("'{}' is not an on-call schedule", printable(&at.value, 60)),
                "write pagerduty:SCHEDULE, such as pagerduty:PABC123",
            );
            return None;
        }
        Some(Some(at.value.clone()))
    }

    /// The inner none: it is not for emergencies.
    #[expect(clippy::option_option, reason = "the outer one is a finding")]
    pub(super) fn break_glass(&mut self, raw: &RawEntitlement) -> Option<Option<BreakGlass>> {
        let Some(at) = &raw.break_glass else {
            return Some(None);
        };
        self.place("break_glass", at);
        let page = self.targets(&at.value.page);
        if at.value.page.is_empty() {
            self.note(
                at,
                "break-glass that calls nobody stays unseen",
                "add page: ['pagerduty:SCHEDULE'], or an address",
            );
            return None;
        }
        let Some(review) = &at.value.review else {
            self.note(
                at,
                "break-glass owes a review",
                "add review: {by: [group:security@example.com], within: 24h}",
            );
            return None;
        };
        let by = self.principals("break_glass.review.by", &review.by);
        let within = self.duration_or(review.within.as_ref(), USUAL_REVIEW_TIME);
        if review.by.is_empty() {
            self.note(
                at,
                "nobody can review it",
                "list people or groups under by:",
            );
            return None;
        }
        Some(Some(BreakGlass {
            page: page?,
            review: ReviewRule {
                by: by?,
                within: within?,
            },
        }))
    }
}
