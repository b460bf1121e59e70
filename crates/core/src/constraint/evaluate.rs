//! Facts in, answer out. The only place that runs the `cel` crate.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::{Context, Env, ExecutionError, Value};
use chrono::{DateTime, FixedOffset, TimeDelta};
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::code;
use super::compile::Program;
use super::variables::{
    MAX_ELEMENT_BYTES, MAX_INPUT_BYTES, MAX_LIST, MAX_NAME_BYTES, MAX_REASON_BYTES, PersonFacts,
    ResourceFacts, Variables,
};
use crate::entitlement::InputValue;

/// The longest text that a regular expression reads, in bytes; a longer one is an error. The engine's worst case over
/// a justification of full length would take longer than a decision may.
pub(super) const MAX_MATCHED_BYTES: usize = 1_024;

/// Whether a text matches the pattern of a number.
pub(super) const MATCHES: &str = "daypass_matches";
/// The text between two others.
pub(super) const EXTRACT: &str = "daypass_extract";
/// Whether a text is in the list of a name.
pub(super) const MEMBER: &str = "daypass_member";

/// The types and functions of the standard library, made once.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Runs a program. The error is what went wrong, in words.
pub(super) fn run(program: &Program, variables: &Variables) -> Result<bool, Failure> {
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    for name in &program.uses {
        if let Some(value) = value(name, variables)? {
            context.add_variable_from_value(name.clone(), value);
        }
    }
    let mut sets = BTreeMap::new();
    for name in &program.sets {
        let mut members = list(name, variables)?.to_vec();
        members.sort_unstable();
        sets.insert(name.clone(), members);
    }
    declare_functions(&mut context, &program.patterns, sets)?;
    match Value::resolve(&program.root, &context)? {
        Value::Bool(answer) => Ok(answer),
        _ => Err(Failure::Other(
            "the answer is neither true nor false".into(),
        )),
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// A fact is missing or too big.
    Fact(String),
    /// The types did not fit, which the compiler should have seen.
    Types(String),
    /// Anything else: a number too big, a position that is not there.
    Other(String),
}

impl Failure {
    pub(super) fn into_message(self) -> String {
        match self {
            Self::Fact(message) | Self::Types(message) | Self::Other(message) => message,
        }
    }
}

impl From<ExecutionError> for Failure {
    fn from(error: ExecutionError) -> Self {
        use ExecutionError as E;
        // Values are never part of the message: they can be long, and they are the requester's.
        match &error {
            E::UndeclaredReference(name) if name.starts_with("input.") => {
                Self::Fact(format!("{name} was not filled in"))
            }
            E::NoSuchKey(_) => Self::Other("a key that is not in the map".into()),
            E::DivisionByZero(_) | E::RemainderByZero(_) => {
                Self::Other("a division by zero".into())
            }
            E::Overflow(..) => Self::Other("a result that is too big".into()),
            E::IndexOutOfBounds(_) => Self::Other("a position that is not in the list".into()),
            E::DuplicateKey(_) => Self::Other("a key that is in the map twice".into()),
            E::FunctionError { function, .. } if function == "duration" => {
                Self::Other("this is no length of time, such as 1h30m".into())
            }
            E::FunctionError { function, .. } if function == "timestamp" => {
                Self::Other("this is no point in time, such as 2026-12-01T00:00:00Z".into())
            }
            E::FunctionError { function, message } => Self::Other(format!(
                "{function}(): {}",
                crate::justification::printable(message, 120)
            )),
            E::UndeclaredReference(name) => Self::Types(format!("`{name}` is not known")),
            _ => Self::Types("the types of the values do not fit".into()),
        }
    }
}

fn declare_functions(
    context: &mut Context<'_, '_>,
    patterns: &[Regex],
    sets: BTreeMap<String, Vec<String>>,
) -> Result<(), Failure> {
    let patterns = patterns.to_vec();
    let text = |text: String| Value::String(Arc::new(text));
    let declared = [
        context.add_function(MATCHES, move |subject: Arc<String>, number: i64| {
            if subject.len() > MAX_MATCHED_BYTES {
                let length = subject.len();
                let message = format!(
                    "a text of {length} bytes; regular expressions read at most {MAX_MATCHED_BYTES}"
                );
                return Err(ExecutionError::function_error("matches", message));
            }
            let pattern = usize::try_from(number)
                .ok()
                .and_then(|number| patterns.get(number));
            Ok(Value::Bool(
                pattern.is_some_and(|pattern| pattern.is_match(&subject)),
            ))
        }),
        context.add_function(
            EXTRACT,
            move |subject: Arc<String>, before: Arc<String>, after: Arc<String>| {
                text(extract(&subject, &before, &after).to_owned())
            },
        ),
        context.add_function(MEMBER, move |item: Arc<String>, list: Arc<String>| {
            sets.get(list.as_str()).is_some_and(|members| {
                members
                    .binary_search_by(|member| member.as_str().cmp(item.as_str()))
                    .is_ok()
            })
        }),
        context.add_function(
            "lowerAscii",
            move |cel::extractors::This(subject): cel::extractors::This<Arc<String>>| {
                text(subject.to_ascii_lowercase())
            },
        ),
        context.add_function(
            "upperAscii",
            move |cel::extractors::This(subject): cel::extractors::This<Arc<String>>| {
                text(subject.to_ascii_uppercase())
            },
        ),
        context.add_function(
            "trim",
            move |cel::extractors::This(subject): cel::extractors::This<Arc<String>>| {
                text(subject.trim().to_owned())
            },
        ),
    ];
    match declared.into_iter().find_map(Result::err) {
        Some(error) => Err(Failure::Types(error.to_string())),
        None => Ok(()),
    }
}

/// What stands between the first `before` and the next `after` (Google's `extract()`: an empty end means to the end of
/// the text, and without a match the result is empty).
fn extract<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let Some((_, rest)) = text.split_once(before) else {
        return "";
    };
    match after {
        "" => rest,
        _ => rest.split_once(after).map_or("", |(part, _)| part),
    }
}

