//! CEL, fenced: parsing and evaluation run on one thread with a large stack, results are cached,
//! and every error means "not granted".

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use cel::extractors::This;
use cel::{Context, ExecutionError, Program, Value};
use jiff::Timestamp;

use crate::error::Error;

/// The parser overflows a small stack on nested brackets.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// Deeper nesting than this would overflow even that stack in a debug build.
const DEEPEST_NESTING: usize = 40;
/// The cache starts afresh beyond this many expressions.
const CACHED_EXPRESSIONS: usize = 20_000;
/// Every name that an IAM condition may mention (facts 1.2).
const VARIABLES: [&str; 5] = ["request", "resource", "api", "origin", "destination"];

/// What a condition can see. An attribute that is `None` is absent, and using it is an error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) time: Timestamp,
    pub(crate) name: Option<String>,
    pub(crate) resource_type: Option<String>,
    pub(crate) service: Option<String>,
    /// `iam.googleapis.com/modifiedGrantsByRole`: the roles that a write touches.
    pub(crate) modified_grants: Vec<String>,
}

enum Job {
    Check(String, mpsc::Sender<Result<(), String>>),
    Evaluate(String, Box<Attributes>, mpsc::Sender<Result<bool, String>>),
}

/// A handle to the thread that owns all compiled programs.
#[derive(Clone)]
pub(crate) struct Evaluator(mpsc::Sender<Job>);

impl Evaluator {
    pub(crate) fn start() -> Result<Evaluator, Error> {
        let (sender, jobs) = mpsc::channel();
        std::thread::Builder::new()
            .name("sandbox-cel".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || serve(&jobs))
            .map_err(Error::Evaluator)?;
        Ok(Evaluator(sender))
    }

    /// Whether the expression compiles as an IAM condition; the error is for a person.
    pub(crate) fn check(&self, expression: &str) -> Result<(), String> {
        let (answer, answers) = mpsc::channel();
        self.ask(Job::Check(expression.to_owned(), answer), &answers)
    }

    /// Whether the condition holds.
    pub(crate) fn evaluate(
        &self,
        expression: &str,
        attributes: &Attributes,
    ) -> Result<bool, String> {
        let (answer, answers) = mpsc::channel();
        self.ask(
            Job::Evaluate(expression.to_owned(), Box::new(attributes.clone()), answer),
            &answers,
        )
    }

    fn ask<T>(&self, job: Job, answers: &mpsc::Receiver<Result<T, String>>) -> Result<T, String> {
        self.0
            .send(job)
            .map_err(|_| "the evaluator has ended".to_owned())?;
        answers
            .recv()
            .map_err(|_| "the evaluator has ended".to_owned())?
    }
}

fn serve(jobs: &mpsc::Receiver<Job>) {
    let mut cache: HashMap<String, Result<Program, String>> = HashMap::new();
    while let Ok(job) = jobs.recv() {
        if cache.len() > CACHED_EXPRESSIONS {
            cache.clear();
        }
        // A caller that has gone away does not want its answer any more.
        match job {
            Job::Check(expression, answer) => {
                let compiled = cached(&mut cache, expression)
                    .as_ref()
                    .map(|_| ())
                    .map_err(Clone::clone);
                let _ = answer.send(compiled);
            }
            Job::Evaluate(expression, attributes, answer) => {
                let verdict = match cached(&mut cache, expression) {
                    Ok(program) => fenced(|| run(program, &attributes)),
                    Err(error) => Err(error.clone()),
                };
                let _ = answer.send(verdict);
            }
        }
    }
}

fn cached(
    cache: &mut HashMap<String, Result<Program, String>>,
    expression: String,
) -> &Result<Program, String> {
    cache
        .entry(expression)
        .or_insert_with_key(|expression| fenced(|| compile(expression)))
}

/// The interpreter may panic on odd input; that is an error like any other.
fn fenced<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the expression cannot be evaluated".to_owned()))
}

fn compile(expression: &str) -> Result<Program, String> {
    if nesting(expression) > DEEPEST_NESTING {
        return Err("the expression is nested too deeply".to_owned());
    }
    let program =
        Program::compile(expression).map_err(|errors| errors.to_string().replace('\n', " "))?;
    if let Some(unknown) = program
        .references()
        .variables()
        .iter()
        .find(|name| !VARIABLES.contains(*name))
    {
        return Err(format!(
            "undeclared reference to '{unknown}' (in container '')"
        ));
    }
    Ok(program)
}

