//! What the conditions of IAM can ask about.
//!
//! From Google's reference of condition attributes (<https://cloud.google.com/iam/docs/conditions-attribute-reference>)
//! and the attribute context that it rests on (<https://cloud.google.com/iam/docs/conditions-overview>). The lists only
//! tell slips of the pen from other names: what stands in none of them and is near to none is left to Google, which adds
//! to its language.

/// The names before the first dot.
pub(super) const ROOTS: &[&str] = &[
    "api",
    "destination",
    "device",
    "levels",
    "origin",
    "principal",
    "request",
    "resource",
    "source",
];

/// The fields of a name, if they are known.
pub(super) fn fields(path: &str) -> Option<&'static [&'static str]> {
    Some(match path {
        "resource" => &["labels", "name", "service", "type"],
        "request" => &[
            "auth", "headers", "host", "id", "method", "path", "protocol", "query", "reason",
            "scheme", "size", "time",
        ],
        "request.auth" => &[
            "access_levels",
            "audiences",
            "claims",
            "presenter",
            "principal",
        ],
        "destination" => &["ip", "labels", "port", "principal", "region_code"],
        _ => return None,
    })
}

/// The functions: those of IAM, of CEL, and of CEL's extensions for texts.
pub(super) const FUNCTIONS: &[&str] = &[
    "all",
    "bool",
    "bytes",
    "charAt",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "exists",
    "exists_one",
    "extract",
    "filter",
    "getAttribute",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "has",
    "hasAny",
    "hasOnly",
    "hasTagKey",
    "hasTagKeyId",
    "inIpRange",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "map",
    "matchTag",
    "matchTagId",
    "matches",
    "replace",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "timestamp",
    "trim",
    "type",
    "uint",
    "upperAscii",
];

/// What a name or function is, where it is plainly neither true nor false.
pub(super) fn kind_of_name(path: &str) -> Option<&'static str> {
    Some(match path {
        "resource.name" | "resource.service" | "resource.type" | "request.host"
        | "request.path" => "a text",
        "request.time" => "a time",
        "request.auth.access_levels" => "a list",
        _ => return None,
    })
}

/// What a function gives, where it is plainly neither true nor false.
pub(super) fn kind_of_function(name: &str) -> Option<&'static str> {
    Some(match name {
        "timestamp" => "a time",
        "duration" => "a length of time",
        "extract" => "a text",
        "size" => "a number",
        _ if name.starts_with("get") && name != "getAttribute" && FUNCTIONS.contains(&name) => {
            "a number"
        }
        _ => return None,
    })
}
