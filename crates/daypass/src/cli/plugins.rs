//! `daypass plugins …`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = PLUGINS)]
pub(crate) struct PluginsArguments {
    #[command(subcommand)]
    pub(crate) command: PluginsCommand,
}

const PLUGINS: &str = "\
An executable daypass-NAME among the installed plugins, or on PATH, is run by 'daypass NAME …' and only then. It gets \
all arguments behind its name and acts with all your rights. Daypass's own commands cannot be replaced.";

#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// Print the plugins that are installed or on PATH, and those that would not be run; none is started
    List,
    /// Put an executable in place, if it has the checksum
    #[command(
        after_help = "The file is the executable itself: archives are not unpacked. Take the checksum from whoever publishes the plugin."
    )]
    Install {
        /// A file, or an https address
        #[arg(value_name = "FILE_OR_URL")]
        source: String,
        /// The SHA-256 that the file must have, in hexadecimal
        #[arg(long, value_name = "HEX")]
        sha256: String,
        /// The plugin's name; else the file's, without 'daypass-' in front
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove an installed plugin
    Remove {
        /// Its name, without 'daypass-' in front
        #[arg(value_name = "NAME")]
        name: String,
    },
}
