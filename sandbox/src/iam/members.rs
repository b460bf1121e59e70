//! The forms that a member of a binding can take (facts 1.1), and who they stand for.

/// A member, taken apart. Emails are in lower case, since IAM compares them so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    User(String),
    ServiceAccount(String),
    Group(String),
    Domain(String),
    /// `allUsers` or `allAuthenticatedUsers`.
    Public(&'static str),
    /// `principal://…` and `principalSet://…`; the case matters here.
    Federated(String),
    /// `deleted:…?uid=…`; grants nothing.
    Deleted(String),
    /// `projectOwner:`, `projectEditor:`, `projectViewer:`; buckets only.
    ProjectTeam {
        role: &'static str,
        project: String,
    },
    /// A Kubernetes service account, `PROJECT.svc.id.goog[ns/name]`.
    Workload(String),
}

const PROJECT_TEAMS: [(&str, &str); 3] = [
    ("projectOwner", "roles/owner"),
    ("projectEditor", "roles/editor"),
    ("projectViewer", "roles/viewer"),
];

impl Member {
    /// `None` if the form is not one that IAM knows.
    pub(crate) fn parse(text: &str) -> Option<Member> {
        match text {
            "allUsers" => return Some(Member::Public("allUsers")),
            "allAuthenticatedUsers" => return Some(Member::Public("allAuthenticatedUsers")),
            _ if text.starts_with("principal://") || text.starts_with("principalSet://") => {
                return Some(Member::Federated(text.to_owned()));
            }
            _ => {}
        }
        let (form, value) = text.split_once(':')?;
        let lower = value.to_lowercase();
        if value.is_empty() {
            return None;
        }
        let has_address = lower
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        match form {
            "user" if has_address => Some(Member::User(lower)),
            "group" if has_address => Some(Member::Group(lower)),
            "serviceAccount" if lower.contains(".svc.id.goog[") => Some(Member::Workload(lower)),
            "serviceAccount" if has_address => Some(Member::ServiceAccount(lower)),
            "domain" if !value.contains('@') => Some(Member::Domain(lower)),
            "deleted" if value.contains("?uid=") || value.starts_with("principal") => {
                Some(Member::Deleted(value.to_owned()))
            }
            _ => PROJECT_TEAMS
                .iter()
                .find(|(prefix, _)| *prefix == form)
                .map(|(_, role)| Member::ProjectTeam {
                    role,
                    project: value.to_owned(),
                }),
        }
    }

    pub(crate) fn is_group(&self) -> bool {
        matches!(self, Member::Group(_))
    }
}

/// Whether two members are the same one: without regard to case, except for federated principals.
pub(crate) fn same_member(left: &str, right: &str) -> bool {
    if left.starts_with("principal") || right.starts_with("principal") {
        left == right
    } else {
        left.eq_ignore_ascii_case(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_told_apart() {
        assert_eq!(
            Member::parse("user:Alice@Example.com"),
            Some(Member::User("alice@example.com".into()))
        );
        assert_eq!(
            Member::parse("domain:example.com"),
            Some(Member::Domain("example.com".into()))
        );
        assert_eq!(
            Member::parse("deleted:user:a@example.com?uid=12"),
            Some(Member::Deleted("user:a@example.com?uid=12".into()))
        );
        for bad in [
            "alice@example.com",
            "user:",
            "user:alice",
            "robot:a@b.c",
            "deleted:user:a@b.c",
            "",
        ] {
            assert_eq!(Member::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn case_counts_only_in_federated_principals() {
        assert!(same_member("user:A@x.y", "user:a@x.y"));
        assert!(!same_member("principal://iam/x/A", "principal://iam/x/a"));
    }
}
