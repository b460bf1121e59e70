//! Conditions with the slips of people, and conditions as Google documents them.

use proptest::prelude::*;

use super::mistakes;

/// What is wrong, where, and what to do.
fn told(condition: &str) -> Vec<(&str, String, String)> {
    mistakes(condition)
        .into_iter()
        .map(|mistake| {
            let place = mistake.place.start..mistake.place.end;
            (
                condition.get(place).unwrap_or_default(),
                mistake.message,
                mistake.hint,
            )
        })
        .collect()
}

#[test]
fn slips_are_found_where_they_stand() {
    let cases = [
        (
            "resource.name ==",
            "",
            "unexpected: the end",
            "expected a value, a name or `(`",
        ),
        (
            r#"resource.nam == "x""#,
            "resource.nam",
            "resource has no 'nam' in conditions of IAM",
            "did you mean resource.name?",
        ),
        (
            r#"resuorce.name == "x""#,
            "resuorce.name",
            "there is no 'resuorce' in conditions of IAM",
            "did you mean resource?",
        ),
        (
            r#"resource.name.startWith("x")"#,
            "startWith",
            "there is no function startWith() in conditions of IAM",
            "did you mean startsWith()?",
        ),
        (
            r#"resource.matchtag("1/env", "prod")"#,
            "matchtag",
            "there is no function matchtag() in conditions of IAM",
            "did you mean matchTag()?",
        ),
        (
            r#"request.time < timestmap("2027-01-01T00:00:00Z")"#,
            "timestmap",
            "there is no function timestmap() in conditions of IAM",
            "did you mean timestamp()?",
        ),
        (
            r#"request.time < timestamp("2027-01-01")"#,
            r#""2027-01-01""#,
            "'2027-01-01' is not a time as RFC 3339 writes it",
            "write it with date, time and zone: timestamp(\"2027-01-01T00:00:00Z\")",
        ),
        (
            r#"timestamp("2027-01-01T00:00:00Z")"#,
            r#"timestamp("2027-01-01T00:00:00Z")"#,
            "a condition is true or false, this is a time",
            "compare it with something, such as request.time.getHours() < 18",
        ),
        (
            r#"resource.type == "x" && "y""#,
            r#""y""#,
            "a condition is true or false, this is a text",
            "compare it with something, such as request.time.getHours() < 18",
        ),
        (
            "!request.time.getHours()",
            "request.time.getHours()",
            "a condition is true or false, this is a number",
            "compare it with something, such as request.time.getHours() < 18",
        ),
        (
            r#""a" in request.auth.acces_levels"#,
            "request.auth.acces_levels",
            "request.auth has no 'acces_levels' in conditions of IAM",
            "did you mean request.auth.access_levels?",
        ),
    ];
    for (condition, place, message, hint) in cases {
        assert_eq!(
            told(condition),
            [(place, message.to_owned(), hint.to_owned())],
            "{condition}"
        );
    }
}

#[test]
fn all_slips_of_a_condition_are_told() {
    let all = told(r#"resource.nam.startWith("x") || request.tiem < timestamp("tomorrow")"#);
    let places: Vec<&str> = all.iter().map(|(place, ..)| *place).collect();
    assert_eq!(
        places,
        ["resource.nam", "startWith", "request.tiem", "\"tomorrow\""]
    );
}

#[test]
fn what_google_documents_and_what_nobody_here_knows_passes() {
    for condition in [
        r#"resource.name.startsWith("projects/_/buckets/logs-")"#,
        r#"resource.type == "storage.googleapis.com/Object" && resource.service == "storage.googleapis.com""#,
        r#"resource.type != "x" || resource.name.extract("projects/{p}/") == "y""#,
        r#"resource.matchTag("123/env", "prod") && !resource.hasTagKey("123/frozen")"#,
        r#"resource.matchTagId("tagKeys/1", "tagValues/2") || resource.hasTagKeyId("tagKeys/1")"#,
        r#"request.time.getHours("Europe/Berlin") < 18 && request.time.getDayOfWeek() > 0"#,
        r#"request.time < timestamp("2027-01-01T00:00:00Z") + duration("3600s")"#,
        r#"request.time < timestamp("2027-01-01T00:00:00.25+01:00")"#,
        r#"request.time < timestamp(resource.name.extract("{time}/"))"#,
        r#"request.path.startsWith("/admin") && request.host == "a.example.com""#,
        r#""accessPolicies/1/accessLevels/corp" in request.auth.access_levels"#,
        r#"api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/x"])"#,
        r#"destination.ip == "10.0.0.1" && destination.port == 22"#,
        r#"["a", "b"].exists(sourced, resource.name.endsWith(sourced))"#,
        r#"principal.type == "iam.googleapis.com/ServiceAccount""#,
        r#"source.ip == "10.0.0.1" || google.novelty.of("next year") || novelty"#,
        "has({}.jitAccessConstraint)",
        "true",
        "resource.type == \"x\" ? true : false",
    ] {
        assert_eq!(told(condition), [], "{condition}");
    }
}

#[test]
fn times_are_those_of_rfc_3339() {
    for (text, is_time) in [
        ("2027-01-01T00:00:00Z", true),
        ("2027-01-01T00:00:00.123456789-08:00", true),
        ("2028-02-29T23:59:59Z", true),
        ("2027-02-29T00:00:00Z", false),
        ("2027-01-01T00:00:00.Z", false),
        ("2027-01-01T00:00:00", false),
        ("2027-01-01 00:00:00Z", false),
        ("2027-01-01T00:00Z", false),
        ("2027-01-01T25:00:00Z", false),
        ("01.01.2027", false),
        ("", false),
    ] {
        let condition = format!("request.time < timestamp('{text}')");
        assert_eq!(mistakes(&condition).is_empty(), is_time, "{text}");
    }
}

proptest! {
    /// I27: every text is answered, and every place lies within it.
    #[test]
    fn places_lie_within_the_text(text in r#"([a-z.]{1,9}|[ -~]|\.startWith\(|request\.tiem|timestamp\("x"\)|é){0,12}"#) {
        for mistake in mistakes(&text) {
            prop_assert!(mistake.place.start <= mistake.place.end && mistake.place.end <= text.len(), "{mistake:?}");
        }
    }
}
