//! `cargo run -p daypass-tests --bin parse_storm [SECONDS [SEED]]`: both parsers, of entitlement files and of CEL, under
//! texts that nobody would write.
//!
//! Each text is a sound one, mutated: pieces cut out, doubled, moved, taken from another text, replaced by words of the
//! language, repeated many times. A finding is a panic, an abort, a text that takes longer than a decision may, a tree
//! that reads back differently, or a constraint that fails for its types. The first finding ends the storm with status 1
//! and the text; after an abort, the text is in the file that is named at the start.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a check prints what it found, and fails loudly"
)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use daypass_core::cel;
use daypass_core::condition::ExtraCondition;
use daypass_core::constraint::{
    Constraint, Declared, InputType, PersonFacts, RequestFacts, ResourceFacts, Variables,
};
use daypass_core::entitlement::{InputValue, Source, load};
use daypass_core::jit_access::{Activation, Reading};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// How long the storm lasts if nothing is said, in seconds.
const USUAL_SECONDS: u64 = 600;

/// The longest that one text may have a processor.
const LIMIT: Duration = Duration::from_millis(20);

/// What each byte of a file may take in addition: a large file is no bomb, one that takes more than its size explains is.
const LIMIT_PER_BYTE_OF_A_FILE: Duration =
    Duration::from_nanos(if cfg!(debug_assertions) { 4_000 } else { 500 });

/// A slow text is tried this often before it is a finding.
const TRIES: u32 = 5;

/// The longest mutated text, in bytes; one in a hundred is blown up to [`HUGE`].
const LARGE: usize = 16 * 1024;

/// The longest text of all, in bytes.
const HUGE: usize = 1 << 20;

/// The stack of the thread that reads: half of what a server's threads have.
const STACK_BYTES: usize = 1 << 20;

/// Sound expressions: conditions, markers, constraints.
const EXPRESSIONS: [&str; 20] = [
    r#"request.time >= timestamp("2026-12-01T00:00:00Z") && request.time < timestamp("2026-12-01T01:00:00Z")"#,
    r#"(request.time >= timestamp("2020-01-01T00:00:00Z") && request.time < timestamp("2020-01-01T00:05:00Z")) && (a > b)"#,
    "has({}.jitAccessConstraint) && resource.name.startsWith('projects/_/buckets/x') // ends here",
    "has( {  }.multiPartyApprovalConstraint ) && (a || !b) && c in [1, 2u, 3.5e-7, 0xFF]",
    r#"api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/viewer"])"#,
    "requester.groups.exists(g, g in approver.groups && g.startsWith('sre@'))",
    "requester.groups.filter(g, g != 'a').map(g, g + 'x').size() > 3",
    "request.time.getDayOfWeek('Europe/Berlin') in [1, 2, 3, 4, 5] && request.duration <= duration('1h30m')",
    r"input.ticket.matches('^(INC|CHG)-\\d{4,}$') && !(input.count % 7 == -2) ? input.urgent : false",
    "resource.roles.all(r, r != 'roles/owner') || requester.email.extract('{name}@example.com') == 'root'",
    "{'a': [1, 2], 'b': []}['a'][0] + int('5') == 9223372036854775807",
    r"r'raw\n' + '''three ' lines''' != '\u00e4\U0001F600\x41\101' && b'\xff\377' != b''",
    "a.b.c.`d-e/f`[g].h(i, j)(k)",
    "has(input.ticket) ? size(request.reason) > 10 : request.kind == 'extend'",
    "-(-1) - -2 * (3 + 4) / 5 % 6 >= 7.5 == true",
    "string(request.start - request.time) + string(input.count) < requester.domain.upperAscii().trim()",
    "1 / (input.count - 1) == 1 || requester.groups[input.count] == ''",
    "timestamp('9999-12-31T23:59:59.999999999Z') + duration('2562047h') > request.time",
    "'x' in ['x', 'y'] && 'k' in {'k': null} && null == null",
    "requester.groups.exists_one(g, g.matches('[ab]*a[ab]{8}$c')) && request.reason.contains('ä')",
];

