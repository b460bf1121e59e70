//! The written forms: what is read is what is written, and the edges of what is accepted are where they are said to be.

use std::time::Duration as Wait;

use daypass_core::audit::{Action, Actor, ChainHash, Channel, Entry, canonical};
use daypass_core::condition::ExtraCondition;
use daypass_core::decide::{MAX_CLOCK_SKEW_SECONDS, is_skewed};
use daypass_core::diagnostic::{Diagnostic, Severity};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{EntitlementId, Hash};
use daypass_core::ids::GrantId;
use daypass_core::justification::{Justification, MAX_CHARACTERS};
use daypass_core::keyring::{Key, KeyId};
use daypass_core::principal::Principal;
use daypass_core::reason::RequestReason;
use daypass_core::request::{Ask, AskKind};
use daypass_core::resource::ResourceName;
use daypass_core::retry::{MAX_ATTEMPTS, MAX_RETRY_AFTER, after_conflict, delay};
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::generators::{grant_id, noon, person, policy};

/// The JSON of a value is its text, and reads back as the same value.
fn is_its_text<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
    text: &str,
) {
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(json, serde_json::json!(text));
    assert_eq!(serde_json::from_value::<T>(json).unwrap(), *value);
}

#[test]
fn values_are_their_text_in_json() {
    let id = EntitlementId::parse("prod-storage").unwrap();
    assert_eq!(
        (id.as_str(), id.to_string().as_str()),
        ("prod-storage", "prod-storage")
    );
    is_its_text(&id, "prod-storage");
    is_its_text(&Email::parse("Ann@Example.com").unwrap(), "ann@example.com");
    is_its_text(&ExtraCondition::parse(" true ").unwrap(), "true");
    let justification = Justification::parse(" INC-1 ").unwrap();
    assert_eq!(
        (justification.as_str(), justification.to_string().as_str()),
        ("INC-1", "INC-1")
    );
    is_its_text(&justification, "INC-1");
    let grant = grant_id(7);
    is_its_text(&grant, &grant.to_string());
    assert!(format!("{grant:?}").contains(&grant.to_string()));
    is_its_text(
        &"buckets/logs".parse::<ResourceName>().unwrap(),
        "projects/_/buckets/logs",
    );
    let hash = Hash::of(&"x");
    let hex = hash.to_string();
    assert_eq!((hex.len(), format!("{hash:?}")), (64, hex.clone()));
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    assert_eq!(
        (hash.as_bytes()[0], hash.as_bytes()[31]),
        (byte(0), byte(62))
    );
    assert_ne!(byte(0), byte(62));
    is_its_text(&hash, &hash.to_string());
    let chain = ChainHash([7; 32]);
    is_its_text(&chain, &"07".repeat(32));
    assert!(serde_json::from_value::<ChainHash>(serde_json::json!("07")).is_err());
    is_its_text(&Duration::minutes(90), "1h30m");
    assert_eq!(format!("{:?}", Duration::minutes(90)), "1h30m");
}

