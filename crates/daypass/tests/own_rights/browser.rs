//! A browser as far as these pages need one: cookies, forms, redirects that are followed by hand.

use std::collections::BTreeMap;

use reqwest::{Client, Response, redirect};

use crate::server::Server;

/// Somebody's browser.
pub(crate) struct Browser {
    base: String,
    client: Client,
    cookies: BTreeMap<String, String>,
    /// The hidden fields of the page that was opened last.
    hidden: BTreeMap<String, String>,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it leads.
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Browser {
    /// A browser in which somebody of the sandbox has signed in.
    pub(crate) async fn signed_in(server: &Server, name: &str) -> Self {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let mut browser = Self {
            base: server.url.clone(),
            client,
            cookies: BTreeMap::new(),
            hidden: BTreeMap::new(),
        };
        browser
            .sign_in(&format!("/login?as={name}@example.com"))
            .await;
        browser
    }

    /// Goes to the identity provider and comes back.
    pub(crate) async fn sign_in(&mut self, path: &str) {
        let begun = self.get(path).await;
        let provider = begun.location.unwrap_or_else(|| panic!("{}", begun.text));
        let chosen = self.client.get(&provider).send().await.unwrap();
        let back = location(&chosen).expect("the provider leads back");
        let path = back
            .strip_prefix(&self.base)
            .expect("to this server")
            .to_owned();
        let done = self.get(&path).await;
        assert!(done.location.is_some(), "{}", done.text);
    }

    /// Opens a page.
    pub(crate) async fn open(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.hidden = hidden(&answer.text);
        answer.text
    }

    /// Sends the form of the page that was opened last, to this path.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = self.hidden.clone();
        form.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("cookie", self.cookie())
            .header("origin", &self.base)
            .form(&form);
        self.answer(request.send().await.unwrap()).await
    }

    async fn get(&mut self, path: &str) -> Answer {
        let request = self
            .client
            .get(format!("{}{path}", self.base))
            .header("cookie", self.cookie());
        self.answer(request.send().await.unwrap()).await
    }

    async fn answer(&mut self, response: Response) -> Answer {
        for value in response.headers().get_all("set-cookie") {
            let (pair, _) = value.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: response.status().as_u16(),
            location: location(&response),
            text: response.text().await.unwrap(),
        }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

fn location(response: &Response) -> Option<String> {
    let value = response.headers().get("location")?;
    Some(value.to_str().unwrap().to_owned())
}

/// The hidden fields of a page; those of the same name are the same on it.
fn hidden(page: &str) -> BTreeMap<String, String> {
    let quoted = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    page.split("<input type=\"hidden\" ")
        .skip(1)
        .filter_map(|field| Some((quoted(field, "name")?, quoted(field, "value")?)))
        .collect()
}
