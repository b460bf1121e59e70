//! Lists that come in pages, each page asked for with patience: reading changes nothing, and a person is waiting.

use std::time::Duration;

use daypass_engine::ports::{IamError, Random};
use serde_json::Value;

use crate::connect::Google;
use crate::credentials::Identity;
use crate::random::OsRandom;
use crate::transport::Call;

/// Most pages of one list. A list that is longer is an error, not a shorter list.
const MOST_PAGES: usize = 200;

/// How often a read is tried. More would outlast the patience of the person who waits; the next click asks again.
const TRIES: u32 = 3;

/// The pause before the second try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(150);

/// The longest pause that is waited out when Google names one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Google {
    /// What stands under `field` on every page. An answer that is anything else than a page is an error.
    pub(crate) async fn pages(
        &self,
        identity: &Identity,
        mut call: Call<'_>,
        field: &str,
    ) -> Result<Vec<Value>, IamError> {
        let mut entries = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let Value::Object(mut answer) = self.patiently(identity, &call).await? else {
                return Err(malformed("something else than an object"));
            };
            match answer.remove(field) {
                None => {}
                Some(Value::Array(list)) => entries.extend(list),
                Some(_) => return Err(malformed(&format!("'{field}' that is no list"))),
            }
            match answer.remove("nextPageToken") {
                None => return Ok(entries),
                Some(Value::String(next)) if next.is_empty() => return Ok(entries),
                Some(Value::String(next)) if token.as_ref() == Some(&next) => {
                    return Err(malformed("the same page twice"));
                }
                Some(Value::String(next)) => {
                    turn(&mut call, &next);
                    token = Some(next);
                }
                Some(_) => return Err(malformed("a page token that is no text")),
            }
        }
        Err(malformed("a list that does not end"))
    }

    /// One read, tried again when Google is busy or out of reach.
    pub(crate) async fn patiently(
        &self,
        identity: &Identity,
        call: &Call<'_>,
    ) -> Result<Value, IamError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            let wait = match self.call(identity, call).await {
                Err(
                    IamError::Throttled { retry_after } | IamError::Unavailable { retry_after, .. },
                ) if retry_after.is_none_or(|wait| wait <= LONGEST_PAUSE) => {
                    retry_after.unwrap_or_default()
                }
                answer => return answer,
            };
            tokio::time::sleep(wait.max(jittered(pause))).await;
            pause *= 2;
        }
        self.call(identity, call).await
    }
}

/// Asks for another page: in the body, where the question is in one.
fn turn(call: &mut Call<'_>, page: &str) {
    if let Some(body) = &mut call.body {
        body["pageToken"] = page.into();
    } else {
        call.query.retain(|(name, _)| *name != "pageToken");
        call.query.push(("pageToken", page.to_owned()));
    }
}

pub(crate) fn malformed(what: &str) -> IamError {
    IamError::Malformed {
        message: format!("it has {what}"),
    }
}

/// Between half of the pause and all of it, so that many who failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    OsRandom.fill(&mut byte);
    pause.mul_f64(0.5 + f64::from(byte[0]) / 510.0)
}
