//! What a client wants to reach, read strictly: whatever two programs could read differently is not a host.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest name of the DNS, in bytes without a last dot (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// A host as it is compared, resolved and certified: in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A name in lower case: letters, digits, hyphens and dots, and nothing that stands for another script.
    Name(Box<str>),
    /// An address.
    Address(IpAddr),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
}

/// Why a text is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATarget {
    /// Neither a name nor an address in its usual spelling.
    #[error("this is not a host name, or not in its plain spelling")]
    Host,
    /// No port, or one that is not a plain number.
    #[error("a port is a number from 1 to 65535")]
    Port,
}

impl Target {
    /// Reads `host:port`. Without a port it is the given one, if any.
    pub fn parse(text: &str, default_port: Option<u16>) -> Result<Self, NotATarget> {
        let (host, port) = split(text)?;
        let port = match port {
            Some(port) => parse_port(port)?,
            None => default_port.ok_or(NotATarget::Port)?,
        };
        Ok(Self {
            host: Host::parse(host)?,
            port,
        })
    }

    /// How requests name it: without the port of https.
    pub fn authority(&self) -> String {
        if self.port == 443 {
            self.host.to_string()
        } else {
            self.to_string()
        }
    }
}

/// Host and port; the brackets of an IPv6 address stay with the host.
fn split(text: &str) -> Result<(&str, Option<&str>), NotATarget> {
    let after_bracket = text.rfind(']').map_or(0, |place| place + 1);
    let rest = text.get(after_bracket..).ok_or(NotATarget::Host)?;
    if after_bracket > 0 && !rest.is_empty() && !rest.starts_with(':') {
        return Err(NotATarget::Host);
    }
    Ok(match rest.find(':') {
        Some(place) => {
            let (host, port) = text.split_at(after_bracket + place);
            (host, port.get(1..))
        }
        None => (text, None),
    })
}

fn parse_port(text: &str) -> Result<u16, NotATarget> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    match text.parse() {
        Ok(port) if is_plain => Ok(port),
        _ => Err(NotATarget::Port),
    }
}

impl Host {
    /// Reads a name or an address, as a URL spells it: an IPv6 address in brackets.
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(NotATarget::Host)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| NotATarget::Host)?;
            // One spelling: the canonical one (RFC 5952).
            let is_canonical = address.to_string().eq_ignore_ascii_case(inner);
            return is_canonical
                .then_some(Self::Address(address.into()))
                .ok_or(NotATarget::Host);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Address(address.into()));
        }
        let name = text.to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_name = name.len() <= LONGEST_NAME
            && name.split('.').all(is_label)
            // What ends in a number is an address to some resolvers, in octal, in hexadecimal or with parts left out.
            && !last.starts_with(|first: char| first.is_ascii_digit());
        is_name
            .then(|| Self::Name(name.into()))
            .ok_or(NotATarget::Host)
    }
}

/// A label of letters, digits and hyphens. Two hyphens in third place mark another encoding (RFC 5891, 4.2.3.1), such
/// as `xn--`: no host that we lend tokens to has such a name.
pub(super) fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= LONGEST_LABEL
        && bytes
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !label.starts_with('-')
        && !label.ends_with('-')
        && bytes.get(2..4) != Some(b"--")
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
