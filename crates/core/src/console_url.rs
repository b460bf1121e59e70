//! Addresses of the Cloud Console, where people copy a project from.

use url::Url;

use crate::Error;
use crate::resource::ResourceName;

/// Reads what stands where a project is expected: a resource name, a bare project id, or an address of the Cloud
/// Console with `?project=ID`. Anything that is an address but names no project is an error; nothing is guessed.
pub fn project_or_resource(text: &str) -> Result<ResourceName, Error> {
    let text = text.trim();
    if text.contains("://") {
        let refuse = || Error::ConsoleUrl(crate::justification::printable(text, 120));
        let url = Url::parse(text).map_err(|_| refuse())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse());
        }
        let mut projects = url
            .query_pairs()
            .filter(|(name, _)| name == "project")
            .map(|(_, value)| value);
        let project = projects.next().ok_or_else(refuse)?;
        // Two different answers are no answer: the approver would see one and the policy get the other.
        if projects.any(|other| other != project) {
            return Err(refuse());
        }
        return format!("projects/{project}").parse().map_err(|_| refuse());
    }
    if text.contains('/') {
        text.parse()
    } else {
        format!("projects/{text}").parse()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn console_addresses_ids_and_names() {
        for text in [
            "https://console.cloud.google.com/home/dashboard?project=test",
            "https://console.cloud.google.com/apis/dashboard?project=test&authuser=1",
            "test",
            "projects/test",
        ] {
            assert_eq!(
                project_or_resource(text).unwrap().as_str(),
                "projects/test",
                "{text}"
            );
        }
        assert_eq!(
            project_or_resource("haha-har").unwrap().as_str(),
            "projects/haha-har"
        );
        assert_eq!(
            project_or_resource("https://console.cloud.google.com/?project=example.com:p")
                .unwrap()
                .as_str(),
            "projects/example.com:p"
        );
    }

    #[test]
    fn an_address_without_a_project_is_an_error() {
        for text in [
            "https://console.cloud.google.com/home/dashboard?ted=test",
            "http://test.com",
            "https://x/?project=",
            "https://x/?project=a&project=b",
            "https://x/?project=../organizations/1",
            "javascript://x/?project=test",
        ] {
            assert!(
                matches!(project_or_resource(text), Err(Error::ConsoleUrl(_))),
                "{text}"
            );
        }
    }
}
