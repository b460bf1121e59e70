//! Each key of the configuration as an environment variable: `DAYPASS_SERVE_LISTEN`, `DAYPASS_SERVE_LOGIN_ISSUER`, …
//!
//! The value is read as YAML, so that lists and maps can be given, too: `DAYPASS_SERVE_TRUSTED_PROXIES=[10.0.0.0/8]`.

use serde_json::Value;

use super::{Configuration, ConfigurationError};

const PREFIX: &str = "DAYPASS_SERVE_";

/// The keys that can be set, by their path.
const KEYS: &[&[&str]] = &[
    &["listen"],
    &["public_url"],
    &["trusted_proxies"],
    &["store"],
    &["keys", "dir"],
    &["entitlements"],
    &["login", "issuer"],
    &["login", "client_id"],
    &["login", "client_secret_file"],
    &["login", "allowed_domains"],
    &["machines"],
    &["groups", "file"],
    &["groups", "cloud_identity", "customer"],
    &["google", "brokers"],
    &["google", "endpoints"],
    &["google", "credentials_file"],
    &["google", "sandbox_url"],
    &["auditors"],
    &["requests", "open"],
    &["requests", "an_hour"],
    &["sandbox"],
];

/// A variable that overrides a key.
pub(super) struct Override {
    name: String,
    value: String,
}

/// The variables that are set.
pub(super) fn overrides() -> Vec<Override> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, value)| Override { name, value })
        .collect()
}

/// The file's text with the variables laid over it.
pub(super) fn apply(
    text: &str,
    overrides: &[Override],
) -> Result<Configuration, ConfigurationError> {
    let wrong = |key: &str, message: String| ConfigurationError::Key {
        key: key.to_owned(),
        message,
        hint: format!(
            "variables are {}",
            KEYS.iter()
                .map(|path| variable(path))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let mut whole: Value =
        serde_saphyr::from_str(text).map_err(|error| wrong("the file", error.to_string()))?;
    for Override { name, value } in overrides {
        let path = KEYS
            .iter()
            .find(|path| variable(path) == *name)
            .ok_or_else(|| wrong(name, "there is no such key".into()))?;
        let value: Value =
            serde_saphyr::from_str(value).map_err(|error| wrong(name, error.to_string()))?;
        set(&mut whole, path, value);
    }
    serde_json::from_value(whole).map_err(|error| wrong("the environment", error.to_string()))
}

fn variable(path: &[&str]) -> String {
    format!("{PREFIX}{}", path.join("_").to_uppercase())
}

fn set(target: &mut Value, path: &[&str], value: Value) {
    let [key, rest @ ..] = path else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(fields) = target {
        set(
            fields.entry((*key).to_owned()).or_insert(Value::Null),
            rest,
            value,
        );
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_variable_lies_over_the_file() {
        let mut whole = serde_json::json!({"listen": "127.0.0.1:1", "login": {"issuer": "a", "client_id": "b"}});
        set(&mut whole, &["login", "issuer"], "c".into());
        set(&mut whole, &["groups", "file"], "g.yaml".into());
        assert_eq!(
            whole,
            serde_json::json!({"listen": "127.0.0.1:1", "login": {"issuer": "c", "client_id": "b"}, "groups": {"file": "g.yaml"}})
        );
    }

    const FILE: &str = "
listen: 127.0.0.1:1
public_url: https://daypass.example.com
store: sqlite:a
keys: {dir: k}
entitlements: [{path: e}]
login: {issuer: i, client_id: c, client_secret_file: s, allowed_domains: [example.com]}
";

    fn with(name: &str, value: &str) -> Result<Configuration, ConfigurationError> {
        let one = Override {
            name: format!("{PREFIX}{name}"),
            value: value.into(),
        };
        apply(FILE, &[one])
    }

    /// G-1 to G-3: a switch is on, or off, or a mistake that is told; no word is taken for off because nobody knows it.
    #[test]
    fn a_switch_is_on_or_off_or_a_mistake() {
        for (value, is_on) in [
            ("true", true),
            ("TRUE", true),
            ("y", true),
            ("Yes", true),
            ("on", true),
            ("false", false),
            ("No", false),
            ("off", false),
        ] {
            let configuration = with("SANDBOX", value).unwrap();
            assert_eq!(configuration.sandbox, is_on, "{value}");
        }
        for value in [
            "derp",
            "snek",
            "\u{1f40d}",
            "",
            "0",
            "1",
            "t",
            "'true'",
            "[true]",
        ] {
            let error = with("SANDBOX", value).unwrap_err();
            assert!(error.to_string().contains("bool"), "{value}: {error}");
        }
    }

    /// G-5, G-6: several domains are a list, in a variable as in the file.
    #[test]
    fn a_list_is_a_list_in_a_variable_too() {
        let domains = |value: &str| {
            with("LOGIN_ALLOWED_DOMAINS", value)
                .map(|configuration| configuration.login.unwrap().allowed_domains)
        };
        assert_eq!(domains("[example.com]").unwrap(), ["example.com"]);
        assert_eq!(
            domains("[ example.com,  example.org ,   example.net ]").unwrap(),
            ["example.com", "example.org", "example.net"]
        );
        for wrong in ["", "example.com", "example.com example.org"] {
            assert!(domains(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_the_known_ones() {
        let overrides = [Override {
            name: "DAYPASS_SERVE_LISTNE".into(),
            value: "x".into(),
        }];
        let error = apply("listen: 127.0.0.1:1", &overrides).unwrap_err();
        assert!(
            error.hint().unwrap().contains("DAYPASS_SERVE_LISTEN"),
            "{error}"
        );
    }
}
