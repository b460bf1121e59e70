//! One test as it is written.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;

use super::World;
use super::case::{Expect, Expected, ExpectedStep, Test, Verdict};
use super::raw::{RawExpect, RawStep, RawTest};
use super::reader::{Noted, Reader, address};
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::EntitlementId;
use crate::justification::printable;
use crate::principal::Principal;
use crate::request::{Ask, AskKind};

impl Reader<'_> {
    /// The test, if everything about it can be read; else findings.
    pub(super) fn test(&mut self, raw: &RawTest, world: &World) -> Option<Test> {
        let requester = self.read(&raw.requester, |text| Email::parse(address(text)));
        if let Some(email) = requester.as_ref().filter(|email| !world.has(email)) {
            let place = self.place_of(&raw.requester);
            let message = format!("there is no {email} among the people of the fixtures");
            self.note(&place, message, "add them to people: or to a group");
        }
        let entitlement = EntitlementId::parse(&raw.entitlement.value);
        if entitlement.is_none() {
            let place = self.place_of(&raw.entitlement);
            let shown = printable(&raw.entitlement.value, 70);
            let message = format!("'{shown}' is not an entitlement id");
            self.note(&place, message, "name the id of an entitlement");
        }
        let duration = self.optional(raw.duration.as_ref(), Duration::parse);
        let start_at = self.time(raw.at.as_ref());
        let time = self.time(raw.time.as_ref());
        let beneficiary = self.optional(raw.beneficiary.as_ref(), |text| {
            // A bare address is a person or a service account, as at the command line.
            match Email::parse(text) {
                Ok(email) => Ok(Principal::of_account(email)),
                Err(_) => text.parse(),
            }
        });
        let expect = self.expect(&raw.expect);
        let (requester, entitlement) = (requester?, entitlement?);
        let name = match &raw.name {
            Some(name) => printable(&name.value, 200),
            None => name_of(&requester, &entitlement, raw),
        };
        let place = match &raw.name {
            Some(name) => self.place_of(name),
            None => self.place_of(&raw.requester),
        };
        Some(Test {
            name,
            place,
            requester: World::person(&requester),
            time: time.ok()?.unwrap_or(world.time),
            ask: Ask {
                kind: if raw.give {
                    AskKind::Give
                } else {
                    AskKind::Request
                },
                beneficiary: beneficiary.ok()?,
                duration: duration.ok()?,
                start_at: start_at.ok()?,
                only: raw.only.clone(),
                justification: raw.reason.clone(),
                inputs: raw.input.clone(),
                ..Ask::new(entitlement)
            },
            expect: expect?,
        })
    }

    fn expect(&mut self, raw: &Spanned<RawExpect>) -> Option<Expect> {
        let at = raw;
        let raw = &raw.value;
        let decision = raw.decision.as_ref();
        let decision = decision.map(|word| self.verdict(word).ok_or(Noted));
        let duration = raw.duration.as_ref().map(|text| {
            let place = self.place_of(text);
            let value = self.read(text, Duration::parse).ok_or(Noted)?;
            Ok::<_, Noted>(Expected { value, place })
        });
        let steps = raw.steps.as_ref().map(|steps| {
            let value = steps.value.iter().map(|step| self.step(step)).collect();
            let place = self.place(steps, 1);
            Expected { value, place }
        });
        let expect = Expect {
            decision: decision.transpose().ok()?,
            approvers: self.expected_set(raw.approvers.as_ref(), canonical_person),
            needed: self.number(raw.needed.as_ref()),
            steps,
            rule: raw.rule.as_ref().map(|rule| Expected {
                value: rule.value.clone(),
                place: self.place_of(rule),
            }),
            on_call: self.expected_set(raw.on_call.as_ref(), canonical_person),
            page: self.expected_set(raw.page.as_ref(), str::to_owned),
            duration: duration.transpose().ok()?,
            gives: self.expected_set(raw.gives.as_ref(), str::to_owned),
        };
        if expect == Expect::default() {
            let place = self.place(at, 1);
            self.note(
                &place,
                "the test expects nothing, so it cannot fail",
                "write what shall come of it: expect: {decision: needs-approval}",
            );
        }
        Some(expect)
    }

    fn step(&mut self, raw: &RawStep) -> ExpectedStep {
        ExpectedStep {
            needed: self.number(raw.needed.as_ref()),
            approvers: self.expected_set(raw.approvers.as_ref(), canonical_person),
            on_call: self.expected_set(raw.on_call.as_ref(), canonical_person),
        }
    }

    fn number(&mut self, at: Option<&Spanned<u32>>) -> Option<Expected<u32>> {
        at.map(|at| Expected {
            value: at.value,
            place: self.place(at, at.value.to_string().len()),
        })
    }

    fn verdict(&mut self, at: &Spanned<String>) -> Option<Expected<Verdict>> {
        let place = self.place_of(at);
        let found = Verdict::WORDS.iter().find(|(word, _)| *word == at.value);
        if found.is_none() {
            let words = Verdict::WORDS.map(|(word, _)| word).join(", ");
            let shown = printable(&at.value, 60);
            let message = format!("'{shown}' is not a decision");
            self.note(&place, message, &format!("write one of {words}"));
        }
        found.map(|(_, value)| Expected {
            value: *value,
            place,
        })
    }
}

fn name_of(requester: &Email, entitlement: &EntitlementId, raw: &RawTest) -> String {
    let verb = if raw.give { "gives" } else { "asks for" };
    let mut name = format!("{requester} {verb} {entitlement}");
    if let Some(beneficiary) = &raw.beneficiary {
        name = format!("{name} to {}", printable(&beneficiary.value, 80));
    }
    if let Some(duration) = &raw.duration {
        name = format!("{name} for {}", printable(&duration.value, 40));
    }
    name
}

/// People by their address in lower case; domains and sets of identities as they are written.
fn canonical_person(text: &str) -> String {
    Email::parse(address(text)).map_or_else(|_| text.to_owned(), |email| email.to_string())
}

/// People as decisions name them.
pub(super) fn names<'a>(people: impl IntoIterator<Item = &'a Email>) -> BTreeSet<String> {
    people.into_iter().map(ToString::to_string).collect()
}
