#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::stopwatch::quickest;

/// The longest that any text may take to be read or refused.
const LIMIT: Duration = Duration::from_millis(20);

fn printed(source: &str) -> String {
    parse(source).unwrap().to_string()
}

/// Parses, fails if that took too long (the quickest of a few: a test does not own the machine), and says what came
/// out.
fn timed(source: &str) -> Result<Expr, SyntaxError> {
    let quickest = quickest(LIMIT, || (), |()| parse(source));
    let shown: String = source.chars().take(20).collect();
    assert!(
        quickest < LIMIT,
        "{quickest:?} for {} bytes: {shown}",
        source.len()
    );
    parse(source)
}

/// E-7 to E-9, S-4, S-5 of the incumbent's cases: the text that identifies an entitlement there.
#[test]
fn the_canonical_text() {
    for (source, expected) in [
        ("\r\n   1<2    &&\n2<3\n ", "1 < 2 && 2 < 3"),
        ("\r\n  a<foo() ", "a < foo()"),
        ("a>b     && b <    c", "a > b && b < c"),
        ("a>b&&b<c", "a > b && b < c"),
        (
            "(a) && (b && c) && (d && (e||f))",
            "a && b && c && d && (e || f)",
        ),
        ("a || (b || c)", "a || b || c"),
        ("a || b && c", "a || b && c"),
        ("(a || b) && c", "(a || b) && c"),
        ("((((a))))", "a"),
        ("a-(b-c)", "a - (b - c)"),
        ("a-b-c", "a - b - c"),
        ("a*(b+c)%d", "a * (b + c) % d"),
        ("!(a==b)", "!(a == b)"),
        ("!!a", "!!a"),
        ("-(5)", "-(5)"),
        ("- 5", "-5"),
        ("-(5).size()", "-(5.size())"),
        ("a ?b :c?d:e", "a ? b : c ? d : e"),
        ("(a?b:c)?(d?e:f):g", "(a ? b : c) ? (d ? e : f) : g"),
        ("x in[1,2u,3.5,]", "x in [1, 2u, 3.5]"),
        ("{'a':1,}", "{\"a\": 1}"),
        ("has( {  }.x )", "has({}.x)"),
        ("a.b[0].`c-d`.e(f,g)", "a.b[0].`c-d`.e(f, g)"),
        ("a.`plain`", "a.plain"),
        (".a.b", ".a.b"),
        (".f(1)", ".f(1)"),
        (
            "r'\\d' + b'\\xff\\x41' + '''a'b\"c'''",
            "\"\\\\d\" + b\"\\xffA\" + \"a'b\\\"c\"",
        ),
        ("1e3", "1000.0"),
        ("-0x10", "-16"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("a // b\n// c\r\n+ 1 //", "a + 1"),
        (
            "resource.name.startsWith('it\\'s // no comment')",
            "resource.name.startsWith(\"it's // no comment\")",
        ),
        ("groups.exists( g,g=='x' )", "groups.exists(g, g == \"x\")"),
        ("a.for", "a.for"),
    ] {
        assert_eq!(printed(source), expected, "{source}");
    }
}

#[test]
fn strings_in_all_spellings() {
    for (source, expected) in [
        (
            r"'\a\b\f\n\r\t\v\\\?\x22\'\`'",
            "\u{7}\u{8}\u{c}\n\r\t\u{b}\\?\"'`",
        ),
        (r"'\x41\X41\u00e4\U0001F600\101'", "AA\u{e4}\u{1F600}A"),
        ("\"\"\"two\nlines \"quoted\"\"\"\"", "two\nlines \"quoted\""),
        (r#"R"\n""#, "\\n"),
        ("''", ""),
        ("''''''", ""),
        ("'\u{e4}\u{1F600}'", "\u{e4}\u{1F600}"),
    ] {
        // A closing triple quote ends the string at the first chance: the fourth quote begins another one.
        let parsed = parse(source);
        if source.ends_with("\"\"\"\"") {
            assert!(parsed.is_err(), "{source}");
            continue;
        }
        assert_eq!(
            parsed.unwrap().node,
            Node::Literal(Literal::String(expected.into())),
            "{source}"
        );
    }
    assert_eq!(
        parse(r"b'\377\xfe\u'").unwrap_err().message,
        "an incomplete escape sequence"
    );
    assert_eq!(
        parse(r"bR'\377ä'").unwrap().node,
        Node::Literal(Literal::Bytes(r"\377ä".as_bytes().to_vec()))
    );
}

/// Each error says what was met, where, and what would have been right.
#[test]
fn errors() {
    for (source, expected) in [
        ("", "the end at byte 0, expected a value, a name or `(`"),
        (
            "\r\n  a<foo(' ",
            "a string that does not end at byte 10, expected a closing '",
        ),
        (
            "syntax error(",
            "`error` at byte 7, expected an operator, or the end",
        ),
        ("a = b", "a single `=` at byte 2, expected `==`"),
        ("a & b", "a single `&` at byte 2, expected `&&`"),
        ("(a", "the end at byte 2, expected `)`"),
        ("f(a", "the end at byte 3, expected `,` or `)`"),
        ("f(a,)", "`)` at byte 4, expected an argument"),
        ("a)", "`)` at byte 1, expected an operator, or the end"),
        ("[1, 2", "the end at byte 5, expected `,` or `]`"),
        ("{1: 2", "the end at byte 5, expected `,` or `}`"),
        ("{1}", "`}` at byte 2, expected `:`"),
        ("a ? b", "the end at byte 5, expected `:`"),
        (
            "a.in",
            "`in` at byte 2, expected the name of a field or function",
        ),
        (
            "while",
            "`while`, a reserved word, at byte 0, expected a value or a name",
        ),
        (
            "A.B{c: 1}",
            "message construction, which is not read here, at byte 3, expected an operator",
        ),
        (
            "a.?b",
            "`?` for an optional value, which is not read here, at byte 2",
        ),
        (
            "9223372036854775808",
            "a number that is too big for an int at byte 0, expected at most 9223372036854775807, or a `u` after it",
        ),
        ("1e999", "a number that is too big at byte 0"),
        (
            "'a\nb'",
            "the line ends in a string at byte 2, expected a closing ', or `\\n`",
        ),
        (
            r"'\u12'",
            "an incomplete escape sequence at byte 1, expected four hexadecimal digits of a character, in a string",
        ),
        (
            r"'\ud800'",
            "an incomplete escape sequence at byte 1, expected four hexadecimal digits of a character, in a string",
        ),
        (
            "has(a)",
            "has() of something that is no field at byte 4, expected a field, as in has(a.b)",
        ),
        (
            "a.all(b.c, true)",
            "a macro without its variable at byte 6, expected a simple name",
        ),
        (
            "a \u{a0} b",
            "the character U+00A0 outside a string at byte 2",
        ),
        ("a # b", "the character `#` at byte 2"),
        (
            "`a`",
            "a name between backticks at byte 0, expected a value, a name or `(`",
        ),
    ] {
        assert_eq!(parse(source).unwrap_err().to_string(), expected, "{source}");
    }
    let source = "a &&\n  'ä' == @";
    let error = parse(source).unwrap_err();
    assert_eq!(error.span.line_and_column(source), (2, 10));
}

#[test]
fn spans_are_those_of_the_source() {
    let source = " ( a.b ) + f( 'x' )[0]";
    let sum = parse(source).unwrap();
    let mut texts = Vec::new();
    let mut open = vec![&sum];
    while let Some(expression) = open.pop() {
        texts.push(&source[expression.span.start..expression.span.end]);
        expression.each_child(|child| open.push(child));
    }
    assert_eq!(
        texts,
        [
            "a.b ) + f( 'x' )[0]",
            "f( 'x' )[0]",
            "0",
            "f( 'x' )",
            "'x'",
            "a.b",
            "a"
        ]
    );
}

/// S-1 and S-3, with the split that CEL's precedence asks for: comments go, `a || b && c` is one clause.
#[test]
fn clauses_by_the_tree() {
    let texts = |source: &str| -> Vec<String> {
        clauses(&parse(source).unwrap())
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(texts("a || b && c&&(d&&e) "), ["a || b && c && d && e"]);
    assert_eq!(
        texts(
            "// comment\r\n(a \r\n//)\r\n|| b)\n   //\n   // another comment\r\n   //\n && \n// ignore this-> foo() &&bar()\nc&&(d&&e) \n//"
        ),
        ["a || b", "c", "d", "e"]
    );
    assert_eq!(texts("a"), ["a"]);
    // S-4: joined again, each clause keeps its meaning.
    let parts = ["a", "b && c", "d && (e || f)"].map(|text| parse(text).unwrap());
    assert_eq!(
        join(parts.to_vec()),
        parse("(a) && (b && c) && (d && (e || f))").ok()
    );
    let parts = clauses(&parse("(a || b) && c").unwrap()).to_vec();
    assert_eq!(join(parts).unwrap().to_string(), "(a || b) && c");
    assert_eq!(join(Vec::new()), None);
}

#[test]
fn names_are_replaced_where_they_mean_the_variable() {
    let rename = |path: &str| match path {
        "subject.email" => parse("requester.email").ok(),
        "group.name" => parse("'it\\'s'").ok(),
        "g" => parse("x + y").ok(),
        _ => None,
    };
    for (source, expected) in [
        (
            "subject.email.endsWith('@x')",
            "requester.email.endsWith(\"@x\")",
        ),
        (
            "'subject.email' == group.name",
            "\"subject.email\" == \"it's\"",
        ),
        (
            "g.all(g, g == group.name) && g * 2 == 1",
            "(x + y).all(g, g == \"it's\") && (x + y) * 2 == 1",
        ),
        ("subject.emails", "subject.emails"),
    ] {
        assert_eq!(
            replace(&parse(source).unwrap(), &rename)
                .unwrap()
                .to_string(),
            expected
        );
    }
}

#[test]
fn macros_are_recognised() {
    let expression = parse("a.map(x, x > 1, x * 2)").unwrap();
    let Some(Macro::Comprehension {
        fold: Fold::Map,
        variable: "x",
        guard: Some(_),
        ..
    }) = expression.as_macro()
    else {
        panic!("a map with a guard");
    };
    assert!(parse("a.all(1)").unwrap().as_macro().is_none());
    assert!(matches!(
        parse("has(a.b)").unwrap().as_macro(),
        Some(Macro::Has { field: "b", .. })
    ));
}

/// Nothing that is written can recurse past the bounds, and none of it takes long.
#[test]
fn hostile_texts_are_answered_at_once() {
    let mut hostile = vec!["'".repeat(1 << 20), "a".repeat(1 << 20)];
    for length in [MAX_SOURCE_BYTES, 1 << 20] {
        for unit in [
            "(",
            "[",
            "{",
            "!",
            "-",
            "f(",
            "a[",
            "{1:",
            "a?",
            "a?b:",
            "a.",
            "a.b(",
            "a+",
            "a&&",
            "a||",
            "1,",
            "[1,",
            "//",
            "'",
            "r\"",
            "b'''",
            "\\",
            "-1",
            "a==",
            "a.all(x,",
            "has(",
            "\u{1F600}",
            "0",
            "9",
            "a in ",
            ".",
            "`",
            "\"\"\"",
            "}",
            ")",
            "]",
            "\n",
            "!a&&",
            "x.y.z[",
        ] {
            let count = length / unit.len();
            hostile.push(unit.repeat(count));
            hostile.push(format!("{}a", unit.repeat(count.saturating_sub(2))));
        }
        hostile.push(format!("'{}'", "x".repeat(length.saturating_sub(2))));
        hostile.push(format!(
            "{}a{}",
            "(".repeat(length / 2 - 1),
            ")".repeat(length / 2 - 1)
        ));
    }
    // Half of what the threads that serve requests have.
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let worked = thread.spawn(move || {
        let mut read = 0;
        for text in &hostile {
            if let Ok(expression) = timed(text) {
                read += 1;
                let text = expression.to_string();
                if text.len() <= MAX_SOURCE_BYTES {
                    assert_eq!(parse(&text).as_ref(), Ok(&expression));
                }
            }
        }
        read
    });
    // What is well formed within the bounds: names, numbers, strings, long rows of && and ||.
    assert!(worked.unwrap().join().unwrap() > 3);
}

#[test]
fn nesting_and_height_have_bounds() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_NESTING)).is_ok());
    assert_eq!(
        parse(&nested(MAX_NESTING + 1)).unwrap_err().to_string(),
        "more than 24 levels of nesting at byte 24"
    );
    let row = |length: usize| vec!["a"; length].join(" + ");
    assert!(parse(&row(64)).is_ok());
    assert_eq!(
        parse(&row(65)).unwrap_err().message,
        "an expression of more than 64 operations in a row"
    );
    assert!(parse(&vec!["a"; 3_000].join(" && ")).is_ok());
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-3..4_i64).prop_map(Literal::Int),
        any::<u64>().prop_map(Literal::Uint),
        any::<f64>()
            .prop_filter("written numbers are finite", |n| n.is_finite())
            .prop_map(Literal::Double),
        any::<String>().prop_map(Literal::String),
        any::<Vec<u8>>().prop_map(Literal::Bytes),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_][a-zA-Z0-9_]{0,5}".prop_filter("not a reserved word", |name| parse(name).is_ok()),
        Just("size".to_owned()),
    ]
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![name(), "[a-zA-Z0-9_./ -]{1,6}"]
}

