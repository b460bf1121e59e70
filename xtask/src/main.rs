//! Chores of this workspace that need more than a shell line: `cargo run -p xtask -- <command>`.

mod arch;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Chores of the Daypass workspace

Usage: cargo run -p xtask -- <COMMAND>

Commands:
  arch [--root DIR]   check the rules of the house: imports, file sizes, lints, names
  arch --rules        list those rules, one a line
  help                print this text

Exit codes: 0 all rules hold, 1 a rule is broken or could not be checked, 2 wrong usage
";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().filter_map(|text| text.to_str()).collect();
    let mut output = io::stdout().lock();
    let outcome = match arguments.as_slice() {
        ["arch"] => arch::run(&workspace_root(), &mut output),
        ["arch", "--root", root] => arch::run(&PathBuf::from(root), &mut output),
        ["arch", "--rules"] => arch::list_rules(&mut output),
        ["help" | "--help" | "-h"] => output.write_all(HELP.as_bytes()).map(|()| true),
        _ => {
            // A closed standard error leaves nobody to tell; the exit code still says it.
            let _ = io::stderr().write_all(HELP.as_bytes());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout that this program was built from: the folder above its own manifest.
fn workspace_root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}
