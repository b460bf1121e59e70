//! What ephemeral-iam had a key for, and Daypass has not: each with its reason.

/// Keys that are gone; one with a dot at its end stands for all below it.
const GONE: [(&str, &str); 9] = [
    (
        "authproxy.proxyaddress",
        "the proxy listens on this machine only",
    ),
    (
        "authproxy.proxyport",
        "each session's proxy has a free port of its own",
    ),
    ("authproxy.logdir", "each session says where its log is"),
    (
        "authproxy.certfile",
        "the proxy's certificate authority is in memory only",
    ),
    (
        "authproxy.keyfile",
        "the proxy's private key is in memory only",
    ),
    (
        "github.",
        "no tokens are kept; 'daypass plugins install FILE_OR_URL --sha256 HEX' needs none",
    ),
    ("logging.disableleveltruncation", LEVELS),
    ("logging.padleveltext", LEVELS),
    ("plugins.", "'daypass plugins list' shows what is installed"),
];

const LEVELS: &str = "the log writes levels in one way";

/// Why there is no such key any more; none if there never was one.
pub(super) fn reason(key: &str) -> Option<&'static str> {
    let is_it = |gone: &str| match gone.strip_suffix('.') {
        Some(section) => key == section || key.starts_with(gone),
        None => key == gone,
    };
    let found = GONE.iter().find(|(gone, _)| is_it(gone));
    found.map(|(_, reason)| *reason)
}
