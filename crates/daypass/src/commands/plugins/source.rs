//! Where a plugin comes from: a file, or an https address.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use daypass_session::plugins::{Incoming, LARGEST_PLUGIN, PluginError, PluginName};
use reqwest::redirect::{Attempt, Policy};
use url::Url;

use crate::error::Error;
use crate::output::visible;

/// How long to try to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing may come.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the whole may take: the largest plugin at half a mebibyte a second.
const TIMEOUT: Duration = Duration::from_mins(10);
/// How often an address may send on to another. GitHub's releases need one.
const MAX_REDIRECTS: usize = 5;

/// How much is read of a file at once, in bytes.
const CHUNK: usize = 64 * 1024;

#[derive(Debug)]
pub(super) enum Source {
    File(PathBuf),
    /// Always https.
    Address(Url),
}

impl Source {
    /// An address is what has a scheme; anything else is a file.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        if !text.contains("://") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let refuse = |message: String| Error::Usage {
            message,
            hint: "name a file, or an address such as https://example.com/daypass-hello".into(),
        };
        let url = Url::parse(text)
            .map_err(|_| refuse(format!("'{}' is not an address", visible(text))))?;
        if url.scheme() != "https" {
            return Err(refuse(format!("{} is not https", visible(&shown(&url)))));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(
                "an address with a password in it is not used".into(),
            ));
        }
        Ok(Self::Address(url))
    }

    /// The plugin's name by the name of the file, with or without `daypass-` in front.
    pub(super) fn name(&self) -> Result<PluginName, Error> {
        let file = match self {
            Self::File(path) => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
            Self::Address(url) => url
                .path_segments()
                .and_then(|mut segments| segments.next_back())
                .map(str::to_owned),
        };
        let file = file.unwrap_or_default();
        let name = file.strip_prefix("daypass-").unwrap_or(&file);
        PluginName::parse(name).map_err(|_| Error::Usage {
            message: format!("'{}' gives no name for a plugin", visible(&file)),
            hint: "say how it is to be called: --name NAME".into(),
        })
    }

    /// Reads it into the folder of plugins, where it stays unfinished until its checksum is found to be right.
    pub(super) async fn read(&self, folder: &Path) -> Result<Incoming, Error> {
        match self {
            Self::File(path) => read_file(path, folder).map_err(Error::from),
            Self::Address(url) => download(url, folder).await,
        }
    }
}

fn read_file(path: &Path, folder: &Path) -> Result<Incoming, PluginError> {
    let failed = |source| PluginError::File {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    // Before it is opened: to open a pipe is to wait for its other end.
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        let why = io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file");
        return Err(failed(why));
    }
    if about.len() > LARGEST_PLUGIN {
        return Err(PluginError::TooLarge);
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut incoming = Incoming::begin(folder)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(incoming),
            Ok(length) => incoming.write(&chunk[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

async fn download(url: &Url, folder: &Path) -> Result<Incoming, Error> {
    let failed = |error: reqwest::Error| failure(url, &error);
    let http = reqwest::Client::builder()
        .user_agent(concat!("daypass/", env!("CARGO_PKG_VERSION")))
        .https_only(true)
        .redirect(Policy::custom(redirect))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .timeout(TIMEOUT)
        .build()
        .map_err(failed)?;
    let mut response = http.get(url.clone()).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(refusal(
            url,
            &format!("the server answers {}", response.status()),
        ));
    }
    if response
        .content_length()
        .is_some_and(|length| length > LARGEST_PLUGIN)
    {
        return Err(PluginError::TooLarge.into());
    }
    let mut incoming = Incoming::begin(folder)?;
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        incoming.write(&chunk)?;
    }
    Ok(incoming)
}

/// The checksum is what is trusted; https keeps others from seeing what is fetched, and from answering at all.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.url().scheme() != "https" {
        return attempt.error("it sends on to an address that is not https");
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("it sends on too often");
    }
    attempt.follow()
}

/// The address without its query, which may hold a signature.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_password(None);
    url.to_string()
}

fn failure(url: &Url, error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return refusal(url, "it takes too long");
    }
    // The innermost cause says most: `Connection refused`, the certificate, the redirect.
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    refusal(url, &innermost.to_string())
}

fn refusal(url: &Url, why: &str) -> Error {
    Error::Server {
        message: format!("cannot fetch {}: {why}", shown(url)),
        hint: Some("nothing was installed; fetch it in another way and install the file".into()),
    }
}
