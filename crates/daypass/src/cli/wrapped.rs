//! The wrappers: what follows their names is not for clap, which would take flags that are the tool's.

use std::ffi::{OsStr, OsString};

use clap::{Args, CommandFactory as _};

/// The help of a wrapper behind its flags. The lines of the list fit into 80 columns; clap breaks the others.
macro_rules! help {
    ($name:literal, $example:literal) => {
        concat!(
            "\
Daypass's own flags, with the meaning that they have for 'daypass assume':
  -s, --service-account EMAIL
  -R, --reason TEXT
      --for DURATION, --renew
  -p, --project PROJECT
      --direct, --brokered
      --entitlement ID, --grant ID
      --server URL
  -y, --yes, --non-interactive

They stand between the name and the first argument that is none of them, or '--'; all from there on goes to the tool as \
it is. Where neither -s nor '--' stands in front, and a later -s has an address for a value, -s, -R, -p and -y are found \
later in the line, too, up to a '--'.

The exit code is the tool's; what goes wrong before is 120 and the usual code. Inside a session and without flags of \
Daypass's own, the tool is simply run: it acts as the session's account already.

Example:
  daypass ",
            $name,
            " -s ci@acme.iam.gserviceaccount.com -R INC-1 ",
            $example
        )
    };
}

pub(crate) const GCLOUD: &str = help!("gcloud", "storage ls");
pub(crate) const GCLOUD_USAGE: &str = "daypass gcloud [OPTIONS] [--] [ARGUMENTS OF GCLOUD]...";
pub(crate) const KUBECTL: &str = help!("kubectl", "get pods -A");
pub(crate) const KUBECTL_USAGE: &str = "daypass kubectl [OPTIONS] [--] [ARGUMENTS OF KUBECTL]...";
pub(crate) const CLOUD_SQL_PROXY: &str = help!("cloud-sql-proxy", "\\\n    acme:europe-west1:main");
pub(crate) const CLOUD_SQL_PROXY_USAGE: &str =
    "daypass cloud-sql-proxy [OPTIONS] [--] [ARGUMENTS OF CLOUD-SQL-PROXY]...";

/// A tool's own line, untouched: `commands::words` puts it behind `--`.
#[derive(Debug, Args)]
pub(crate) struct WrappedArguments {
    /// The wrapper's name as it was typed, and all that follows it
    #[arg(last = true, hide = true, value_name = "ARGUMENTS")]
    pub(crate) line: Vec<OsString>,
}

/// The help of a wrapper, by its name or alias.
pub(crate) fn help(name: &OsStr) -> String {
    let mut whole = super::Cli::command();
    whole.build();
    whole
        .find_subcommand_mut(name)
        .map(|wrapper| wrapper.render_help().to_string())
        .unwrap_or_default()
}
