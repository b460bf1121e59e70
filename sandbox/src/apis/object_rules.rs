//! What holds for every touch of an object: who may, whether it is there, and whether it is still as the client knew it.

use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::request::Call;
use crate::world::World;
use crate::world::objects::Object;

/// Fails in Cloud Storage's words unless the caller has the permission on an object, or on the bucket if no name is
/// given.
pub(super) fn require(
    cloud: &Cloud,
    call: &Call<'_>,
    bucket: &str,
    name: Option<&str>,
    permission: &str,
) -> Result<(), ApiError> {
    if cloud
        .world()
        .resources
        .get(&format!("buckets/{bucket}"))
        .is_none()
    {
        return Err(ApiError::not_found("The specified bucket does not exist."));
    }
    let resource = name.map_or_else(
        || format!("buckets/{bucket}"),
        |name| format!("buckets/{bucket}/objects/{name}"),
    );
    if cloud
        .check(&call.caller.member, &resource, permission, None)
        .allowed
    {
        return Ok(());
    }
    Err(match name {
        Some(_) => ApiError::denied_object(call.caller.email(), permission),
        None => ApiError::denied_bucket(call.caller.email(), permission),
    })
}

/// The object, if the generation asked for is the present one: older ones are not kept.
pub(super) fn find<'a>(
    world: &'a World,
    call: &Call<'_>,
    bucket: &str,
    name: &str,
) -> Result<&'a Object, ApiError> {
    let asked = number(&call.query, "generation");
    let found = world.objects.get(bucket, name);
    found
        .filter(|object| asked.is_none_or(|asked| asked == object.generation))
        .ok_or_else(|| absent(bucket, name))
}

pub(super) fn absent(bucket: &str, name: &str) -> ApiError {
    ApiError::not_found(format!("No such object: {bucket}/{name}"))
}

fn number(query: &[(String, String)], name: &str) -> Option<i64> {
    let (_, value) = query.iter().find(|(key, _)| key == name)?;
    value.parse().ok()
}

/// The preconditions of a request. Generation 0 is that of an object that does not exist.
pub(super) fn preconditions(
    query: &[(String, String)],
    object: Option<&Object>,
) -> Result<(), ApiError> {
    let generation = object.map_or(0, |object| object.generation);
    let metageneration = object.map_or(0, |object| object.metageneration);
    for (name, actual) in [
        ("ifGenerationMatch", generation),
        ("ifMetagenerationMatch", metageneration),
    ] {
        if number(query, name).is_some_and(|asked| asked != actual) {
            return Err(ApiError::precondition());
        }
    }
    for (name, actual) in [
        ("ifGenerationNotMatch", generation),
        ("ifMetagenerationNotMatch", metageneration),
    ] {
        if number(query, name).is_some_and(|asked| asked == actual) {
            return Err(ApiError::precondition());
        }
    }
    Ok(())
}
