//! What Daypass itself is told in front of a tool.

use daypass_core::duration::Duration;
use daypass_core::email::Email;

use super::ArgumentError;
use super::address;

/// Daypass's own flags of a wrapper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnFlags {
    /// `-s`, `--service-account`, `--service-account-email`: whom to act as.
    pub service_account: Option<Email>,
    /// `-R`, `--reason`: why; may be empty, which is for the caller to refuse.
    pub reason: Option<String>,
    /// `-p`, `--project`: where the tool is to work.
    pub project: Option<String>,
    /// `--for`: how long the session lasts.
    pub lasts: Option<Duration>,
    /// `--server`: the address of the Daypass server.
    pub server: Option<String>,
    /// `--grant`: the id of the grant behind the session.
    pub grant: Option<String>,
    /// `--entitlement`: the id of the entitlement to ask for.
    pub entitlement: Option<String>,
    /// `--direct`: the person's own credentials mint the token.
    pub direct: bool,
    /// `--brokered`: the server decides and mints the token.
    pub brokered: bool,
    /// `--renew`: renew the token while that is allowed.
    pub renew: bool,
    /// `-y`, `--yes`: do not ask for confirmation.
    pub yes: bool,
    /// `--non-interactive`: never ask anything.
    pub non_interactive: bool,
    /// `-h` or `--help` was the first argument.
    pub help: bool,
}

/// One of the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    ServiceAccount,
    Reason,
    Project,
    For,
    Server,
    Grant,
    Entitlement,
    Direct,
    Brokered,
    Renew,
    Yes,
    NonInteractive,
}

/// The long names, without their dashes.
pub(super) const LONG: [(&str, Flag); 13] = [
    ("service-account-email", Flag::ServiceAccount),
    ("service-account", Flag::ServiceAccount),
    ("reason", Flag::Reason),
    ("project", Flag::Project),
    ("for", Flag::For),
    ("server", Flag::Server),
    ("grant", Flag::Grant),
    ("entitlement", Flag::Entitlement),
    ("direct", Flag::Direct),
    ("brokered", Flag::Brokered),
    ("renew", Flag::Renew),
    ("yes", Flag::Yes),
    ("non-interactive", Flag::NonInteractive),
];

impl Flag {
    /// The flag of a long name, `--` left away.
    pub(super) fn of_long(name: &[u8]) -> Option<Self> {
        let found = LONG.iter().find(|(long, _)| long.as_bytes() == name);
        found.map(|(_, flag)| *flag)
    }

    /// The flag of a single letter.
    pub(super) fn of_short(letter: u8) -> Option<Self> {
        match letter {
            b's' => Some(Self::ServiceAccount),
            b'R' => Some(Self::Reason),
            b'p' => Some(Self::Project),
            b'y' => Some(Self::Yes),
            _ => None,
        }
    }

    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ServiceAccount => "-s",
            Self::Reason => "-R",
            Self::Project => "-p",
            Self::For => "--for",
            Self::Server => "--server",
            Self::Grant => "--grant",
            Self::Entitlement => "--entitlement",
            Self::Direct => "--direct",
            Self::Brokered => "--brokered",
            Self::Renew => "--renew",
            Self::Yes => "-y",
            Self::NonInteractive => "--non-interactive",
        }
    }

    /// Whether it is only there or not.
    pub(super) fn is_switch(self) -> bool {
        matches!(
            self,
            Self::Direct | Self::Brokered | Self::Renew | Self::Yes | Self::NonInteractive
        )
    }
}

impl OwnFlags {
    pub(super) fn switch_on(&mut self, flag: Flag) {
        match flag {
            Flag::Direct => self.direct = true,
            Flag::Brokered => self.brokered = true,
            Flag::Renew => self.renew = true,
            Flag::Yes => self.yes = true,
            Flag::NonInteractive => self.non_interactive = true,
            Flag::ServiceAccount
            | Flag::Reason
            | Flag::Project
            | Flag::For
            | Flag::Server
            | Flag::Grant
            | Flag::Entitlement => {}
        }
    }

    /// Takes a flag's value, which must have the flag's form and be the first.
    pub(super) fn set(&mut self, flag: Flag, value: &str) -> Result<(), ArgumentError> {
        let text = || value.to_owned();
        match flag {
            Flag::ServiceAccount => {
                let account = address::service_account(value)?;
                once(&mut self.service_account, account, flag)
            }
            Flag::Project if !address::is_project(value) => Err(ArgumentError::NotAProject(text())),
            Flag::For => {
                let lasts = Duration::parse(value).map_err(ArgumentError::Duration)?;
                once(&mut self.lasts, lasts, flag)
            }
            Flag::Project => once(&mut self.project, text(), flag),
            Flag::Reason => once(&mut self.reason, text(), flag),
            Flag::Server => once(&mut self.server, text(), flag),
            Flag::Grant => once(&mut self.grant, text(), flag),
            Flag::Entitlement => once(&mut self.entitlement, text(), flag),
            Flag::Direct | Flag::Brokered | Flag::Renew | Flag::Yes | Flag::NonInteractive => {
                Err(ArgumentError::TakesNoValue(flag.name()))
            }
        }
    }

    /// What must hold between the flags.
    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        if self.direct && self.brokered {
            return Err(ArgumentError::BothWays);
        }
        Ok(())
    }
}

fn once<T: ToString>(place: &mut Option<T>, value: T, flag: Flag) -> Result<(), ArgumentError> {
    if let Some(first) = place {
        return Err(ArgumentError::Twice {
            flag: flag.name(),
            first: first.to_string(),
            second: value.to_string(),
        });
    }
    *place = Some(value);
    Ok(())
}