/// The value of an expression without variables: only whether it has one.
pub(super) fn constant(code: &IdedExpr, patterns: &[Regex]) -> Result<(), String> {
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    declare_functions(&mut context, patterns, BTreeMap::new()).map_err(Failure::into_message)?;
    match Value::resolve(code, &context) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from(error).into_message()),
    }
}

/// Whether the name of a time zone is known to what evaluates it.
pub(super) fn is_zone(zone: &str) -> bool {
    let epoch = code::call("timestamp", vec![code::int(0)]);
    constant(
        &code::member_call(epoch, "getHours", vec![code::text(zone)]),
        &[],
    )
    .is_ok()
}

/// The list of that name, if constraints can see all of it.
fn list<'v>(name: &str, variables: &'v Variables) -> Result<&'v [String], Failure> {
    let list = match name {
        "requester.groups" => &variables.requester.groups,
        "resource.roles" => &resource(variables)?.roles,
        "approver.groups" => &approver(variables)?.groups,
        _ => return Err(missing(name)),
    };
    if list.len() > MAX_LIST {
        return Err(Failure::Fact(format!(
            "a list of {} entries; constraints see at most {MAX_LIST}",
            list.len()
        )));
    }
    list.iter()
        .try_for_each(|element| within(element, MAX_ELEMENT_BYTES))?;
    Ok(list)
}

/// The value of a variable; `None` for an input that was not filled in.
fn value(name: &str, variables: &Variables) -> Result<Option<Value>, Failure> {
    let Variables {
        request,
        requester,
        inputs,
        ..
    } = variables;
    let value = match name {
        "request.time" => timestamp(request.time),
        "request.start" => timestamp(request.start),
        "request.duration" => duration(request.duration),
        "request.reason" => text(&request.reason, MAX_REASON_BYTES),
        "request.beneficiary" => text(&request.beneficiary, MAX_NAME_BYTES),
        "request.kind" => text(&request.kind, MAX_NAME_BYTES),
        "requester.email" => text(&requester.email, MAX_NAME_BYTES),
        "requester.domain" => text(domain(&requester.email), MAX_NAME_BYTES),
        "resource.name" => text(&resource(variables)?.name, MAX_NAME_BYTES),
        "resource.kind" => text(&resource(variables)?.kind, MAX_NAME_BYTES),
        "approver.email" => text(&approver(variables)?.email, MAX_NAME_BYTES),
        "approver.domain" => text(domain(&approver(variables)?.email), MAX_NAME_BYTES),
        "requester.groups" | "resource.roles" | "approver.groups" => {
            let elements = list(name, variables)?
                .iter()
                .map(|element| Value::String(Arc::new(element.clone())));
            Ok(Value::List(Arc::new(elements.collect())))
        }
        _ => {
            if let Some(asked) = name
                .strip_prefix("has(input.")
                .and_then(|rest| rest.strip_suffix(')'))
            {
                return Ok(Some(Value::Bool(inputs.contains_key(asked))));
            }
            match inputs.get(name.strip_prefix("input.").ok_or_else(|| missing(name))?) {
                Some(InputValue::Boolean(value)) => Ok(Value::Bool(*value)),
                Some(InputValue::Integer(value)) => Ok(Value::Int(*value)),
                Some(InputValue::String(value)) => text(value, MAX_INPUT_BYTES),
                None => return Ok(None),
            }
        }
    };
    value.map(Some)
}

fn missing(what: &str) -> Failure {
    Failure::Fact(format!("no {what} is known"))
}

fn resource(variables: &Variables) -> Result<&ResourceFacts, Failure> {
    variables
        .resource
        .as_ref()
        .ok_or_else(|| missing("resource"))
}

fn approver(variables: &Variables) -> Result<&PersonFacts, Failure> {
    variables
        .approver
        .as_ref()
        .ok_or_else(|| missing("approver"))
}

fn domain(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn within(text: &str, most: usize) -> Result<(), Failure> {
    if text.len() > most {
        let length = text.len();
        return Err(Failure::Fact(format!(
            "a text of {length} bytes; constraints see at most {most}"
        )));
    }
    Ok(())
}

fn text(text: &str, most: usize) -> Result<Value, Failure> {
    within(text, most)?;
    Ok(Value::String(Arc::new(text.to_owned())))
}

fn timestamp(at: Timestamp) -> Result<Value, Failure> {
    let nanoseconds = u32::try_from(at.subsec_nanosecond()).ok();
    let time: Option<DateTime<FixedOffset>> = nanoseconds
        .and_then(|nanoseconds| DateTime::from_timestamp(at.as_second(), nanoseconds))
        .map(|time| time.fixed_offset());
    time.map(Value::Timestamp)
        .ok_or_else(|| Failure::Fact("a point in time that is out of range".into()))
}

fn duration(length: SignedDuration) -> Result<Value, Failure> {
    let nanoseconds = u32::try_from(length.subsec_nanos()).ok();
    nanoseconds
        .and_then(|nanoseconds| TimeDelta::new(length.as_secs(), nanoseconds))
        .map(Value::Duration)
        .ok_or_else(|| Failure::Fact("a length of time that is out of range".into()))
}
