//! `daypass policy …`: entitlements as code, before a server has them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

mod rehearsal;

pub(crate) use rehearsal::{DiffArguments, RehearseArguments, TestArguments};

#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Tell what is wrong in entitlement files, and what is legal but dangerous
    Lint(LintArguments),
    /// Print the JSON Schema of entitlement files, for editors
    Schema {
        /// A page for people instead: every field with its meaning and an example, in Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// Write entitlements from what another system keeps, and tell what could not be carried over
    Import(ImportArguments),
    /// Run the tests of the entitlements, in the world that their fixtures make up
    Test(TestArguments),
    /// Tell who may do more, or less, with one version of the entitlements than with another
    Diff(DiffArguments),
    /// Show what a request would come to by the files alone; no server is asked
    Explain(RehearseArguments),
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Files and folders; else those of the configuration; else the folder entitlements
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The server's configuration, for its groups and its own accounts; without PATH, daypass.yaml if it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Who is in which group, to look at people instead of groups
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
    /// A project in which Daypass itself runs
    #[arg(long, value_name = "ID")]
    pub(crate) broker_project: Vec<String>,
    /// Fail on warnings, too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Tell what could not be judged, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print annotations for a pull request on GitHub
    #[arg(long)]
    pub(crate) github: bool,
    /// Name all warnings that there are, and stop
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The system that the files are from
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) from: ImportSource,
    /// What it keeps; - is standard input. A policy of one resource is FILE=RESOURCE, as p.json=projects/acme-prod
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// Write one file for each entitlement into this folder, instead of all to standard output
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// JIT Access: the project, folder or organization whose policy it is
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
    /// JIT Access: the projects that a folder's or organization's eligibility is for, instead of itself
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub(crate) projects: Vec<String>,
    /// JIT Access and JIT Groups: their environment variables, as KEY=VALUE lines
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// JIT Groups: the name of an environment whose document has none
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// JIT Groups: the domain of your own people, for class:internalUsers and the like
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,
}

/// A system to move in from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportSource {
    /// JIT Access 1.x: IAM policies as JSON, by gcloud or Cloud Asset Inventory
    JitAccess,
    /// JIT Groups 2.x: policy documents as YAML
    JitGroups,
    /// Google Privileged Access Manager: entitlements as JSON, by gcloud
    Pam,
}
