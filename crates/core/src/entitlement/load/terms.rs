//! For how long, and what must be written: duration, justification, inputs.

use serde_saphyr::Spanned;

use super::reader::Reader;
use crate::duration::Duration;
use crate::entitlement::raw::{RawDefaults, RawEntitlement, RawInput, RawJustification};
use crate::entitlement::{
    DurationRule, Input, InputKind, JustificationRule, LONGEST_EMERGENCY, LONGEST_INPUT,
    MOST_INPUTS,
};
use crate::justification::printable;

/// The duration that is given when nobody says: an hour, or the maximum if that is less.
const DEFAULT_DURATION: Duration = Duration::minutes(60);

/// The longest duration of an entitlement that names none.
const DEFAULT_MAX: Duration = Duration::minutes(8 * 60);

/// The shortest duration of an entitlement that names none.
const DEFAULT_MIN: Duration = Duration::minutes(1);

impl Reader<'_> {
    pub(super) fn duration_rule(
        &mut self,
        raw: &RawEntitlement,
        defaults: Option<&RawDefaults>,
    ) -> Option<DurationRule> {
        let own = raw.duration.as_ref();
        let defaults = defaults.and_then(|defaults| defaults.duration.as_ref());
        let pick = |own: Option<&Spanned<String>>, shared: Option<&Spanned<String>>| {
            own.or(shared).cloned()
        };
        let own_max = own.and_then(|d| d.max.as_ref());
        let max_at = pick(own_max, defaults.and_then(|d| d.max.as_ref()));
        let min_at = pick(
            own.and_then(|d| d.min.as_ref()),
            defaults.and_then(|d| d.min.as_ref()),
        );
        let default_at = pick(
            own.and_then(|d| d.default.as_ref()),
            defaults.and_then(|d| d.default.as_ref()),
        );
        if let Some(at) = &max_at {
            self.place("duration.max", at);
        }
        let mut max = self.duration_or(max_at.as_ref(), DEFAULT_MAX)?;
        if raw.break_glass.is_some() && max > LONGEST_EMERGENCY {
            match own_max {
                // A maximum that is shared by the whole file bends; one that is written here must fit.
                None => max = LONGEST_EMERGENCY,
                Some(at) => {
                    let message = format!("break-glass lasts at most {LONGEST_EMERGENCY}");
                    self.note(at, message, "an emergency that lasts longer asks again");
                    return None;
                }
            }
        }
        let min = self.duration_or(min_at.as_ref(), DEFAULT_MIN.min(max))?;
        let own_default = own.and_then(|d| d.default.as_ref()).is_some();
        let default = self.duration_or(default_at.as_ref(), DEFAULT_DURATION.min(max).max(min))?;
        // A default that is shared by the whole file bends to the entitlement's own bounds; its own must fit.
        let default = if own_default {
            default
        } else {
            default.clamp(min, max.max(min))
        };
        if min > max || default > max || default < min {
            let at = default_at
                .filter(|_| own_default && min <= max)
                .or(min_at)
                .unwrap_or_else(|| raw.id.clone());
            self.note(
                &at,
                format!("the durations do not fit: min {min}, default {default}, max {max}"),
                "min ≤ default ≤ max",
            );
            return None;
        }
        Some(DurationRule { min, default, max })
    }

    pub(super) fn justification(
        &mut self,
        rule: Option<&RawJustification>,
    ) -> Option<JustificationRule> {
        let pattern_at = rule.and_then(|rule| rule.pattern.as_ref());
        if let Some(at) = pattern_at {
            self.place("justification.pattern", at);
        }
        let pattern = self.pattern(pattern_at)?;
        Some(JustificationRule {
            required: rule.and_then(|rule| rule.required).unwrap_or(true),
            pattern,
            hint: rule
                .and_then(|rule| rule.hint.as_deref())
                .map(|hint| printable(hint, 200)),
        })
    }

    pub(super) fn inputs(&mut self, raw: &[RawInput]) -> Option<Vec<Input>> {
        let mut inputs: Vec<Input> = Vec::new();
        let mut all = true;
        for (index, one) in raw.iter().enumerate() {
            self.place(format!("inputs[{index}]"), &one.name);
            if index == MOST_INPUTS {
                let message = format!("more than {MOST_INPUTS} inputs");
                self.note(&one.name, message, "nobody fills in so many");
                return None;
            }
            match self.input(one) {
                Some(input) if inputs.iter().any(|other| other.name == input.name) => {
                    let message = format!("the input '{}' is there twice", input.name);
                    self.note(&one.name, message, "rename one");
                    all = false;
                }
                Some(input) => inputs.push(input),
                None => all = false,
            }
        }
        all.then_some(inputs)
    }

    fn input(&mut self, raw: &RawInput) -> Option<Input> {
        let name = &raw.name.value;
        if !Input::is_name(name) {
            self.note(
                &raw.name,
                format!("'{}' is not the name of an input", printable(name, 60)),
                "use at most 32 of a-z, 0-9 and _, starting with a letter",
            );
            return None;
        }
        let word = raw
            .kind
            .as_ref()
            .map(|kind| kind.value.trim().to_ascii_lowercase());
        let kind = match word.as_deref() {
            None | Some("string") if raw.values.is_empty() => InputKind::String,
            None | Some("one of" | "one_of") if !raw.values.is_empty() => {
                InputKind::OneOf(self.words(raw)?)
            }
            Some("integer") if raw.values.is_empty() => InputKind::Integer,
            Some("boolean") if raw.values.is_empty() => InputKind::Boolean,
            other => {
                let at = raw.kind.as_ref().unwrap_or(&raw.name);
                let message = match other {
                    Some("one of" | "one_of") => "'one of' needs its values".to_owned(),
                    Some("string" | "integer" | "boolean") => {
                        "'values' belongs to type: one of".to_owned()
                    }
                    _ => format!(
                        "expected string, integer, boolean or one of, found '{}'",
                        printable(other.unwrap_or_default(), 60)
                    ),
                };
                self.note(
                    at,
                    message,
                    "write type: string, or type: one of with values: [a, b]",
                );
                return None;
            }
        };
        if let Some(at) = raw.pattern.as_ref().filter(|_| kind != InputKind::String) {
            self.note(at, "a pattern belongs to a string", "remove the pattern");
            return None;
        }
        let pattern = self.pattern(raw.pattern.as_ref())?;
        Some(Input {
            name: name.clone(),
            kind,
            title: printable(raw.title.as_deref().unwrap_or(name), 200),
            pattern,
            required: raw.required.unwrap_or(false),
        })
    }

    fn words(&mut self, raw: &RawInput) -> Option<Vec<String>> {
        for word in &raw.values {
            let text = &word.value;
            let fits = !text.trim().is_empty()
                && text.trim() == text
                && text.chars().count() <= LONGEST_INPUT
                && !text
                    .chars()
                    .any(|c| c.is_control() || crate::justification::is_deceptive(c));
            if !fits {
                let message = format!("'{}' cannot be chosen", printable(text, 60));
                self.note(
                    word,
                    message,
                    "write short words without control characters",
                );
                return None;
            }
        }
        Some(raw.values.iter().map(|word| word.value.clone()).collect())
    }
}