fn binary_operator() -> impl Strategy<Value = BinaryOperator> {
    use BinaryOperator as O;
    prop::sample::select(vec![
        O::Equal,
        O::NotEqual,
        O::Less,
        O::LessOrEqual,
        O::Greater,
        O::GreaterOrEqual,
        O::In,
        O::Add,
        O::Subtract,
        O::Multiply,
        O::Divide,
        O::Remainder,
    ])
}

fn here(node: Node) -> Expr {
    Expr::new(node, Span::default()).unwrap()
}

/// Any tree of a few levels.
pub(crate) fn expression() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        literal().prop_map(|literal| here(Node::Literal(literal))),
        (name(), any::<bool>()).prop_map(|(name, absolute)| here(Node::Ident { name, absolute })),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let unary = prop_oneof![Just(UnaryOperator::Not), Just(UnaryOperator::Negate)];
        let logical = prop_oneof![Just(LogicalOperator::And), Just(LogicalOperator::Or)];
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (boxed.clone(), field())
                .prop_map(|(operand, field)| here(Node::Select { operand, field })),
            (boxed.clone(), boxed.clone())
                .prop_map(|(operand, index)| here(Node::Index { operand, index })),
            (name(), prop::option::of(boxed.clone()), list.clone()).prop_map(
                |(function, target, arguments)| here(Node::Call {
                    function,
                    target,
                    arguments
                })
            ),
            (name(), boxed.clone(), inner.clone()).prop_map(|(variable, target, body)| here(
                Node::Call {
                    function: "exists".into(),
                    target: Some(target),
                    arguments: vec![
                        here(Node::Ident {
                            name: variable,
                            absolute: false
                        }),
                        body
                    ],
                }
            )),
            (unary, boxed.clone())
                .prop_map(|(operator, operand)| here(Node::Unary { operator, operand })),
            (binary_operator(), boxed.clone(), boxed.clone()).prop_map(
                |(operator, left, right)| here(Node::Binary {
                    operator,
                    left,
                    right
                })
            ),
            (logical, prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(operator, operands)| Expr::logical(operator, operands).unwrap()),
            (boxed.clone(), boxed.clone(), boxed)
                .prop_map(|(condition, yes, no)| here(Node::Conditional { condition, yes, no })),
            list.prop_map(|elements| here(Node::List(elements))),
            prop::collection::vec((inner.clone(), inner), 0..3)
                .prop_map(|entries| here(Node::Map(entries))),
        ]
    })
}

