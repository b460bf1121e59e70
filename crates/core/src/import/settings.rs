//! The environment variables of JIT Access and JIT Groups, which set one rule for everything.

use super::draft::DraftJustification;
use super::report::{Gathering, Place, shown};
use crate::duration::Duration;
use crate::entitlement::Source;

/// `ACTIVATION_TIMEOUT` where it is not set.
const LONGEST: Duration = Duration::minutes(120);

/// `ACTIVATION_REQUEST_TIMEOUT` where it is not set.
const UNANSWERED: Duration = Duration::minutes(60);

/// Two names of one variable. JIT Access 1.x looks at the first of them first, and its successor, which alone knows
/// `APPROVAL_TIMEOUT`, at that.
const SAME: [(&str, &str); 2] = [
    ("ELEVATION_DURATION", "ACTIVATION_TIMEOUT"),
    ("APPROVAL_TIMEOUT", "ACTIVATION_REQUEST_TIMEOUT"),
];

/// Variables that no entitlement has a place for, by their beginning, and where their subject is set up.
const ELSEWHERE: [(&str, &str); 18] = [
    (
        "RESOURCE_SCOPE",
        "the broker's scope is set under 'google:' in daypass.yaml",
    ),
    (
        "RESOURCE_CUSTOMER_ID",
        "the customer is set under 'groups:' in daypass.yaml",
    ),
    (
        "RESOURCE_CACHE_TIMEOUT",
        "an edit of the entitlements counts at once",
    ),
    (
        "RESOURCE_",
        "Daypass reads eligibility from entitlements, not from a catalog",
    ),
    (
        "CUSTOMER_ID",
        "the customer is set under 'groups:' in daypass.yaml",
    ),
    (
        "ORGANIZATION_ID",
        "the broker's scope is set under 'google:' in daypass.yaml",
    ),
    (
        "GROUPS_DOMAIN",
        "no groups are made: roles are given to people",
    ),
    ("ENVIRONMENTS", "name the files of all environments"),
    (
        "AVAILABLE_PROJECTS_QUERY",
        "everybody sees the entitlements that are meant for them",
    ),
    (
        "ACTIVATION_REQUEST_MAX_ROLES",
        "an entitlement lists the roles that are given together",
    ),
    (
        "ACTIVATION_REQUEST_MIN_REVIEWERS",
        "all peers are asked; to want more than one yes, write needed: in the step",
    ),
    ("ACTIVATION_REQUEST_MAX_REVIEWERS", "all peers are asked"),
    ("IAP_", "sign-in is set under 'login:' in daypass.yaml"),
    (
        "NOTIFICATION_TOPIC",
        "Daypass publishes no events; its audit trail is at GET /api/v1/audit/entries",
    ),
    (
        "NOTIFICATION_TIMEZONE",
        "times are shown in the reader's own zone",
    ),
    (
        "SMTP_",
        "Daypass sends no mail; what waits is on its pages and in 'daypass status --inbox'",
    ),
    ("BACKEND_", "Daypass bounds its calls itself"),
    ("PORT", "the address is set under 'listen:' in daypass.yaml"),
];

/// What holds for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// The longest activation.
    pub(super) longest: Duration,
    /// How long a request waits for a peer.
    pub(super) unanswered: Duration,
    /// What must be found in the justification.
    pub(super) pattern: Option<String>,
    /// What to write, in words.
    pub(super) hint: Option<String>,
    /// The domain of the organization's own people.
    pub(super) domain: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            longest: LONGEST,
            unanswered: UNANSWERED,
            pattern: None,
            hint: None,
            domain: None,
        }
    }
}

impl Settings {
    /// The rule for what the requester writes; none where nothing was set.
    pub(super) fn justification(&self) -> Option<DraftJustification> {
        (self.pattern.is_some() || self.hint.is_some()).then(|| DraftJustification {
            required: true,
            pattern: self.pattern.clone(),
            hint: self.hint.clone(),
        })
    }

    /// Reads `KEY=VALUE` lines. Values are not shown in notes, except those of the rules: there are passwords among them.
    pub(super) fn read(source: &Source, gathering: &mut Gathering) -> Self {
        let mut settings = Self::default();
        let mut variables: Vec<(&str, &str, Place)> = Vec::new();
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = u64::try_from(index + 1).unwrap_or(0);
            let mut place = Place::file(&source.name);
            place.position = Some((number, 1));
            match line.split_once('=') {
                Some((key, value)) => {
                    variables.push((key.trim(), unquoted(value.trim()), place));
                }
                None => {
                    gathering.wrong(&place, "it is not of the form KEY=VALUE");
                }
            }
        }
        for (key, value, place) in &variables {
            let first = SAME
                .iter()
                .find(|(_, other)| other == key)
                .and_then(|(name, _)| {
                    let mut others = variables.iter().rev();
                    others.find(|(other, text, _)| other == name && !text.is_empty())
                });
            match first {
                Some((name, counts, _)) => {
                    if counts != value && !value.is_empty() {
                        let message = format!(
                            "{key}={} does not count: {name}={} is the same variable, and is looked at first",
                            shown(value),
                            shown(counts)
                        );
                        gathering.left(place, message);
                    }
                }
                None => settings.set(key, value, place, gathering),
            }
        }
        settings
    }

    fn set(&mut self, key: &str, value: &str, place: &Place, gathering: &mut Gathering) {
        match key {
            _ if value.is_empty() => {}
            "ACTIVATION_TIMEOUT" | "ELEVATION_DURATION" => {
                minutes(value, &mut self.longest, key, place, gathering);
            }
            "ACTIVATION_REQUEST_TIMEOUT" | "APPROVAL_TIMEOUT" => {
                minutes(value, &mut self.unanswered, key, place, gathering);
            }
            "PRIMARY_DOMAIN" => self.domain = Some(value.to_ascii_lowercase()),
            "JUSTIFICATION_HINT" => self.hint = Some(value.to_owned()),
            // What is matched by everything need not be written.
            "JUSTIFICATION_PATTERN" if value == ".*" => {}
            "JUSTIFICATION_PATTERN" => match whole(value) {
                Ok(pattern) => self.pattern = Some(pattern),
                Err(why) => {
                    let message =
                        format!("{} is not a pattern that can be kept: {why}", shown(value));
                    let note = gathering.wrong(place, message);
                    note.hint = Some(
                        "write it without look-around and back references; without it anything would be accepted".into(),
                    );
                }
            },
            _ => match ELSEWHERE.iter().find(|(start, _)| key.starts_with(start)) {
                Some((_, where_to)) => {
                    gathering.left(place, format!("{key}: {where_to}"));
                }
                None => {
                    gathering.left(place, format!("{}: not known", shown(key)));
                }
            },
        }
    }
}

/// JIT Access matches the whole text; our patterns search.
fn whole(pattern: &str) -> Result<String, String> {
    let whole = format!("^(?:{pattern})$");
    // The pattern by itself, too: one that closes the bracket around it is another pattern.
    for text in [pattern, &whole] {
        regex::Regex::new(text).map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.replace("error: ", "")
        })?;
    }
    Ok(whole)
}

fn minutes(
    value: &str,
    target: &mut Duration,
    key: &str,
    place: &Place,
    gathering: &mut Gathering,
) {
    let seconds = value
        .parse::<u64>()
        .ok()
        .and_then(|minutes| minutes.checked_mul(60));
    match seconds.map(Duration::from_seconds) {
        Some(Ok(duration)) => *target = duration,
        _ => {
            gathering.wrong(
                place,
                format!("{key}={} is not a number of minutes", shown(value)),
            );
        }
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}
