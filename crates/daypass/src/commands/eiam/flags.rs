//! Its flags as its library reads them (<https://pkg.go.dev/github.com/spf13/pflag>): `-s VALUE`, `-sVALUE`,
//! `-s=VALUE`, `--long VALUE`, `--long=VALUE`, switches in one word (`-yp PROJECT`), anywhere before `--`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::Defaults;
use crate::error::Error;
use crate::settings::{LoggingFormat, SettingsError};

/// A flag that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    ServiceAccount,
    Reason,
    Project,
    Zone,
    Instance,
    Topic,
    Bucket,
    Url,
    Format,
    Yes,
}

/// The flags with their letters and long names.
const FLAGS: [(Flag, u8, &str); 10] = [
    (Flag::ServiceAccount, b's', "service-account-email"),
    (Flag::Reason, b'R', "reason"),
    (Flag::Project, b'p', "project"),
    (Flag::Zone, b'z', "zone"),
    (Flag::Instance, b'i', "instance"),
    (Flag::Topic, b't', "topic"),
    (Flag::Bucket, b'b', "bucket"),
    (Flag::Url, b'u', "url"),
    (Flag::Format, b'f', "format"),
    (Flag::Yes, b'y', "yes"),
];

impl Flag {
    /// The same flag of ours.
    fn ours(self) -> Option<&'static str> {
        match self {
            Self::ServiceAccount => Some("-s"),
            Self::Reason => Some("-R"),
            Self::Project => Some("-p"),
            Self::Zone => Some("-z"),
            Self::Yes => Some("-y"),
            Self::Instance | Self::Topic | Self::Bucket | Self::Url | Self::Format => None,
        }
    }

    fn name(self) -> &'static str {
        let found = FLAGS.iter().find(|(flag, ..)| *flag == self);
        found.map_or("", |(.., long)| long)
    }
}

/// A line as far as it was read: flags with their values, and everything else in its order.
#[derive(Debug, Default)]
pub(super) struct Line {
    flags: Vec<(Flag, OsString)>,
    pub(super) words: Vec<OsString>,
}

impl Line {
    /// Reads the flags in front of the command; returns what begins with it.
    pub(super) fn up_to_the_command(words: &[OsString]) -> Result<(Self, &[OsString]), Error> {
        let mut line = Self::default();
        let mut left = words;
        while let Some(first) = left.first() {
            let is_flag = first.as_encoded_bytes().starts_with(b"-") && first != "--";
            if !is_flag {
                break;
            }
            left = line.next(left)?;
        }
        Ok((line, left))
    }

    /// Reads the flags anywhere; what is not known stays among the words.
    pub(super) fn read(&mut self, words: &[OsString]) -> Result<(), Error> {
        let mut left = words;
        while let Some(first) = left.first() {
            if first == "--" {
                self.words.extend_from_slice(left);
                break;
            }
            left = self.next(left)?;
        }
        Ok(())
    }

    /// Reads one argument, and the value behind it; returns what is left.
    fn next<'a>(&mut self, words: &'a [OsString]) -> Result<&'a [OsString], Error> {
        let Some((word, behind)) = words.split_first() else {
            return Ok(words);
        };
        let bytes = word.as_bytes();
        let (flag, attached) = if let Some(long) = bytes.strip_prefix(b"--") {
            let at = long.iter().position(|byte| *byte == b'=');
            let (name, value) = at.map_or((long, None), |at| (&long[..at], Some(&long[at + 1..])));
            match FLAGS.iter().find(|(.., long)| long.as_bytes() == name) {
                // `--yes=true` is a yes, and `--yes=false` none.
                Some((Flag::Yes, ..)) => {
                    if value != Some(b"false".as_slice()) {
                        self.flags.push((Flag::Yes, OsString::new()));
                    }
                    return Ok(behind);
                }
                Some((flag, ..)) => (*flag, value),
                None => return Ok(self.keep(word, behind)),
            }
        } else if let Some(mut letters) = bytes.strip_prefix(b"-") {
            let mut yes = 0;
            while let Some(rest) = letters.strip_prefix(b"y") {
                yes += 1;
                letters = rest;
            }
            let found = letters.split_first().and_then(|(letter, rest)| {
                Some((FLAGS.iter().find(|it| it.1 == *letter)?.0, rest))
            });
            if found.is_none() && !(yes > 0 && letters.is_empty()) {
                return Ok(self.keep(word, behind));
            }
            if yes > 0 {
                self.flags.push((Flag::Yes, OsString::new()));
            }
            let Some((flag, rest)) = found else {
                return Ok(behind);
            };
            let value = (!rest.is_empty()).then(|| rest.strip_prefix(b"=").unwrap_or(rest));
            (flag, value)
        } else {
            return Ok(self.keep(word, behind));
        };
        if let Some(value) = attached {
            self.flags.push((flag, OsStr::from_bytes(value).to_owned()));
            return Ok(behind);
        }
        let (value, behind) = behind.split_first().ok_or_else(|| Error::Usage {
            message: format!("--{} needs a value", flag.name()),
            hint: "'daypass eiam help' shows the commands".into(),
        })?;
        self.flags.push((flag, value.clone()));
        Ok(behind)
    }

    fn keep<'a>(&mut self, word: &OsStr, behind: &'a [OsString]) -> &'a [OsString] {
        self.words.push(word.to_owned());
        behind
    }

    /// Whether the flag is there.
    pub(super) fn has(&self, wanted: Flag) -> bool {
        self.flags.iter().any(|(flag, _)| *flag == wanted)
    }

    /// The values of a flag: ours says what is wrong with a second one.
    pub(super) fn values(&self, wanted: Flag) -> Vec<OsString> {
        let matching = self.flags.iter().filter(|(flag, _)| *flag == wanted);
        matching.map(|(_, value)| value.clone()).collect()
    }

    /// These flags by our names, each with its value.
    pub(super) fn take(&self, wanted: &[Flag]) -> Vec<OsString> {
        let matching = self.flags.iter().filter(|(flag, _)| wanted.contains(flag));
        matching
            .filter_map(|(flag, value)| Some([flag.ours()?.into(), value.clone()]))
            .flatten()
            .collect()
    }

    /// The flags that every command of ours takes.
    pub(super) fn ours(&self) -> Result<Vec<OsString>, Error> {
        let mut words = Vec::new();
        for value in self.values(Flag::Format) {
            words.extend(["-o".into(), format_of(&value)?.into()]);
        }
        words.extend(self.has(Flag::Yes).then(|| "-y".into()));
        Ok(words)
    }

    /// The same for a command that prints data: its form has a default, as the settings say.
    pub(super) fn data(&self, defaults: &Defaults) -> Result<Vec<OsString>, Error> {
        let mut words = self.ours()?;
        if !self.has(Flag::Format) && defaults.format == LoggingFormat::Json {
            words.extend(["-o".into(), "json".into()]);
        }
        Ok(words)
    }
}

/// There, `-f` was the form of the log, which all output went to.
fn format_of(value: &OsStr) -> Result<&'static str, Error> {
    match value.to_str() {
        Some("json") => Ok("json"),
        Some("text" | "debug") => Ok("table"),
        _ => Err(SettingsError::Format.into()),
    }
}
