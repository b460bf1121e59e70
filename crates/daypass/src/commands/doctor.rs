//! `daypass doctor`: looks at everything that a command depends on, and says how to mend what is wrong.

use daypass_core::condition::instant;
use jiff::SignedDuration;
use serde::Serialize;

use super::Context;
use super::context::block_on;
use crate::cli::DoctorArguments;
use crate::client::{Client, Degraded, ServerAddress, SessionFile};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::style::{self, paint};
use crate::output::{self, visible};

/// Beyond this, times shown by other programs on this machine mislead; the server itself refuses to grant beyond it.
const MOST_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// Whether it is as it should be.
    pub(crate) holds: bool,
    /// What was found.
    pub(crate) detail: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Finding {
    /// All is well.
    pub(crate) fn good(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            holds: true,
            detail: detail.into(),
            hint: None,
        }
    }

    /// Something is wrong, told as a command would tell it.
    pub(crate) fn bad(check: &'static str, error: &Error) -> Self {
        Self {
            check,
            holds: false,
            detail: error.to_string(),
            hint: error.hint(),
        }
    }
}

pub(super) fn run(context: &Context, arguments: &DoctorArguments) -> Result<Exit, Error> {
    if arguments.resource_kinds {
        output::print(&super::serve::resource_kinds())?;
        return Ok(Exit::Done);
    }
    if let (true, Some(path)) = (arguments.print_iam, &arguments.config) {
        output::print(&super::doctor_iam::print(path)?)?;
        return Ok(Exit::Done);
    }
    let mut findings = Vec::new();
    match &arguments.config {
        Some(path) => findings.extend(super::doctor_server::examine(path)),
        None => block_on(async {
            examine_client(context, &mut findings).await;
            Ok(())
        })?,
    }
    context.output.data(&findings, || describe(&findings))?;
    Ok(if findings.iter().all(|finding| finding.holds) {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// From the inside out; what depends on something that is wrong is left out.
async fn examine_client(context: &Context, findings: &mut Vec<Finding>) {
    if context.is_machine() {
        findings.push(Finding::good("credential", "an ID token from a file"));
    } else {
        match SessionFile::of_user().and_then(|file| file.current()) {
            Ok(_) => findings.push(Finding::good("session file", "readable by you only")),
            Err(error) => return findings.push(Finding::bad("session file", &error)),
        }
    }
    let server = match context
        .server()
        .and_then(|server| server.may_carry_a_session().map(|()| server))
    {
        Ok(server) => server,
        Err(error) => return findings.push(Finding::bad("server address", &error)),
    };
    findings.push(Finding::good("server address", server.to_string()));
    if let Err(error) = reach(&server, findings).await {
        return findings.push(Finding::bad("server", &error));
    }
    let identity = async { context.client()?.me().await };
    findings.push(match identity.await {
        Ok(identity) => Finding::good("session", format!("you are {}", identity.email)),
        Err(error) => Finding::bad("session", &error),
    });
}

async fn reach(server: &ServerAddress, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let client = Client::new(server.clone(), None)?;
    let readiness = client.ready().await?;
    findings.push(Finding::good("server", "reachable and ready"));
    findings.extend(readiness.degraded.iter().map(degraded));
    let offset = client.clock_offset();
    let seconds = offset.as_secs();
    findings.push(if offset.abs() > MOST_SKEW {
        Finding {
            check: "clock",
            holds: false,
            detail: format!(
                "this machine's clock is {} s {} the server's",
                seconds.abs(),
                if seconds > 0 { "behind" } else { "ahead of" }
            ),
            hint: Some("set the clock by NTP, here or at the server".into()),
        }
    } else {
        Finding::good(
            "clock",
            format!("within {} s of the server's", seconds.abs().max(2)),
        )
    });
    Ok(())
}

/// The server says what and since when to anybody; why is for its operator.
fn degraded(one: &Degraded) -> Finding {
    let (what, hint) = match one.name.as_str() {
        "entitlements" => (
            "the entitlement files are refused; the last good version is in force",
            "the operator runs 'daypass doctor --config daypass.yaml' to see what is wrong in them",
        ),
        "groups" => (
            "the group file cannot be used; soon nothing is decided by groups",
            "the operator runs 'daypass doctor --config daypass.yaml' to see what is wrong in it",
        ),
        _ => (
            "cannot be read",
            "the operator runs 'daypass doctor --config daypass.yaml' to see why",
        ),
    };
    let since = instant(one.since);
    Finding {
        check: "server",
        holds: false,
        detail: match one.name.as_str() {
            "entitlements" | "groups" => format!("{what} (since {since})"),
            other => format!("{other} {what} (since {since})"),
        },
        hint: Some(hint.into()),
    }
}

/// What was found. Several lines, as a mistake in a file has with its place, keep their lines below the check.
fn detail(text: &str) -> String {
    if !text.contains('\n') {
        return format!(" {}", visible(text));
    }
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("\n    {}", visible(line)),
    };
    text.lines().map(line).collect()
}

fn describe(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let mark = if finding.holds {
            paint(style::GOOD, "✓")
        } else {
            paint(style::BAD, "✗")
        };
        let mut text = format!("{mark} {}:{}", finding.check, detail(&finding.detail));
        if let Some(hint) = &finding.hint {
            text = format!(
                "{text}\n    {}hint:{:#} {}",
                style::HINT,
                style::HINT,
                output::visible(hint)
            );
        }
        text + "\n"
    };
    findings.iter().map(line).collect()
}
