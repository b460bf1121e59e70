//! The sandbox's own routing: method, path template and custom verb. One port serves every API, so
//! the table also says which service a path belongs to.

use http::Method;

use super::errors::ApiError;
use super::reply::Reply;
use super::request::Call;
use crate::cloud::Cloud;

pub(crate) type Handler = fn(&Cloud, &Call<'_>) -> Result<Reply, ApiError>;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// A bearer token is needed.
    Token,
    /// Anybody: token endpoints and discovery.
    Open,
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// `v1/projects/{}:getIamPolicy`: `{}` takes one segment, what follows the last `:` is the verb.
    pub(crate) template: &'static str,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

impl Route {
    pub(crate) const fn new(
        service: &'static str,
        method: &'static str,
        template: &'static str,
        operation: &'static str,
        handler: Handler,
    ) -> Route {
        Route {
            method,
            template,
            service,
            operation,
            access: Access::Token,
            handler,
        }
    }

    pub(crate) const fn open(mut self) -> Route {
        self.access = Access::Open;
        self
    }

    /// The values of the variables, if the path fits.
    pub(crate) fn matches(&self, method: &Method, segments: &[String]) -> Option<Vec<String>> {
        if self.method != method.as_str() {
            return None;
        }
        let (template, verb) = match self.template.rsplit_once(':') {
            Some((template, verb)) => (template, Some(verb)),
            None => (self.template, None),
        };
        let mut wanted = template.split('/');
        let mut values = Vec::new();
        let last = segments.len().checked_sub(1)?;
        for (index, segment) in segments.iter().enumerate() {
            let mut segment = segment.as_str();
            if index == last
                && let Some(verb) = verb
            {
                segment = segment.strip_suffix(verb)?.strip_suffix(':')?;
            }
            match wanted.next()? {
                "{}" if !segment.is_empty() => values.push(segment.to_owned()),
                literal if literal == segment => {}
                _ => return None,
            }
        }
        wanted.next().is_none().then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &'static str, path: &str) -> Option<Vec<String>> {
        let handler: Handler = |_, _| Err(ApiError::internal());
        let route = Route::new("s", "POST", template, "o", handler);
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        route.matches(&Method::POST, &segments)
    }

    #[test]
    fn verbs_split_at_the_last_colon() {
        assert_eq!(
            values("v1/projects/{}:getIamPolicy", "v1/projects/p:getIamPolicy"),
            Some(vec!["p".into()])
        );
        assert_eq!(
            values(
                "v1/projects/{}:getIamPolicy",
                "v1/projects/a.com:p:getIamPolicy"
            ),
            Some(vec!["a.com:p".into()])
        );
        assert_eq!(
            values("v1/projects/{}:getIamPolicy", "v1/projects/p:setIamPolicy"),
            None
        );
        assert_eq!(values("v1/projects/{}:getIamPolicy", "v1/projects/p"), None);
        assert_eq!(
            values(
                "v1/roles:queryGrantableRoles",
                "v1/roles:queryGrantableRoles"
            ),
            Some(vec![])
        );
        assert_eq!(
            values("storage/v1/b/{}/iam", "storage/v1/b/x/iam"),
            Some(vec!["x".into()])
        );
        assert_eq!(values("storage/v1/b/{}/iam", "storage/v1/b/x/iam/y"), None);
    }
}