/// Texts made of the language's own pieces: they get further into the parser than any characters do.
pub(crate) fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b.c",
        "in",
        "true",
        "null",
        "5",
        "-",
        "1.5",
        "7u",
        "'s'",
        "\"",
        "'",
        "r'",
        "b'x'",
        "'''",
        "\\",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        "?",
        ":",
        "!",
        "&&",
        "||",
        "==",
        "<",
        "+",
        "*",
        "%",
        "has(",
        "x.all(y,",
        "size(",
        "//",
        "\n",
        " ",
        "`f-g`",
        "0x",
        "9223372036854775808",
        "\u{e4}",
        "while",
        "request.time",
        "timestamp('2026-01-01T00:00:00Z')",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// I26: what is printed reads back as the same tree, so printing never changes the meaning.
    #[test]
    fn what_is_printed_reads_back(expression in expression()) {
        let text = expression.to_string();
        let read = parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&expression), "{}", text);
        prop_assert_eq!(read.unwrap().to_string(), text);
    }

    /// I27: every text is answered, quickly, and what was read can be printed and read again.
    #[test]
    fn any_text_is_answered(text in prop_oneof![any::<String>(), pieces(), "[ -~\n]{0,80}"]) {
        if let Ok(expression) = timed(&text) {
            prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
        }
    }
}
