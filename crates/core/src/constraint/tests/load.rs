//! What is found when the file is loaded.

use super::*;

/// C-2, and everything else that is found when the file is loaded, with its place.
#[test]
fn errors_at_load() {
    for (expression, place, message) in [
        (
            "syntax error(",
            "error",
            "unexpected: `error` (expected an operator, or the end)",
        ),
        (
            "1 + 'a' == 2",
            "1 + 'a'",
            "`+` cannot be applied to an int and a string",
        ),
        (
            "requester.emial == 'a'",
            "requester.emial",
            "there is no field `emial` (did you mean `requester.email`?)",
        ),
        (
            "true || requester.emial == 'a'",
            "requester.emial",
            "there is no field `emial` (did you mean `requester.email`?)",
        ),
        (
            "false && 1 == 'a'",
            "1 == 'a'",
            "`==` cannot be applied to an int and a string",
        ),
        (
            "input.tiket == 'a'",
            "input.tiket",
            "there is no input `tiket` (did you mean `input.ticket`?)",
        ),
        (
            "reqester.email == 'a'",
            "reqester",
            "`reqester` is not known here (did you mean `requester`?)",
        ),
        (
            "subject.email == 'a'",
            "subject",
            "`subject` is not known here (JIT Groups' `subject` is `requester` here, and `approver` in the constraints of an approval)",
        ),
        (
            "request == 'a'",
            "request",
            "`request` is no value by itself (ask for request.time, request.start, request.duration, request.reason, request.beneficiary, request.kind)",
        ),
        (
            "request.reason",
            "request.reason",
            "a constraint is true or false, this is a string (compare it with something)",
        ),
        (
            "requester.email.startswith('a')",
            "requester.email.startswith('a')",
            "there is no function `startswith` (did you mean `startsWith`?)",
        ),
        (
            "requester.email.frobnicate()",
            "requester.email.frobnicate()",
            "there is no function `frobnicate`",
        ),
        (
            "requester.email.contains(1)",
            "requester.email.contains(1)",
            "there is no string.contains(int) (there is string.contains(string))",
        ),
        (
            "requester.email.size == 1",
            "requester.email.size",
            "a string has no field `size` (did you mean the function `size()`?)",
        ),
        (
            "request.time > '2026-01-01'",
            "request.time > '2026-01-01'",
            "`>` cannot be applied to a timestamp and a string",
        ),
        (
            "request.time > timestamp('2026-13-01T00:00:00Z')",
            "timestamp('2026-13-01T00:00:00Z')",
            "this is no point in time, such as 2026-12-01T00:00:00Z",
        ),
        (
            "request.time > timestamp(request.reason)",
            "request.reason",
            "a point in time or a length of time must be written out, as a string",
        ),
        (
            "request.duration > duration('1 hour')",
            "'1 hour'",
            "this is no length of time, such as 1h30m",
        ),
        (
            "request.duration > duration('1hx')",
            "'1hx'",
            "this is no length of time, such as 1h30m",
        ),
        (
            "request.time.getHours('Europe/Belrin') == 1",
            "'Europe/Belrin'",
            "there is no time zone `Europe/Belrin` (write a name such as Europe/Berlin, or an offset such as +01:00)",
        ),
        (
            "request.time.getHours(request.kind) == 1",
            "request.kind",
            "a time zone must be written out, as a string",
        ),
        (
            "request.reason.matches(request.kind)",
            "request.kind",
            "a regular expression must be written out, as a string",
        ),
        (
            "request.reason.matches('(')",
            "'('",
            "this is no regular expression: unclosed group",
        ),
        (
            r"request.reason.matches('(\\w{50}){50}')",
            r"'(\\w{50}){50}'",
            "a regular expression that is too big (repeat less, and name fewer letters at once)",
        ),
        (
            "'a'.extract('b') == ''",
            "'b'",
            "the template of extract() has one {name} in it (write text.extract('projects/{project}/'))",
        ),
        (
            "requester.groups.all(g, h == 'a')",
            "h",
            "`h` is not known here (there are request, requester, resource, input, approver)",
        ),
        (
            "requester.groups.all(g, approver.groups.all(h, g == h))",
            "approver.groups.all(h, g == h)",
            "a loop within a loop (test membership by `x in list`; a list is searched at once)",
        ),
        (
            "requester.groups.all(input, input == 'a')",
            "requester.groups.all(input, input == 'a')",
            "`input` has a meaning already (give the variable of the loop another name)",
        ),
        (
            "requester.email.all(c, true)",
            "requester.email",
            "a loop over a string (loops go over lists and the keys of maps)",
        ),
        (
            "requester.groups.all(1)",
            "requester.groups.all(1)",
            "`all` with 1 arguments (write has(input.x), list.all(x, …), list.exists(x, …), list.filter(x, …) or list.map(x, …))",
        ),
        (
            "'a' in requester.email",
            "'a' in requester.email",
            "`in` looks into lists and maps, not into a string (write text.contains(part))",
        ),
        (
            "1 in requester.groups",
            "1",
            "what is looked for in this list is an int, but a string is needed",
        ),
        (
            "[1, 'a'] == []",
            "'a'",
            "a string after an int: the elements of a list are of one type",
        ),
        ("1 / 0 == 1", "1 / 0", "a division by zero"),
        (
            "9223372036854775807 + 1 > 0",
            "9223372036854775807 + 1",
            "a result that is too big",
        ),
        (
            "input.count == 1.0",
            "input.count == 1.0",
            "`==` cannot be applied to an int and a double (int, uint and double do not mix: write 1, 1u or 1.0, or convert by int())",
        ),
        (
            "input.count ? true : false",
            "input.count",
            "what stands before `?` is an int, but a bool is needed",
        ),
        ("type(1) == int", "type(1)", "there is no function `type`"),
        (
            ".requester.email == 'a'",
            ".requester",
            "a name after a dot without anything before it",
        ),
        (
            "'\u{1}'",
            "'\u{1}'",
            "a constraint is true or false, this is a string (compare it with something)",
        ),
    ] {
        let error = constraint(expression).unwrap_err();
        assert_eq!(error.to_string(), message, "{expression}");
        assert_eq!(
            &expression[error.span.start..error.span.end],
            place,
            "{expression}"
        );
    }
    let no_approver = Declared::default();
    let error = Constraint::parse("n", "approver.email == 'a'", "m", &no_approver).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`approver` is not known here (only the constraints of an approval know who approves)"
    );
    let error = Constraint::parse("n", "input.x == 'a'", "m", &no_approver).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no input `x` (the entitlement has no inputs)"
    );
}
