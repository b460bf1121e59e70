//! Reading YAML within bounds: a file that somebody else wrote must not cost the process its stack or its memory.

use serde::de::DeserializeOwned;
use serde_saphyr::Error;

/// Deepest nesting that is read. What belongs into any of our files, or into those that are imported, is at most 12
/// deep. Each level takes stack in proportion to the types that are read: without optimisation some 50 KiB, so that 64
/// levels, the parser's own bound, end a thread of 2 MiB and with it the process.
pub const MAX_DEPTH: usize = 16;

/// Most values in a file that people write, repeated aliases counted each time.
pub const MAX_NODES: usize = 250_000;

/// Most values in a file that a program wrote: a hundred thousand people in ten groups each.
pub const MAX_NODES_OF_A_LISTING: usize = 2_000_000;

/// Most values that aliases may add to those that are written: enough to repeat a list of approvers in every
/// entitlement of a file, and so few that a text of some hundred bytes costs no more than its size explains.
pub const MAX_REPEATED: usize = 1_000;

/// Reads a document with at most `max_nodes` values.
///
/// # Errors
/// What the parser says; [`Error::Budget`] if the document is nested more than [`MAX_DEPTH`] deep, is larger than allowed
/// or repeats more than [`MAX_REPEATED`] values.
pub fn read<T: DeserializeOwned>(text: &str, max_nodes: usize) -> Result<T, Error> {
    // Each value that is written takes a byte at least: what is beyond that comes from aliases.
    let max_nodes = max_nodes.min(text.len().saturating_add(MAX_REPEATED));
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: max_nodes,
            max_events: max_nodes.saturating_mul(2).saturating_add(16),
            // What repetition may cost is bounded above; one list for hundreds of entitlements is no attack.
            enforce_alias_anchor_ratio: false,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::stopwatch::quickest;

    /// The longest that a text of some KiB may take, built without optimisation too.
    const LIMIT: Duration = Duration::from_millis(20);

    #[test]
    fn bombs_end_at_once() {
        let laughs = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
            let inner = level - 1;
            format!("{text}a{level}: &a{level} [*a{inner}, *a{inner}]\n")
        });
        let wide = format!("a: &a [{}]\nb: [{}]", "x,".repeat(200), "*a,".repeat(300));
        for bomb in [laughs, wide] {
            assert!(read::<Value>(&bomb, MAX_NODES).is_err());
            let took = quickest(LIMIT, || (), |()| read::<Value>(&bomb, MAX_NODES).is_ok());
            assert!(took < LIMIT, "{took:?} for {} bytes", bomb.len());
        }
    }

    #[test]
    fn deep_texts_end_at_once() {
        for opening in ["[", "{a: ", "- ", "a:\n ", "? "] {
            let text = opening.repeat(2_000);
            let took = quickest(LIMIT, || (), |()| read::<Value>(&text, MAX_NODES).is_ok());
            assert!(took < LIMIT, "{took:?} for {opening:?}");
        }
    }

    #[test]
    fn an_anchor_for_a_list_is_read() {
        let text = "a: &a [x, y, z]\n".to_owned();
        let many: Vec<String> = (0..200).map(|number| format!("k{number}: *a")).collect();
        let value = read::<Value>(&(text + &many.join("\n")), MAX_NODES).unwrap();
        assert_eq!(value["k199"][2], "z");
    }
}
