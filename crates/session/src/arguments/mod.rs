//! Which arguments of `daypass gcloud|kubectl|cloud-sql-proxy …` are Daypass's own, and which belong to the tool.
//!
//! **The rule.** Daypass's flags stand between the wrapper's name and the first argument that is none of them, or
//! `--`, which is taken away. All from there on belongs to the tool, byte for byte:
//!
//! ```text
//! daypass kubectl -s SA -R why apply -f x.yaml -p y -- -v      the tool gets: apply -f x.yaml -p y -- -v
//! ```
//!
//! **ephemeral-iam's form** has its flags anywhere in the line. It is read as well, if neither an account nor `--`
//! stood in front:
//!
//! ```text
//! daypass kubectl exec -it pod -s SA -R why -- sh              the tool gets: exec -it pod -- sh
//! ```
//!
//! 1. Only what stands before the first `--` is looked at; that `--` stays, as it is the tool's.
//! 2. It is this form if a `-s` or `--service-account-email` has an e-mail address for a value (`-s ADDRESS`,
//!    `-s=ADDRESS`, `-sADDRESS`, `--service-account-email ADDRESS`, `…=ADDRESS`). Else nothing is taken:
//!    `kubectl get pods -s https://server` keeps kubectl's own `-s`, also beside an account's.
//! 3. Then, and only then, these are taken too: `-R` and `--reason` with a value that does not begin with `-` (so
//!    `apply -R -f folder` keeps kubectl's `-R`); `-p` and `--project` with a value that has the form of a project's
//!    id or number (so `-p 5432` and `logs pod -p` stay); `-y` and `--yes`. Long names take `=`, too.
//! 4. Daypass's other flags, and `--service-account`, which gcloud has as well, are read in front only.
//!
//! A flag whose value stands twice is an error that names both values: nobody has to know which one would win.
//!
//! An argument that is the value of one of the tool's flags cannot be told from a flag: `--format -y` loses its `-y`
//! in ephemeral-iam's form. Whoever cannot rule that out writes Daypass's flags in front.

mod address;
mod error;
mod front;
mod later;
mod own;
mod strayed;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

pub use address::{is_project, service_account};
pub use error::ArgumentError;
pub use own::OwnFlags;
pub use strayed::{Strayed, strayed};

/// The rule in short, for the help of the wrappers.
pub const RULE: &str = "\
Daypass's own flags stand in front: -s or --service-account, -R or --reason, -p or --project, --for, --server, \
--direct, --brokered, --grant, --entitlement, --renew, --non-interactive, -y or --yes. From the first argument on that \
is none of them, or behind --, all belongs to the tool.

As ephemeral-iam has it, -s ADDRESS (or --service-account-email) may also stand later in the line, before a --, and \
then -R, -p and -y with it. Where the tool has flags of these names, write Daypass's in front.";

/// The tools that Daypass wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `gcloud`.
    Gcloud,
    /// `kubectl`.
    Kubectl,
    /// `cloud-sql-proxy`, or `cloud_sql_proxy` as its first version is called.
    CloudSqlProxy,
}

impl Tool {
    /// The wrapper's name, as in `daypass NAME`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcloud => "gcloud",
            Self::Kubectl => "kubectl",
            Self::CloudSqlProxy => "cloud-sql-proxy",
        }
    }

    /// Whether its flags may have long names behind a single dash, as `-instances` and `-projects`: then `-pVALUE` is
    /// not `-p VALUE`.
    fn has_long_names_behind_one_dash(self) -> bool {
        self == Self::CloudSqlProxy
    }
}

/// A line in its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What Daypass was told.
    pub own: OwnFlags,
    /// What the tool gets, in order, byte for byte: also what is empty or is no UTF-8.
    pub rest: Vec<OsString>,
}

/// Splits what stands behind the wrapper's name.
///
/// # Errors
///
/// One of Daypass's own flags has no value, one of the wrong form, or two.
pub fn split(tool: Tool, arguments: &[OsString]) -> Result<Split, ArgumentError> {
    let (mut own, behind) = front::read(tool, arguments)?;
    let rest = match behind {
        front::Behind::Tool(arguments) if own.service_account.is_none() && !own.help => {
            later::read(&mut own, arguments, later::If::AnAccountIsNamed)?
        }
        front::Behind::Tool(arguments) | front::Behind::Dashes(arguments) => arguments.to_vec(),
    };
    own.check()?;
    Ok(Split { own, rest })
}

/// Splits as ephemeral-iam does, for `daypass eiam gcloud|kubectl|cloud_sql_proxy …`: its flags are taken wherever they
/// stand before `--`, even where no account is named, since that has a default. `--` always stays.
///
/// # Errors
///
/// A flag has two values.
pub fn split_like_ephemeral_iam(arguments: &[OsString]) -> Result<Split, ArgumentError> {
    let mut own = OwnFlags::default();
    let rest = later::read(&mut own, arguments, later::If::Always)?;
    Ok(Split { own, rest })
}
