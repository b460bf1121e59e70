//! Expressions of each type, well typed by construction.

use proptest::prelude::*;

fn name(names: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(names).prop_map(str::to_owned).boxed()
}

fn ints(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&[
        "input.count",
        "0",
        "1",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
    ]);
    if depth == 0 {
        return leaf;
    }
    let operator = name(&["+", "-", "*", "/", "%"]);
    let getter = name(&[
        "getFullYear()",
        "getMonth()",
        "getDate('Europe/Berlin')",
        "getDayOfWeek('-08:00')",
        "getDayOfYear()",
        "getHours('Asia/Kathmandu')",
        "getMilliseconds()",
    ]);
    prop_oneof![
        leaf,
        (ints(depth - 1), operator, ints(depth - 1))
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
        (times(depth - 1), getter).prop_map(|(time, getter)| format!("{time}.{getter}")),
        durations(depth - 1).prop_map(|length| format!("{length}.getSeconds()")),
        strings(depth - 1).prop_map(|text| format!("size({text})")),
        strings(depth - 1).prop_map(|text| format!("int({text})")),
        times(depth - 1).prop_map(|time| format!("int({time})")),
        lists(depth - 1).prop_map(|list| format!("{list}.size()")),
        ints(depth - 1).prop_map(|number| format!("int(double({number}) / 3.0)")),
    ]
    .boxed()
}

fn times(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&[
        "request.time",
        "request.start",
        "timestamp('9999-12-31T23:59:59.999999999Z')",
        "timestamp('0001-01-01T00:00:00Z')",
    ]);
    if depth == 0 {
        return leaf;
    }
    (times(depth - 1), name(&["+", "-"]), durations(depth - 1))
        .prop_map(|(time, operator, length)| format!("({time} {operator} {length})"))
        .boxed()
}

fn durations(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&[
        "request.duration",
        "duration('2562047h')",
        "duration('-2562047h')",
        "duration('1.5s')",
    ]);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        (times(depth - 1), times(depth - 1)).prop_map(|(a, b)| format!("({a} - {b})")),
        (
            durations(depth - 1),
            name(&["+", "-"]),
            durations(depth - 1)
        )
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
    ]
    .boxed()
}

fn strings(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&[
        "request.reason",
        "requester.email",
        "approver.domain",
        "resource.name",
        "input.ticket",
        "input.optional",
        "'a'",
        "''",
    ]);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        leaf,
        (strings(depth - 1), strings(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        (
            strings(depth - 1),
            name(&["lowerAscii()", "upperAscii()", "trim()", "extract('0{x}1')"])
        )
            .prop_map(|(text, function)| format!("{text}.{function}")),
        ints(depth - 1).prop_map(|number| format!("string({number})")),
        times(depth - 1).prop_map(|time| format!("string({time})")),
        durations(depth - 1).prop_map(|length| format!("string({length})")),
        (lists(depth - 1), ints(depth - 1))
            .prop_map(|(list, position)| format!("{list}[{position}]")),
    ]
    .boxed()
}

fn lists(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&[
        "requester.groups",
        "approver.groups",
        "resource.roles",
        "['a', 'b']",
    ]);
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        leaf,
        (lists(depth - 1), lists(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        (
            lists(depth - 1),
            name(&["g != 'a'", "g in approver.groups", "g.contains('7')"])
        )
            .prop_map(|(list, body)| format!("{list}.filter(g, {body})")),
        (
            lists(depth - 1),
            name(&["g + 'x'", "g.trim()", "request.kind"])
        )
            .prop_map(|(list, body)| format!("{list}.map(g, {body})")),
        (strings(depth - 1), strings(depth - 1)).prop_map(|(a, b)| format!("[{a}, {b}]")),
    ]
    .boxed()
}

pub(super) fn bools(depth: u32) -> BoxedStrategy<String> {
    let leaf = name(&["true", "input.urgent", "has(input.optional)"]);
    if depth == 0 {
        return leaf;
    }
    let comparison = || name(&["==", "!=", "<", "<=", ">", ">="]);
    let compared = |operands: BoxedStrategy<String>, other: BoxedStrategy<String>| {
        (operands, comparison(), other).prop_map(|(a, operator, b)| format!("({a} {operator} {b})"))
    };
    let fold = name(&["all", "exists", "exists_one"]);
    let body = name(&[
        "g == g",
        "g.matches('^[0-9]+$')",
        "g in resource.roles",
        "g.startsWith(requester.email)",
        "size(g) > 3",
        "g + 'a' < g ? true : g.endsWith('7')",
        "1 / (input.count - 42) == 1",
        "int(g) > 4",
    ]);
    prop_oneof![
        leaf,
        (
            bools(depth - 1),
            name(&["&&", "||", "==", "!="]),
            bools(depth - 1)
        )
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
        bools(depth - 1).prop_map(|inner| format!("!{inner}")),
        (bools(depth - 1), bools(depth - 1), bools(depth - 1))
            .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        compared(ints(depth - 1), ints(depth - 1)),
        compared(strings(depth - 1), strings(depth - 1)),
        compared(times(depth - 1), times(depth - 1)),
        compared(durations(depth - 1), durations(depth - 1)),
        (lists(depth - 1), lists(depth - 1)).prop_map(|(a, b)| format!("({a} == {b})")),
        (strings(depth - 1), lists(depth - 1))
            .prop_map(|(text, list)| format!("({text} in {list})")),
        (lists(depth - 1), fold, body)
            .prop_map(|(list, fold, body)| format!("{list}.{fold}(g, {body})")),
        (strings(depth - 1), strings(depth - 1)).prop_map(|(a, b)| format!("{a}.contains({b})")),
        strings(depth - 1).prop_map(|text| format!("{text}.matches('(a|b)*a(a|b){{7}}')")),
    ]
    .boxed()
}