fn nesting(expression: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in expression.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn run(program: &Program, attributes: &Attributes) -> Result<bool, String> {
    let context = context(attributes)?;
    match program.execute(&context) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(other) => Err(format!("the condition is not a boolean but {other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

fn context(attributes: &Attributes) -> Result<Context<'static, 'static>, String> {
    let mut context = Context::default();
    // A timestamp that CEL itself parsed is a timestamp, whereas a serialized one would be a string.
    let time = Program::compile(&format!("timestamp(\"{}\")", attributes.time))
        .map_err(|errors| errors.to_string())?
        .execute(&context)
        .map_err(|error| error.to_string())?;
    context.add_variable_from_value("request", HashMap::from([("time".to_owned(), time)]));
    let resource: HashMap<String, Value> = [
        ("name", &attributes.name),
        ("type", &attributes.resource_type),
        ("service", &attributes.service),
    ]
    .into_iter()
    .filter_map(|(key, value)| {
        value
            .as_ref()
            .map(|value| (key.to_owned(), Value::from(value.clone())))
    })
    .collect();
    context.add_variable_from_value("resource", resource);
    let modified: Vec<Value> = attributes
        .modified_grants
        .iter()
        .map(|role| Value::from(role.clone()))
        .collect();
    let known = HashMap::from([(
        "iam.googleapis.com/modifiedGrantsByRole".to_owned(),
        Value::from(modified),
    )]);
    context.add_variable_from_value("api", known);
    let declared = [
        context.add_function("getAttribute", get_attribute),
        context.add_function("hasOnly", has_only),
        context.add_function("extract", extract),
    ];
    match declared.into_iter().find_map(Result::err) {
        Some(error) => Err(error.to_string()),
        None => Ok(context),
    }
}

/// `api.getAttribute(name, default)`; what the sandbox does not know is the default.
fn get_attribute(This(api): This<Value>, name: std::sync::Arc<String>, default: Value) -> Value {
    match api {
        Value::Map(attributes) => {
            let key = cel::objects::Key::String(name);
            attributes.map.get(&key).cloned().unwrap_or(default)
        }
        _ => default,
    }
}

/// `list.hasOnly(allowed)`: every element of the list is allowed.
fn has_only(This(list): This<Value>, allowed: Value) -> Result<bool, ExecutionError> {
    match (list, allowed) {
        (Value::List(list), Value::List(allowed)) => {
            Ok(list.iter().all(|item| allowed.contains(item)))
        }
        _ => Err(ExecutionError::function_error(
            "hasOnly",
            "both sides must be lists",
        )),
    }
}

/// `text.extract("prefix{name}suffix")`: the part in braces, or an empty string.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the interpreter hands over arguments by value"
)]
fn extract(
    This(text): This<std::sync::Arc<String>>,
    template: std::sync::Arc<String>,
) -> Result<Value, ExecutionError> {
    let malformed = || ExecutionError::function_error("extract", "the template needs one {name}");
    let (prefix, rest) = template.split_once('{').ok_or_else(malformed)?;
    let (_, suffix) = rest.split_once('}').ok_or_else(malformed)?;
    let found = text
        .find(prefix)
        .map(|at| &text[at + prefix.len()..])
        .and_then(|tail| {
            let end = if suffix.is_empty() {
                Some(tail.len())
            } else {
                tail.find(suffix)
            };
            end.map(|end| tail[..end].to_owned())
        });
    Ok(Value::from(found.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn bucket(time: &str) -> Attributes {
        Attributes {
            time: time.parse().unwrap(),
            name: Some("projects/_/buckets/logs-acme-prod".into()),
            resource_type: Some("storage.googleapis.com/Bucket".into()),
            service: Some("storage.googleapis.com".into()),
            modified_grants: vec!["roles/viewer".into()],
        }
    }

    #[test]
    fn a_window_of_time_opens_and_closes_to_the_second() {
        let evaluator = Evaluator::start().unwrap();
        let window = r#"request.time >= timestamp("2026-01-01T00:00:00Z") && request.time < timestamp("2026-01-01T01:00:00Z")"#;
        for (time, expected) in [
            ("2025-12-31T23:59:59Z", false),
            ("2026-01-01T00:00:00Z", true),
            ("2026-01-01T00:59:59.999Z", true),
            ("2026-01-01T01:00:00Z", false),
        ] {
            assert_eq!(
                evaluator.evaluate(window, &bucket(time)),
                Ok(expected),
                "{time}"
            );
        }
    }

    #[test]
    fn attributes_and_google_functions_work_and_an_absent_one_is_an_error() {
        let evaluator = Evaluator::start().unwrap();
        let at = bucket("2026-11-22T10:00:00Z");
        for (expression, expected) in [
            (
                r#"resource.name.startsWith("projects/_/buckets/logs-")"#,
                true,
            ),
            (r#"resource.type == "storage.googleapis.com/Bucket""#, true),
            (
                r#"resource.name.extract("buckets/{b}") == "logs-acme-prod""#,
                true,
            ),
            (r#"request.time.getDayOfWeek("Europe/Berlin") == 0"#, true),
            (
                r#"api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/viewer"])"#,
                true,
            ),
            (
                r#"api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/owner"])"#,
                false,
            ),
        ] {
            assert_eq!(
                evaluator.evaluate(expression, &at),
                Ok(expected),
                "{expression}"
            );
        }
        let absent = Attributes { name: None, ..at };
        assert!(
            evaluator
                .evaluate(r#"resource.name.startsWith("projects/")"#, &absent)
                .is_err()
        );
        assert!(evaluator.evaluate("1 + 1", &absent).is_err());
    }

    #[test]
    fn broken_and_hostile_expressions_are_refused_and_do_no_harm() {
        let evaluator = Evaluator::start().unwrap();
        let nested = format!("{}true{}", "(".repeat(500), ")".repeat(500));
        let fits = format!("{}true{}", "(".repeat(40), ")".repeat(40));
        assert_eq!(evaluator.check(&fits), Ok(()));
        for bad in ["request.time <", "", "identity.email == 'x'", &nested] {
            assert!(evaluator.check(bad).is_err(), "{bad}");
        }
        assert_eq!(
            evaluator.check("request.time < timestamp(\"2026-01-01T00:00:00Z\")"),
            Ok(())
        );
    }
}