#[test]
fn a_record_names_who_and_what() {
    let ann = person("ann");
    assert_eq!(
        Actor::person(&ann, Channel::Web).to_string(),
        "ann@example.com"
    );
    assert_eq!(Actor::system().to_string(), "daypass");
    assert_eq!(Action::ApprovalVoid.as_str(), "approval_void");
    let entry = Entry::new(noon(), Actor::system(), Action::Expired).of_grant(grant_id(1));
    let bytes = canonical(&entry);
    assert_eq!(serde_json::from_slice::<Entry>(&bytes).unwrap(), entry);
    assert!(
        String::from_utf8(bytes)
            .unwrap()
            .starts_with(r#"{"at":"2026-12-01T12:00:00Z","actor""#)
    );
}

#[test]
fn conditions_end_where_they_are_said_to() {
    let longest =
        |bytes: usize| ExtraCondition::parse(&format!("\"{}\" != \"\"", "x".repeat(bytes - 8)));
    let limit = (100..20_000).find(|bytes| longest(*bytes).is_err());
    assert_eq!(limit, Some(1_025));
    // A slash divides, two begin a comment; an exclamation mark before = is no operator of its own.
    assert!(ExtraCondition::parse("1 / 2 == 0").is_ok());
    assert!(ExtraCondition::parse("true // no").is_err());
    let twelve = |operators: usize, first: &str| {
        let rest = vec!["a != b"; operators + 1].join(" && ");
        ExtraCondition::parse(&format!("{first}{rest}"))
    };
    let most = (0..20).find(|count| twelve(*count, "").is_err()).unwrap() - 1;
    assert!(
        twelve(most, "").is_ok() && twelve(most, "!").is_err(),
        "a negation counts, an inequality does not"
    );
    assert!(twelve(most - 1, "!").is_ok());
    for (text, fits) in [
        ("[1, 2][0] == 1", true),
        ("[1, 2)[0] == 1", false),
        ("{'a': [1]}['a'][0] == 1", true),
        ("r'a' == 'a'", false),
        ("'''a''' == 'a'", false),
        ("'' == ''", true),
        ("'a\\'b' == ''", true),
        ("a & b", false),
        ("(a", false),
    ] {
        assert_eq!(ExtraCondition::parse(text).is_ok(), fits, "{text}");
    }
}

#[test]
fn half_a_minute_is_no_skew_and_a_little_more_is() {
    let limit = SignedDuration::from_secs(MAX_CLOCK_SKEW_SECONDS);
    let little = SignedDuration::from_millis(1);
    assert!(!is_skewed(limit) && !is_skewed(-limit));
    assert!(is_skewed(limit + little) && is_skewed(-limit - little));
}

#[test]
fn a_finding_is_shown_at_its_place_or_without_one() {
    let bare = Diagnostic::error("a.yaml", "it is empty");
    assert_eq!(bare.to_string(), "error: it is empty\n --> a.yaml");
    let placed = Diagnostic {
        severity: Severity::Warning,
        code: Some("long-duration".into()),
        line: 12,
        column: 3,
        width: 4,
        excerpt: Some("  abcdef".into()),
        hint: Some("shorten it".into()),
        ..bare
    };
    assert_eq!(
        placed.to_string(),
        "warning[long-duration]: it is empty\n  --> a.yaml:12:3\n   |\n12 |   abcdef\n   |   ^^^^\n  = hint: shorten it"
    );
}

#[test]
fn durations_at_their_edges() {
    assert!(
        Duration::from_seconds(0)
            .unwrap_err()
            .to_string()
            .contains("not positive")
    );
    assert_eq!(Duration::from_seconds(1).unwrap().seconds(), 1);
    assert!(
        Duration::from_seconds(366 * 86_400).is_ok()
            && Duration::from_seconds(366 * 86_400 + 1).is_err()
    );
    let padded = |length: usize| format!("{}1m", "0".repeat(length - 2));
    let reads = |text: &str| Duration::parse(text).is_ok();
    assert!(!reads(&padded(41)), "longer than anybody writes");
    assert!(
        reads(&format!("1h 1m{}", " ".repeat(100))),
        "blanks around it do not count"
    );
    for (text, fits) in [
        ("90", false),
        ("1w", false),
        ("1mo", false),
        ("1y", false),
        ("1d", true),
        ("-1h", false),
        ("0m", false),
        ("1500ms", false),
        ("2 h 30 min", true),
    ] {
        assert_eq!(reads(text), fits, "{text}");
    }
}

#[test]
fn addresses_and_names_at_their_edges() {
    let of_length = |length: usize| format!("{}@example.com", "a".repeat(length - 12));
    assert!(Email::parse(&of_length(254)).is_ok() && Email::parse(&of_length(255)).is_err());
    for (text, fits) in [
        ("ab", false),
        ("abc", true),
        ("1bc", false),
        ("aBc", false),
        ("a_c", false),
        ("a-9", true),
    ] {
        assert_eq!(EntitlementId::parse(text).is_some(), fits, "{text}");
    }
    assert!(
        EntitlementId::parse(&"a".repeat(63)).is_some()
            && EntitlementId::parse(&"a".repeat(64)).is_none()
    );
    for (text, fits) in [
        ("k1", true),
        ("", false),
        ("K1", false),
        ("abcdefg", false),
        ("abcdef", true),
        ("k-1", false),
    ] {
        assert_eq!(KeyId::parse(text).is_ok(), fits, "{text}");
    }
    let secret = format!("{:?}", Key::new(KeyId::parse("k1").unwrap(), [0x5a; 32]));
    assert_eq!(secret, "Key(k1)");
    let writes = |count: usize| Justification::parse(&"x".repeat(count)).is_ok();
    assert!(writes(MAX_CHARACTERS) && !writes(MAX_CHARACTERS + 1));
    // Four bytes each: as many characters as any others.
    let wide = |count: usize| Justification::parse(&"𝔘".repeat(count)).is_ok();
    assert!(wide(MAX_CHARACTERS) && !wide(MAX_CHARACTERS + 1));
}

#[test]
fn principals_of_federations() {
    let fits = |text: &str| text.parse::<Principal>().is_ok();
    let path = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s";
    assert!(fits(&format!("principal://{path}")) && fits(&format!("principalSet://{path}")));
    assert_eq!(
        format!("principal://{path}").parse::<Principal>().unwrap(),
        Principal::Federated(format!("principal://{path}"))
    );
    assert_eq!(
        format!("principalSet://{path}")
            .parse::<Principal>()
            .unwrap(),
        Principal::FederatedSet(format!("principalSet://{path}"))
    );
    for wrong in [" ", "\"", "\\", "?", "\u{202e}", "//", "/"] {
        assert!(!fits(&format!("principal://{path}{wrong}")), "{wrong:?}");
    }
    assert!(!fits("principal://example.com/x"));
    assert!(!fits(&format!("principal://{path}{}", "x".repeat(1_024))));
    let email = Email::parse("ann@example.com").unwrap();
    for (text, has) in [
        ("user:ann@example.com", true),
        ("group:ann@example.com", true),
        ("domain:example.com", false),
    ] {
        let principal: Principal = text.parse().unwrap();
        assert_eq!(principal.email(), has.then_some(&email), "{text}");
    }
}

#[test]
fn resources_have_full_names() {
    let full = |text: &str| text.parse::<ResourceName>().unwrap().full_name();
    assert_eq!(
        full("projects/acme-prod"),
        "//cloudresourcemanager.googleapis.com/projects/acme-prod"
    );
    assert_eq!(
        full("buckets/logs"),
        "//storage.googleapis.com/projects/_/buckets/logs"
    );
}

#[test]
fn a_reason_names_ten_grants_and_counts_the_rest() {
    let ids: Vec<GrantId> = (1..=12).map(grant_id).collect();
    let of = |count: usize| RequestReason::of_batch(grant_id(0), &ids[..count]);
    let ten = of(10);
    assert!(!ten.as_str().contains('+') && ten.as_str().ends_with(&ids[9].to_string()));
    assert!(of(12).as_str().ends_with(" +2") && !of(12).as_str().contains(&ids[10].to_string()));
    assert_eq!(ten.to_string(), ten.as_str());
}

#[test]
fn only_gifts_give() {
    let ask = Ask::new(EntitlementId::parse("prod-storage").unwrap());
    assert!(!ask.gives());
    assert!(
        Ask {
            kind: AskKind::Give,
            ..ask
        }
        .gives()
    );
}

#[test]
fn a_policy_knows_its_size_and_its_exemptions() {
    let json = serde_json::json!({
        "auditConfigs": [
            {"service": "a", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@x.com", "user:b@x.com"]}, {"logType": "ADMIN_READ"}]},
            {"service": "b", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@x.com"]}]},
        ],
        "etag": "E",
    });
    let policy = policy(&json);
    assert_eq!(policy.audit_exemptions(), 3);
    assert_eq!(policy.size(), policy.to_json().to_string().len());
    assert!(policy.size() > 100);
}

#[test]
fn waits_grow_and_end() {
    let wait = |attempt| delay(attempt, u64::MAX - 7, None);
    assert!(delay(MAX_ATTEMPTS - 1, 0, None).is_some() && delay(MAX_ATTEMPTS, 0, None).is_none());
    assert_eq!(
        delay(1, 0, Some(MAX_RETRY_AFTER)),
        Some(MAX_RETRY_AFTER),
        "what is allowed is waited for"
    );
    assert_eq!(
        delay(1, 0, Some(MAX_RETRY_AFTER + Wait::from_nanos(1))),
        None
    );
    assert_eq!(delay(1, 0, None), Some(Wait::ZERO));
    // The ceiling doubles from a tenth of a second: the same draw of the highest number shows it.
    let ceiling = |attempt: u32| {
        (0..200_000_u64)
            .map(|draw| delay(attempt, draw * 97, None).unwrap())
            .max()
            .unwrap()
    };
    assert!(ceiling(1) < Wait::from_millis(100) && ceiling(1) > Wait::from_millis(99));
    assert!(ceiling(2) < Wait::from_millis(200) && ceiling(2) > Wait::from_millis(198));
    assert!(ceiling(3) < Wait::from_millis(400) && ceiling(3) > Wait::from_millis(390));
    assert!(wait(7).is_some_and(|wait| wait < Wait::from_secs(10)));
    assert_eq!(after_conflict(1, 9_999), Some(Wait::from_micros(9_999)));
    assert_eq!(after_conflict(1, 10_000), Some(Wait::ZERO));
    assert_eq!(after_conflict(2, 19_999), Some(Wait::from_micros(19_999)));
    assert_eq!(after_conflict(7, 199_999), Some(Wait::from_micros(199_999)));
}
