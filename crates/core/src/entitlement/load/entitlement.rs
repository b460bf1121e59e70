//! One entitlement, part by part.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::entitlement::raw::{RawDefaults, RawEntitlement};
use crate::entitlement::{Entitlement, EntitlementId, MOST_PRIVILEGES, Privilege, SlackMode};
use crate::justification::printable;

/// Longest label or value, in characters, as Google's own resource labels
/// (<https://cloud.google.com/resource-manager/docs/labels-overview>).
const LONGEST_LABEL: usize = 63;

/// Most labels of one entitlement, as of Google's resources.
const MOST_LABELS: usize = 64;

impl Reader<'_> {
    /// The entitlement, if everything about it can be read; else findings.
    pub(super) fn entitlement(
        &mut self,
        raw: &RawEntitlement,
        defaults: Option<&RawDefaults>,
    ) -> Option<Entitlement> {
        if let Some(parts) = &mut self.parts {
            parts.clear();
        }
        self.place("id", &raw.id);
        let id = EntitlementId::parse(&raw.id.value);
        if id.is_none() {
            self.note(
                &raw.id,
                format!(
                    "'{}' is not an entitlement id",
                    printable(&raw.id.value, 70)
                ),
                "use 3 to 63 of a-z, 0-9 and -, starting with a letter",
            );
        }
        let text =
            |text: &Option<String>, other: &str| printable(text.as_deref().unwrap_or(other), 2_000);
        let owner = match &raw.owner {
            None => Some(None),
            Some(owner) => self.read(owner, str::parse).map(Some),
        };
        let labels = self.labels(raw);
        let requesters = self.principals("requesters", &raw.requesters);
        let beneficiaries = self.principals("beneficiaries", &raw.beneficiaries);
        let grantors = self.principals("grantors", &raw.grantors);
        if raw.requesters.is_empty() && raw.grantors.is_empty() {
            self.note(
                &raw.id,
                "nobody may ask for it and nobody may give it",
                "list requesters or grantors",
            );
        }
        if raw.privileges.is_empty() {
            self.note(
                &raw.id,
                "it gives nothing",
                "list at least one privilege, with a resource and its roles",
            );
        }
        self.not_too_many_privileges(raw);
        let privileges: Vec<Option<Privilege>> = raw
            .privileges
            .iter()
            .take(MOST_PRIVILEGES)
            .enumerate()
            .map(|(index, privilege)| self.privilege(index, privilege))
            .collect();
        self.repetitions(raw, &privileges);
        let break_glass = self.break_glass(raw);
        let duration = self.duration_rule(raw, defaults);
        let start_latest = self.optional_duration(raw.start.as_ref().map(|start| &start.latest));
        let justification = self.justification(
            raw.justification
                .as_ref()
                .or(defaults.and_then(|defaults| defaults.justification.as_ref())),
        );
        let inputs = self.inputs(&raw.inputs);
        let known = inputs.as_deref();
        let constraints = self.constraints("constraints", &raw.constraints, known, false);
        let approval = self.approval(raw, requesters.as_deref(), known);
        let approval = self.power_is_enough(raw, approval, &privileges);
        let notify = self.targets(
            raw.notify
                .as_ref()
                .or(defaults.and_then(|defaults| defaults.notify.as_ref()))
                .map_or(&[], Vec::as_slice),
        );
        if let Some(at) = &raw.slack {
            self.place("slack", at);
        }
        let slack = self.word(
            raw.slack
                .as_ref()
                .or(defaults.and_then(|defaults| defaults.slack.as_ref())),
            SlackMode::Confirm,
            &[
                ("approve", SlackMode::Approve),
                ("confirm", SlackMode::Confirm),
                ("notify", SlackMode::Notify),
            ],
        );
        Some(Entitlement {
            id: id?,
            title: text(&raw.title, &raw.id.value),
            description: text(&raw.description, ""),
            owner: owner?,
            labels: labels?,
            requesters: requesters?,
            beneficiaries: beneficiaries?,
            grantors: grantors?,
            privileges: privileges.into_iter().collect::<Option<_>>()?,
            duration: duration?,
            start_latest: start_latest?,
            justification: justification?,
            inputs: inputs?,
            constraints: constraints?,
            approval: approval?,
            break_glass: break_glass?,
            notify: notify?,
            slack: slack?,
        })
    }

    fn not_too_many_privileges(&mut self, raw: &RawEntitlement) {
        let Some(beyond) = raw.privileges.get(MOST_PRIVILEGES) else {
            return;
        };
        let message = format!("there are more than {MOST_PRIVILEGES} privileges");
        let hint = "write several entitlements, or a selector of projects by their labels";
        match (&beyond.resource, &beyond.impersonate) {
            (Some(at), _) => self.note(at, message, hint),
            (None, Some(at)) => self.note(at, message, hint),
            (None, None) => self.note(&raw.id, message, hint),
        }
    }

    fn labels(&mut self, raw: &RawEntitlement) -> Option<BTreeMap<String, String>> {
        let mut labels = BTreeMap::new();
        if let Some((_, value)) = raw.labels.iter().nth(MOST_LABELS) {
            self.note(
                value,
                format!("there are more than {MOST_LABELS} labels"),
                "keep those that people search by",
            );
            return None;
        }
        for (name, value) in &raw.labels {
            self.place(format!("labels.{name}"), value);
            let fits = |text: &str| {
                text.chars().count() <= LONGEST_LABEL
                    && !text
                        .chars()
                        .any(|c| c.is_control() || crate::justification::is_deceptive(c))
            };
            if name.is_empty() || !fits(name) || !fits(&value.value) {
                self.note(
                    value,
                    format!("'{}' is not a label", printable(name, 70)),
                    "at most 63 characters, without control characters",
                );
                return None;
            }
            labels.insert(name.clone(), value.value.clone());
        }
        Some(labels)
    }

    /// Whom to tell: `email`, an address, `slack:#channel` or `slack:@person`, an on-call service.
    pub(super) fn targets(&mut self, at: &[serde_saphyr::Spanned<String>]) -> Option<Vec<String>> {
        let mut targets = Vec::new();
        let mut all = true;
        for one in at {
            let text = one.value.trim();
            let known = text == "email"
                || crate::email::Email::parse(text).is_ok()
                || ["slack:#", "slack:@", "pagerduty:", "pubsub:"]
                    .iter()
                    .any(|start| text.strip_prefix(start).is_some_and(is_word));
            if known {
                targets.push(text.to_owned());
            } else {
                self.note(
                    one,
                    format!("'{}' is nobody that can be told", printable(text, 70)),
                    "write email, an address, slack:#channel, or pagerduty:SCHEDULE",
                );
                all = false;
            }
        }
        all.then_some(targets)
    }
}

/// Whether it is one word of printable ASCII, as names of channels and schedules are.
fn is_word(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}
