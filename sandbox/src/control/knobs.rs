//! Clock, skew, latency, faults and hostile logins.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, body, duration, refused};
use crate::cloud::Cloud;
use crate::http::faults::Fault;
use crate::http::request::Received;
use crate::openid::hostile::Hostility;

pub(super) fn overview(cloud: &Cloud) -> Value {
    let tunnel = cloud.tunnel();
    json!({
        "base_url": cloud.base_url(),
        "issuer": cloud.base_url(),
        "tunnel_url": tunnel.map(|(url, _)| url),
        "ca_pem": tunnel.map(|(_, ca)| ca),
        "now": cloud.now(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

pub(super) fn clock(cloud: &Cloud) -> Value {
    json!({
        "now": cloud.now(),
        "offset_seconds": cloud.clock().offset_seconds(),
        "frozen": cloud.clock().is_frozen(),
        "date_shift_seconds": cloud.clock().date_shift_seconds(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance: Option<String>,
    set: Option<Timestamp>,
    frozen: Option<bool>,
}

pub(super) fn set_clock(cloud: &Cloud, received: &Received) -> Answer {
    let change: ClockChange = body(received)?;
    // In this order, a time that is set together with `frozen` is exact.
    if let Some(frozen) = change.frozen {
        cloud.freeze(frozen);
    }
    if let Some(time) = change.set {
        cloud.set_time(time);
    }
    if let Some(by) = change.advance {
        cloud.advance(duration(&by)?);
    }
    Ok(clock(cloud))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DateShift {
    seconds: i64,
}

pub(super) fn shift_date(cloud: &Cloud, received: &Received) -> Answer {
    let DateShift { seconds } = body(received)?;
    cloud.shift_date(seconds);
    Ok(clock(cloud))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    milliseconds: u64,
}

pub(super) fn latency(cloud: &Cloud) -> Value {
    json!({ "milliseconds": u64::try_from(cloud.latency().as_millis()).unwrap_or(u64::MAX) })
}

pub(super) fn set_latency(cloud: &Cloud, received: &Received) -> Answer {
    let Latency { milliseconds } = body(received)?;
    cloud.set_latency(Duration::from_millis(milliseconds));
    Ok(json!({ "milliseconds": milliseconds }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    most: Option<usize>,
}

pub(super) fn pages(cloud: &Cloud) -> Value {
    json!({ "most": cloud.largest_page() })
}

/// `{"most": 2}`: no page of a list has more entries; `{"most": null}` lifts it.
pub(super) fn set_pages(cloud: &Cloud, received: &Received) -> Answer {
    let Pages { most } = body(received)?;
    cloud.set_largest_page(most);
    Ok(pages(cloud))
}

pub(super) fn faults(cloud: &Cloud) -> Value {
    json!({ "faults": cloud.faults().list() })
}

/// One fault, a list of them, or `{"faults": […]}`.
pub(super) fn add_faults(cloud: &Cloud, received: &Received) -> Answer {
    let sent: Value = body(received)?;
    let list = match sent {
        Value::Array(list) => list,
        Value::Object(mut fields) if fields.len() == 1 && fields.contains_key("faults") => {
            match fields.remove("faults") {
                Some(Value::Array(list)) => list,
                _ => return Err(refused("faults must be a list")),
            }
        }
        one => vec![one],
    };
    let mut parsed = Vec::new();
    for fault in list {
        let fault: Fault = serde_json::from_value(fault)
            .map_err(|error| refused(format!("not a fault: {error}")))?;
        parsed.push(fault);
    }
    for fault in parsed {
        cloud.add_fault(fault);
    }
    Ok(faults(cloud))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextLogin {
    hostile: Option<Hostility>,
}

/// What is wrong with the ID token of the next login.
pub(super) fn set_hostility(cloud: &Cloud, received: &Received) -> Answer {
    let NextLogin { hostile } = body(received)?;
    cloud.set_hostility(hostile);
    Ok(json!({ "hostile": hostile }))
}
