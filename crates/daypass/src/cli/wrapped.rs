//! The wrappers: what follows their names is not for clap, which would take flags that are the tool's.

use std::ffi::{OsStr, OsString};

use clap::{Args, CommandFactory as _};

/// The names of the wrappers, as typed.
pub(crate) const NAMES: [&str; 4] = ["gcloud", "kubectl", "cloud-sql-proxy", "cloud_sql_proxy"];

/// Flags that may stand in front of any command's name, and take a value.
const WITH_VALUE: [&str; 4] = ["--server", "--output", "-o", "--id-token-file"];

/// A tool's own line, untouched. It is put in after clap has read what is in front.
#[derive(Debug, Default, Args)]
pub(crate) struct WrappedArguments {
    /// The name that was typed, and all that follows it.
    #[arg(skip)]
    pub(crate) line: Vec<OsString>,
}

/// Cuts a command line behind the name of a wrapper: what clap reads, and the rest. None: it is no wrapper's.
pub(super) fn cut(arguments: &[OsString]) -> Option<(Vec<OsString>, Vec<OsString>)> {
    let mut position = 1;
    loop {
        let argument = arguments.get(position)?;
        let text = argument.to_str()?;
        if NAMES.contains(&text) {
            let (front, rest) = arguments.split_at(position + 1);
            return Some((front.to_vec(), rest.to_vec()));
        }
        if !text.starts_with('-') || text == "--" {
            return None;
        }
        position += if WITH_VALUE.contains(&text) { 2 } else { 1 };
    }
}

/// The help of a wrapper.
pub(crate) fn help(name: &OsStr) -> String {
    let mut whole = super::Cli::command();
    let name = name.to_string_lossy().replace('_', "-");
    whole.build();
    whole
        .find_subcommand_mut(&name)
        .map(|wrapper| wrapper.render_help().to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn cut_text(line: &str) -> Option<(String, String)> {
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        let join = |words: Vec<OsString>| words.join(OsStr::new(" ")).into_string().unwrap();
        let (front, rest) = cut(&words)?;
        Some((join(front), join(rest)))
    }

    #[test]
    fn what_follows_the_name_is_left_alone() {
        for (line, front, rest) in [
            (
                "daypass kubectl -o yaml -- x",
                "daypass kubectl",
                "-o yaml -- x",
            ),
            ("daypass -y gcloud info", "daypass -y gcloud", "info"),
            (
                "daypass --server gcloud kubectl get",
                "daypass --server gcloud kubectl",
                "get",
            ),
            (
                "daypass -o json cloud_sql_proxy -instances=a",
                "daypass -o json cloud_sql_proxy",
                "-instances=a",
            ),
        ] {
            assert_eq!(
                cut_text(line),
                Some((front.to_owned(), rest.to_owned())),
                "{line}"
            );
        }
        for line in [
            "daypass list gcloud",
            "daypass assume -- gcloud info",
            "daypass",
            "daypass -- gcloud",
        ] {
            assert_eq!(cut_text(line), None, "{line}");
        }
    }
}
