//! What one grant costs in a policy, and what fits into Google's headers.

use daypass_core::binding::MAX_TITLE_BYTES_UNCONFIRMED;
use daypass_core::binding::OwnBinding;
use daypass_core::condition::{ExtraCondition, Window};
use daypass_core::iam_policy::CONDITIONS_VERSION;
use daypass_core::keyring::{Key, KeyId, Keyring};
use daypass_core::reason::{MAX_BYTES, RequestReason};
use proptest::prelude::*;

use crate::generators::{grant_id, noon, own_binding, rendered, resource};

fn longest_key() -> Keyring {
    Keyring::new(
        Key::new(KeyId::parse("zz9999").unwrap(), [3; 32]),
        Vec::new(),
    )
}

fn size(member: &str, extra: Option<&str>) -> usize {
    let own = OwnBinding {
        grant: grant_id(1),
        role: "roles/resourcemanager.projectIamAdmin".parse().unwrap(),
        member: member.parse().unwrap(),
        window: Window::new(noon(), "2026-12-01T16:00:00Z".parse().unwrap()).unwrap(),
        extra: extra.map(|text| ExtraCondition::parse(text).unwrap()),
    };
    // One more for the comma.
    rendered(&own, &resource(), &longest_key())
        .to_string()
        .len()
        + 1
}

/// Run with `--nocapture` to see the sizes (finding 5).
#[test]
fn a_binding_of_a_user_stays_under_400_bytes() {
    let user = size(
        "user:bartholomew.featherstonehaugh@engineering.example.com",
        None,
    );
    let with_condition = size(
        "user:ann@example.com",
        Some(r#"resource.name.startsWith("projects/_/buckets/logs-")"#),
    );
    let account = size(
        "serviceAccount:a-service-account-of-30-chars-@a-project-of-thirty-characters.iam.gserviceaccount.com",
        None,
    );
    let set = size(
        "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/a-pool-of-some-length/attribute.repository/acme/a-repository",
        None,
    );
    eprint_sizes(&[
        ("user", user),
        ("user with a condition", with_condition),
        ("service account", account),
        ("principalSet", set),
    ]);
    assert!(user < 400, "{user} bytes");
    assert!(
        set < 600,
        "{set} bytes: the others are printed, and still bounded"
    );
}

#[expect(clippy::print_stderr, reason = "the sizes are asked to be shown")]
fn eprint_sizes(sizes: &[(&str, usize)]) {
    for (what, bytes) in sizes {
        eprintln!("one binding of a {what}: {bytes} bytes");
    }
}

proptest! {
    /// I8: whatever we render has an end, and a title that fits.
    #[test]
    fn every_binding_ends_and_its_title_fits(own in own_binding()) {
        let json = rendered(&own, &resource(), &longest_key());
        let end = format!("request.time < timestamp(\"{}\")", daypass_core::condition::instant(own.window.end));
        let expression = json["condition"]["expression"].as_str().unwrap();
        prop_assert!(expression.split(" && (").next().unwrap().contains(&end), "{expression}");
        prop_assert!(json["condition"]["title"].as_str().unwrap().len() <= MAX_TITLE_BYTES_UNCONFIRMED);
        prop_assert_eq!(json["members"].as_array().unwrap().len(), 1);
    }

    /// The header is ASCII and short, however many grants share a write, and names the first ones.
    #[test]
    fn the_request_reason_fits_its_header(count in 0..2_000_usize) {
        let grants: Vec<_> = (0..count).map(|number| grant_id(u8::try_from(number % 250).unwrap())).collect();
        let reason = RequestReason::of_batch(grant_id(255), &grants);
        let text = reason.as_str();
        prop_assert!(text.len() <= MAX_BYTES && text.is_ascii() && !text.contains(['\r', '\n']));
        let named = text.split(' ').skip(2).filter(|word| !word.starts_with('+')).count();
        prop_assert_eq!(named, count.min(10));
        let rest = text.split(' ').find_map(|word| word.strip_prefix('+')).map_or(0, |rest| rest.parse::<usize>().unwrap());
        prop_assert_eq!(named + rest, count);
    }
}

/// I3: the version that every read asks for is the one that keeps conditions.
#[test]
fn reads_ask_for_conditions() {
    assert_eq!(
        daypass_core::iam_policy::requested_version(),
        CONDITIONS_VERSION
    );
}
