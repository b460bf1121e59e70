//! Files that can be read in one go.

use crate::arch::Workspace;
use crate::arch::tree::SourceFile;
use crate::arch::violation::Violation;

/// No Rust file is longer, tests included.
const MOST_LINES: usize = 800;
/// Half of the files that are not tests are at most this long.
const MOST_MEDIAN: usize = 140;
/// Nine in ten of the files that are not tests are at most this long.
const MOST_NINETIETH: usize = 420;

const HINT: &str = "split the file by idea, one file each, and name each after its idea";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in workspace.files.iter().filter(|file| file.is_rust()) {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            let message = format!("{lines} lines, at most {MOST_LINES} are allowed");
            violations.push(Violation::new(&file.path, MOST_LINES + 1, message, HINT));
        }
    }
    let lengths = lengths(workspace);
    for (name, per_cent, most) in [
        ("median", 50, MOST_MEDIAN),
        ("90th percentile", 90, MOST_NINETIETH),
    ] {
        let found = percentile(&lengths, per_cent);
        if found > most {
            let message =
                format!("the {name} of all files is {found} lines, at most {most} are allowed");
            violations.push(Violation::new(longest(workspace), 1, message, HINT));
        }
    }
    violations
}

/// The numbers of this rule in one line, for the report.
pub(in crate::arch) fn summary(workspace: &Workspace) -> String {
    let lengths = lengths(workspace);
    format!(
        "arch: {} Rust files outside tests/, median {} lines, 90th percentile {}, longest {}",
        lengths.len(),
        percentile(&lengths, 50),
        percentile(&lengths, 90),
        percentile(&lengths, 100),
    )
}

fn measured(workspace: &Workspace) -> impl Iterator<Item = &SourceFile> {
    workspace
        .files
        .iter()
        .filter(|file| file.is_rust() && !file.is_test())
}

/// Lines of each file outside of the `tests/` folders, the shortest first.
fn lengths(workspace: &Workspace) -> Vec<usize> {
    let mut lengths: Vec<usize> = measured(workspace)
        .map(|file| file.text.lines().count())
        .collect();
    lengths.sort_unstable();
    lengths
}

fn longest(workspace: &Workspace) -> &str {
    measured(workspace)
        .max_by_key(|file| file.text.lines().count())
        .map_or("Cargo.toml", |file| file.path.as_str())
}

/// The nearest-rank percentile of sorted numbers; 0 of none.
fn percentile(sorted: &[usize], per_cent: usize) -> usize {
    let rank = (sorted.len() * per_cent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let ten: Vec<usize> = (1..=10).collect();
        assert_eq!(percentile(&ten, 50), 5);
        assert_eq!(percentile(&ten, 90), 9);
        assert_eq!(percentile(&ten, 100), 10);
        assert_eq!(percentile(&[7], 50), 7);
        assert_eq!(percentile(&[], 90), 0);
    }
}
