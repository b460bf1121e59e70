//! What gsutil reads: it knows no token file, but a credential file of the kind that Google's libraries take.

use std::path::Path;

use crate::plain_file;
use crate::variables::Variables;

/// The largest configuration of boto's that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The text of a boto configuration that acts as the session: the user's `[Boto]` and `[GSUtil]` settings, and these
/// credentials. The user's `[Credentials]` and `[OAuth2]` say who one is and to which host requests go: they stay out.
pub(crate) fn for_session(inherited: &Variables, credentials: &Path, state: &Path) -> String {
    let own = inherited
        .get("BOTO_CONFIG")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(inherited.folder("HOME")?.join(".boto")))
        .and_then(|path| plain_file::read(&path, LARGEST).ok())
        .map(|(text, _)| text);
    let lines = |section| {
        own.as_deref()
            .map(|text| kept(text, section))
            .unwrap_or_default()
    };
    // Each section stands once: Python refuses a second one of the same name.
    format!(
        "[Credentials]\ngs_external_account_file = {}\n[Boto]\n{}[OAuth2]\ntoken_cache = in_memory\n\
         [GSUtil]\nstate_dir = {}\n{}",
        credentials.display(),
        lines("boto"),
        state.display(),
        lines("gsutil"),
    )
}

/// The lines of one section, but for what a session sets itself. As Python reads it, an option has its name in any case,
/// and a line that is further in than its option goes on with its value.
fn kept(text: &str, section: &str) -> String {
    let mut kept = String::new();
    let mut is_inside = false;
    let mut keeps = true;
    let mut depth_of_option = usize::MAX;
    for line in text.lines() {
        let trimmed = line.trim();
        let depth = line.len() - line.trim_start().len();
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            is_inside = name.trim().eq_ignore_ascii_case(section);
            depth_of_option = usize::MAX;
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let is_option = depth <= depth_of_option;
        if is_option {
            let name = trimmed.split(['=', ':']).next().unwrap_or_default();
            keeps = !name.trim().eq_ignore_ascii_case("state_dir");
            depth_of_option = depth;
        }
        if is_inside && keeps {
            // All options begin where the session's own do, lest they go on with its value.
            kept.push_str(if is_option { "" } else { " " });
            kept.push_str(trimmed);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn settings_stay_and_credentials_go() {
        let text = "[Credentials]\ngs_oauth2_refresh_token = canary\ngs_json_host = evil.example\n[Boto]\nproxy = p\n\
                    [OAuth2]\nclient_secret = canary\n[GSUtil]\nparallel_thread_count = 4\nstate_dir = /x\n";
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".boto"), text).unwrap();
        let variables: Variables = [("HOME", home.path())].into_iter().collect();
        assert_eq!(
            for_session(
                &variables,
                Path::new("/s/credentials.json"),
                Path::new("/s/gsutil")
            ),
            "[Credentials]\ngs_external_account_file = /s/credentials.json\n[Boto]\nproxy = p\n[OAuth2]\n\
             token_cache = in_memory\n[GSUtil]\nstate_dir = /s/gsutil\nparallel_thread_count = 4\n"
        );
    }

    /// Python refuses an option that stands twice.
    #[test]
    fn the_sessions_own_option_stands_once() {
        let text = "[GSUtil]\nSTATE_DIR = /x\n  /y\n# state\nuse_magicfile: True\n";
        assert_eq!(kept(text, "gsutil"), "use_magicfile: True\n");
        // Not the value of another option, though it looks like one.
        let text = "[GSUtil]\n  a = 1\n  State_Dir: /x\n  b = 2\n    state_dir = 3\n";
        assert_eq!(kept(text, "gsutil"), "a = 1\nb = 2\n state_dir = 3\n");
    }

    /// Were it opened and read, the test would never end.
    #[test]
    fn a_pipe_is_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let variables: Variables = [("BOTO_CONFIG", path)].into_iter().collect();
            let text = for_session(&variables, Path::new("/s/c.json"), Path::new("/s/gsutil"));
            assert!(
                text.ends_with("[GSUtil]\nstate_dir = /s/gsutil\n"),
                "{text}"
            );
        }
    }
}
