//! `pageSize` and `pageToken`; a token is opaque to clients, here it is an offset.

use serde_json::{Map, Value, json};

/// One page of a list as the reply has it: the items under `field`, and `nextPageToken` if there are more.
/// An empty list leaves the field out, as Google does.
pub(crate) fn page(
    field: &str,
    items: Vec<Value>,
    size: Option<usize>,
    token: Option<&str>,
    default_size: usize,
) -> Value {
    let start = token
        .and_then(|token| token.strip_prefix("page-"))
        .and_then(|at| at.parse::<usize>().ok())
        .unwrap_or(0);
    let size = size
        .filter(|size| *size > 0)
        .unwrap_or(default_size)
        .min(1_000);
    let more = items.len() > start.saturating_add(size);
    let shown: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let mut reply = Map::new();
    if !shown.is_empty() {
        reply.insert(field.to_owned(), Value::Array(shown));
    }
    if more {
        reply.insert(
            "nextPageToken".to_owned(),
            json!(format!("page-{}", start + size)),
        );
    }
    Value::Object(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let items = || (0..5).map(|n| json!(n)).collect::<Vec<_>>();
        let first = page("x", items(), Some(2), None, 10);
        assert_eq!(first, json!({"x": [0, 1], "nextPageToken": "page-2"}));
        assert_eq!(
            page("x", items(), Some(3), Some("page-2"), 10),
            json!({"x": [2, 3, 4]})
        );
        assert_eq!(page("x", vec![], None, None, 10), json!({}));
    }
}