/// Words that get a mutated text further than letters would.
const WORDS: [&str; 64] = [
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
    "-",
    "&&",
    "||",
    "==",
    "<",
    "+",
    "*",
    "%",
    "'",
    "\"",
    "'''",
    "r'",
    "b'",
    "\\",
    "\\u",
    "//",
    "\n",
    " ",
    "has(",
    ".all(x,",
    ".map(y,",
    "in",
    "true",
    "null",
    "9223372036854775808",
    "1e999",
    "0x",
    "`",
    "requester.groups",
    "input.",
    "request.time",
    "timestamp('",
    "matches('",
    "(a|b)*a(a|b){20}c",
    "(?i)",
    "{99}",
    "\\\\pL",
    "\t",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "|\n",
    ">-\n",
    "? ",
    "---\n",
    "!!binary ",
    "#",
    "\u{feff}",
    "\u{202e}",
    "\u{0}",
    "approval: none",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u64| {
        arguments
            .next()
            .map_or(usual, |text| text.parse().expect("a number"))
    };
    let lasting = Duration::from_secs(number(USUAL_SECONDS));
    let seed = number(1);
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    let last = folder.join("last-text");
    println!(
        "storm of {} s with seed {seed}; the text at hand is in {}",
        lasting.as_secs(),
        last.display()
    );
    let files = entitlement_files();
    let storm = move || weather(&files, lasting, seed, &last);
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(storm)
        .expect("a thread");
    match thread.join() {
        Ok(Ok(summary)) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Ok(Err(finding)) => {
            println!("FINDING {finding}");
            ExitCode::FAILURE
        }
        Err(_) => {
            println!("FINDING: the storm itself failed");
            ExitCode::FAILURE
        }
    }
}

/// The example files that come with the sources.
fn entitlement_files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/entitlements");
    let files = std::fs::read_dir(folder).expect("examples/entitlements");
    files
        .map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"))
        .collect()
}

fn weather(files: &[String], lasting: Duration, seed: u64, last: &Path) -> Result<String, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let expressions: Vec<String> = EXPRESSIONS.iter().map(|text| (*text).to_owned()).collect();
    let start = Instant::now();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, "");
    while start.elapsed() < lasting {
        let in_yaml = random.random_bool(0.3);
        let corpus = if in_yaml { files } else { &expressions };
        let text = mutated(corpus, &expressions, &mut random);
        std::fs::write(last, &text).map_err(|error| error.to_string())?;
        let reading: fn(&str) -> Result<&'static str, String> =
            if in_yaml { read_file } else { read_expression };
        let limit = if in_yaml {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            LIMIT + LIMIT_PER_BYTE_OF_A_FILE * length
        } else {
            LIMIT
        };
        let mut quickest = Duration::MAX;
        let mut outcome = "";
        for _ in 0..TRIES {
            let begin = processor_time();
            let answer = catch_unwind(AssertUnwindSafe(|| reading(&text)));
            quickest = quickest.min(processor_time().saturating_sub(begin));
            outcome = match answer {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(finding)) => return Err(format!("{finding}: {text:?}")),
                Err(_) => return Err(format!("panic: {text:?}")),
            };
            if quickest < limit {
                break;
            }
        }
        if quickest >= limit {
            return Err(format!("{quickest:?} for {} bytes: {text:?}", text.len()));
        }
        if quickest > slowest.0 {
            slowest = (quickest, outcome);
        }
        *counts.entry(outcome).or_default() += 1;
    }
    Ok(format!(
        "no finding; {counts:?}; the slowest took {:?} ({})",
        slowest.0, slowest.1
    ))
}

/// The time that this thread has had a processor: what else runs on the machine is no finding.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}

