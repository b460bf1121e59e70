//! Nothing that is written takes long: neither to load nor to evaluate.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::stopwatch::quickest;

/// The longest that a constraint may take, to be compiled and to be evaluated.
const LIMIT: Duration = Duration::from_millis(20);

/// The largest facts that constraints see.
fn largest() -> Variables {
    let groups: Vec<String> = (0..MAX_LIST)
        .map(|number| format!("{number:0>MAX_ELEMENT_BYTES$}"))
        .collect();
    let mut variables = facts();
    variables.requester = PersonFacts {
        email: "a".repeat(MAX_NAME_BYTES),
        groups: groups.clone(),
    };
    variables.approver = Some(PersonFacts {
        email: "a".repeat(MAX_NAME_BYTES),
        groups: groups.clone(),
    });
    variables.request.reason = "ä".repeat(MAX_REASON_BYTES / 2);
    variables.inputs.insert(
        "optional".into(),
        InputValue::String(noise(evaluate::MAX_MATCHED_BYTES)),
    );
    variables.resource = Some(ResourceFacts {
        name: "b".repeat(MAX_NAME_BYTES),
        kind: "c".repeat(MAX_NAME_BYTES),
        roles: groups,
    });
    variables.inputs.insert(
        "ticket".into(),
        InputValue::String("0".repeat(MAX_INPUT_BYTES)),
    );
    variables
}

/// A and b in an order without order: what a regular expression has most states for.
fn noise(length: usize) -> String {
    let mut state = 12_345_u64;
    let mut letter = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if state >> 40 & 1 == 0 { 'a' } else { 'b' }
    };
    (0..length).map(|_| letter()).collect()
}

fn reloaded(constraint: &Constraint) -> Constraint {
    Constraint::parse(
        constraint.name(),
        constraint.expression(),
        constraint.message(),
        &declared(),
    )
    .unwrap()
}

/// As many clauses, each true, as the fence lets through. That is the most that this kind of clause can cost.
fn as_many_as_fit(clause: &str, joined: &str) -> Option<Constraint> {
    let fits = |count: usize| constraint(&vec![clause; count].join(joined)).ok();
    let mut found = None;
    for count in 1..=64 {
        match fits(count) {
            Some(fitting) => found = Some(fitting),
            None => break,
        }
    }
    found
}

#[test]
fn the_worst_that_the_fence_lets_through_ends_in_time() {
    let variables = largest();
    // Half of what the threads that serve requests have.
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread
        .spawn(move || worst_cases(&variables))
        .unwrap()
        .join()
        .unwrap();
}

fn worst_cases(variables: &Variables) {
    let mut slowest = (Duration::ZERO, String::new(), 0);
    for clause in [
        "requester.groups.all(g, true)",
        "requester.groups.all(g, g != 'x')",
        "requester.groups.all(g, g in approver.groups)",
        "requester.groups.all(g, g == g)",
        "requester.groups.all(g, g >= g)",
        "requester.groups.all(g, g + g != '')",
        "requester.groups.all(g, g.size() == 320)",
        "requester.groups.all(g, g.contains('1'))",
        "requester.groups.all(g, !g.startsWith('x') && !g.endsWith('x'))",
        "requester.groups.all(g, g.lowerAscii() != '')",
        "requester.groups.all(g, g.extract('{x}y') == '')",
        "requester.groups.all(g, [g] != [])",
        "requester.groups.all(g, {g: g} != {})",
        "requester.groups.all(g, [1, 2, 3, 4] != [])",
        "requester.groups.all(g, {'a': 1, 'b': 2}.a == 1)",
        "requester.groups.all(g, request.time.getHours('Europe/Berlin') < 24)",
        "requester.groups.all(g, request.time + request.duration > request.time)",
        "requester.groups.all(g, string(request.time) != '')",
        "requester.groups.all(g, int(1.5) + 1 * 2 - 3 < 9)",
        "requester.groups.all(g, timestamp('2026-12-03T00:00:00Z') > request.time)",
        "requester.groups.all(g, 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 == 10)",
        "requester.groups.all(g, 'x' < 'y' ? 'x' < 'y' : 'x' < 'y')",
        "requester.groups.exists(g, requester.domain == 'x') == false",
        "requester.groups.exists_one(g, g == '') == false",
        "requester.groups.filter(g, true) != []",
        "requester.groups.map(g, 1) != []",
        "requester.groups.map(g, g) != []",
        "requester.groups.map(g, true, [g, g])[0] != []",
        "(requester.groups + approver.groups).size() > 0",
        "(requester.groups + approver.groups).all(g, true)",
        "requester.groups == approver.groups",
        "[requester.groups, requester.groups, requester.groups] != []",
        "{'a': requester.groups}.a != []",
        "!('x' in requester.groups)",
        "!('x' in (requester.groups + requester.groups))",
        "!request.reason.contains('b')",
        "!request.reason.contains(requester.email)",
        "request.reason.size() > 1",
        "request.reason + request.reason != ''",
        "request.reason.lowerAscii().upperAscii().trim() != ''",
        "request.reason != request.reason + ''",
        r"!input.optional.matches('x')",
        r"!input.optional.matches('(.*x|.*y)z')",
        r"!input.optional.matches('(a|b)*a(a|b){3}c')",
        r"!input.optional.matches('[ab]*a[ab]{6}$c')",
        r"!input.optional.matches('[ab]*a[ab]{8}$c')",
        r"!input.optional.matches('[ab]*a[ab]{9}$c')",
        r"!input.optional.matches('(a|b)*a(a|b){10}c')",
        r"!input.optional.matches('.*a.{10}c')",
        r"!input.optional.matches('(a|b)*a(a|b){20}c')",
        r"!input.optional.matches('[ab]*a[ab]{60}$c')",
        r"!input.optional.matches('(a|b)*a(a|b){40}c')",
        r"!input.optional.matches('(?i)(a?){30}b{30}x')",
        r"!input.optional.matches('\\w+@\\w+')",
        r"!input.optional.matches('\\b\\w+\\b@')",
        r"!input.optional.matches('.*a.{12}c')",
        "requester.groups.exists(g, g.matches('[ab]*a[ab]{8}$c')) == false",
        "requester.groups.exists(g, g.matches('^[A-Z]+-')) == false",
        "requester.groups.exists(g, 'x' in approver.groups || 'x' in resource.roles) == false",
    ] {
        let Some(constraint) = as_many_as_fit(clause, " && ") else {
            panic!("{clause}: {:?}", constraint(clause));
        };
        // A new one each time: a regular expression is slowest the first time.
        let elapsed = quickest(
            LIMIT,
            || reloaded(&constraint),
            |fresh| fresh.holds(variables),
        );
        if elapsed > slowest.0 {
            slowest = (elapsed, clause.to_owned(), constraint.steps().unwrap());
        }
    }
    assert!(slowest.0 < LIMIT, "{slowest:?}");
}

