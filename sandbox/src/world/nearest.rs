//! What decides on things that are not stored as resources: the resource above them.

use super::World;
use crate::iam::evaluator::Attributes;

/// The stored resource at or above a name. Below it, conditions see the full name
/// (`//compute.googleapis.com/projects/…`), or of a bucket's object its own.
pub(crate) fn nearest(world: &World, name: &str) -> (String, Option<Attributes>) {
    if let Some(key) = world.resources.key(name) {
        return (key, None);
    }
    let full = name
        .strip_prefix("//")
        .and_then(|full| full.split_once('/'));
    let (mut service, path) = full.map_or((None, name), |(service, path)| {
        (Some(service.to_owned()), path)
    });
    let mut above = path;
    while let Some((parent, _)) = above.rsplit_once('/') {
        above = parent;
        if let Some(key) = world.resources.key(above) {
            let in_bucket = key.starts_with("buckets/");
            if in_bucket {
                service = Some("storage.googleapis.com".to_owned());
            }
            let own = path.strip_prefix("projects/_/").unwrap_or(path);
            let attributes = Attributes {
                name: Some(if in_bucket {
                    format!("projects/_/{own}")
                } else {
                    path.to_owned()
                }),
                resource_type: in_bucket.then(|| "storage.googleapis.com/Object".to_owned()),
                service,
                ..Attributes::default()
            };
            return (key, Some(attributes));
        }
    }
    (name.to_owned(), None)
}