fn mutated(corpus: &[String], others: &[String], random: &mut StdRng) -> String {
    let mut text: Vec<char> = pick(corpus, random).chars().collect();
    for _ in 0..random.random_range(1..8) {
        let from = random.random_range(0..=text.len());
        let to = random.random_range(from..=text.len().min(from + 40));
        match random.random_range(0..7) {
            0 => {
                text.drain(from..to);
            }
            1 => {
                let piece: Vec<char> = text[from..to].to_vec();
                let place = random.random_range(0..=text.len());
                text.splice(place..place, piece);
            }
            2 => {
                let word = WORDS.choose(random).copied().unwrap_or_default();
                text.splice(from..to, word.chars());
            }
            3 => {
                let word = WORDS.choose(random).copied().unwrap_or_default();
                let most = if random.random_bool(0.01) {
                    HUGE
                } else {
                    LARGE
                };
                let times = random.random_range(1..=most / word.len());
                let times = if random.random_bool(0.7) {
                    times.min(40)
                } else {
                    times
                };
                text.splice(from..from, word.repeat(times).chars());
            }
            4 => {
                let other: Vec<char> = pick(others, random).chars().collect();
                let end = random.random_range(0..=other.len());
                text.splice(from..to, other[..end].iter().copied());
            }
            5 => {
                if let Some(c) = text.get_mut(from) {
                    *c = char::from_u32(random.random_range(0..0x500)).unwrap_or('?');
                }
            }
            _ => {
                let line: Vec<char> = text[from..to].to_vec();
                for _ in 0..random.random_range(1..20) {
                    text.splice(from..from, line.iter().copied());
                }
            }
        }
        text.truncate(HUGE);
    }
    text.into_iter().collect()
}

fn pick<'c>(corpus: &'c [String], random: &mut StdRng) -> &'c str {
    corpus.choose(random).map_or("", String::as_str)
}

/// One file of entitlements.
fn read_file(text: &str) -> Result<&'static str, String> {
    let source = Source {
        name: "storm.yaml".into(),
        text: text.to_owned(),
    };
    match load(&[source]) {
        Ok(_) => Ok("file read"),
        Err(findings) if findings.is_empty() => Err("refused without a reason".into()),
        Err(findings) => {
            // What a person would be shown must be printable as well.
            let _ = findings.iter().map(ToString::to_string).collect::<Vec<_>>();
            Ok("file refused")
        }
    }
}

/// One expression, by everything that reads expressions.
fn read_expression(text: &str) -> Result<&'static str, String> {
    let _ = Reading::of(text);
    let _ = Activation::read(text);
    let _ = ExtraCondition::parse(text);
    let Ok(expression) = cel::parse(text) else {
        return Ok("expression refused");
    };
    let printed = expression.to_string();
    if printed.len() <= cel::MAX_SOURCE_BYTES && cel::parse(&printed).as_ref() != Ok(&expression) {
        return Err(format!("read back differently from {printed:?}"));
    }
    let declared = Declared {
        inputs: BTreeMap::from([
            ("ticket".to_owned(), InputType::String),
            ("count".to_owned(), InputType::Integer),
            ("urgent".to_owned(), InputType::Boolean),
        ]),
        approver: true,
    };
    let Ok(constraint) = Constraint::parse("storm", text, "no", &declared) else {
        return Ok("expression read");
    };
    match constraint.holds(&facts()) {
        Err(error) if error.message.contains("types") => Err(error.message),
        _ => Ok("constraint evaluated"),
    }
}

/// Facts of full size.
fn facts() -> Variables {
    let person = |name: &str| PersonFacts {
        email: format!("{name}@example.com"),
        groups: (0..daypass_core::constraint::MAX_LIST)
            .map(|number| format!("{number}-{}@example.com", "ab".repeat(100)))
            .collect(),
    };
    Variables {
        request: RequestFacts {
            time: jiff::Timestamp::UNIX_EPOCH,
            start: jiff::Timestamp::UNIX_EPOCH,
            duration: SignedDuration::from_mins(90),
            reason: "abba ä ".repeat(140),
            beneficiary: "user:alice@example.com".into(),
            kind: "request".into(),
        },
        requester: person("alice"),
        resource: Some(ResourceFacts {
            name: "projects/acme".into(),
            kind: "project".into(),
            roles: vec!["roles/viewer".into()],
        }),
        inputs: BTreeMap::from([
            ("ticket".to_owned(), InputValue::String("INC-1234".into())),
            ("count".to_owned(), InputValue::Integer(1)),
        ]),
        approver: Some(person("bob")),
    }
}