/// What is hostile is refused when it is loaded, or compiled, in time.
#[test]
fn hostile_expressions_are_answered_at_once() {
    let patterns = [
        r"(\\w{1,50}){1,50}",
        r"\\pL{10}",
        r"(?i)\\pL+",
        "((((((((((((((((((((a))))))))))))))))))))",
        "(a{1,1000}){1,1000}",
        "[",
        r"(?i)[\\s\\S]{200}",
        "a{4294967295}",
        "(?P<n>a)(?P<n>b)",
        r"[[a&&[b--[c~~\\d]]]]",
        "(|a|b|c){99}",
        "x*{5}",
    ];
    let mut hostile: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("request.reason.matches('{pattern}')"))
        .collect();
    hostile.push(format!("request.reason.matches('{}')", "(".repeat(900)));
    hostile.push(format!("request.reason.matches('{}')", "[^".repeat(450)));
    hostile.push(format!("request.reason.matches('{}')", "(?i)".repeat(200)));
    hostile.push(format!("request.reason.matches('{}')", r"\\pL".repeat(60)));
    hostile.push(format!("request.reason.matches('{}')", "a|".repeat(450)));
    for unit in [
        "(",
        "[",
        "{",
        "!",
        "-",
        "a.all(x,",
        "[[",
        "requester.groups.map(g,",
        "1+",
        "'",
        "true&&",
        "input.",
        "?:",
    ] {
        hostile.push(unit.repeat(MAX_SOURCE_BYTES / unit.len()));
        hostile.push(unit.repeat((1 << 20) / unit.len()));
    }
    for (name, value) in [("a", "9".repeat(1_000)), ("b", "x".repeat(900))] {
        hostile.push(format!("duration('{value}h') > request.duration && {name}"));
        hostile.push(format!("timestamp('{value}') > request.time"));
        hostile.push(format!("request.time.getHours('{value}') > 1"));
        hostile.push(format!("int('{value}') > 1 || double('{value}') > 1.0"));
        hostile.push(format!("'x'.extract('{{{value}}}') == ''"));
    }
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let all_in_time = move || {
        for expression in &hostile {
            let shown: String = expression.chars().take(60).collect();
            let elapsed = quickest(LIMIT, || (), |()| constraint(expression));
            assert!(elapsed < LIMIT, "{elapsed:?} {shown}");
        }
    };
    thread.spawn(all_in_time).unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What the compiler lets through never fails for its types, never panics, and ends in time, over small and over the
    /// largest facts; what is stored answers the same.
    #[test]
    fn what_is_let_through_is_evaluated_in_time(expression in typed::bools(4)) {
        if let Ok(constraint) = constraint(&expression) {
            let reread: Constraint =
                serde_json::from_str(&serde_json::to_string(&constraint).unwrap()).unwrap();
            for variables in [facts(), largest()] {
                let answer = evaluate::run(constraint.program().unwrap(), &variables);
                prop_assert!(!matches!(answer, Err(Failure::Types(_))), "{answer:?} {expression}");
                let elapsed = quickest(LIMIT, || (), |()| constraint.holds(&variables));
                prop_assert!(elapsed < LIMIT, "{elapsed:?} {expression}");
                prop_assert_eq!(reread.holds(&variables), constraint.holds(&variables));
            }
        }
    }

    /// I27: no text makes the compiler panic.
    #[test]
    fn any_text_is_answered(text in prop_oneof![any::<String>(), crate::cel::tests::pieces()]) {
        if let Ok(constraint) = constraint(&text) {
            let _ = constraint.holds(&facts());
        }
    }
}
