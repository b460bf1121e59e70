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

/// Reads a document with at most `max_nodes` values.
///
/// # Errors
/// What the parser says; [`Error::Budget`] if the document is nested more than [`MAX_DEPTH`] deep or larger than allowed.
pub fn read<T: DeserializeOwned>(text: &str, max_nodes: usize) -> Result<T, Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: max_nodes,
            max_events: max_nodes.saturating_mul(2).max(1_000_000),
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}
