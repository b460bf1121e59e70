//! Daypass's flags in front of the tool's arguments.

use std::ffi::{OsStr, OsString};

use super::own::Flag;
use super::{ArgumentError, OwnFlags, Tool, address};

/// What comes behind our flags.
pub(super) enum Behind<'a> {
    /// The first argument that is not ours, and all the others.
    Tool(&'a [OsString]),
    /// What stands behind `--`.
    Dashes(&'a [OsString]),
}

/// Reads our flags until the first argument that is none of them.
pub(super) fn read(
    tool: Tool,
    arguments: &[OsString],
) -> Result<(OwnFlags, Behind<'_>), ArgumentError> {
    let mut own = OwnFlags::default();
    let mut left = arguments;
    if let Some((first, behind)) = left.split_first()
        && (first == "-h" || first == "--help")
    {
        own.help = true;
        return Ok((own, Behind::Tool(behind)));
    }
    while let Some((argument, behind)) = left.split_first() {
        if argument == "--" {
            return Ok((own, Behind::Dashes(behind)));
        }
        let Some((flag, attached)) = flag_of(tool, argument.as_encoded_bytes()) else {
            break;
        };
        left = behind;
        match (flag.is_switch(), attached) {
            (true, None) => own.switch_on(flag),
            (true, Some(_)) => return Err(ArgumentError::TakesNoValue(flag.name())),
            (false, Some(bytes)) => own.set(flag, text(flag, bytes)?)?,
            (false, None) => {
                let (value, behind) = left
                    .split_first()
                    .filter(|(value, _)| !value.as_encoded_bytes().starts_with(b"-"))
                    .ok_or(ArgumentError::NoValue(flag.name()))?;
                own.set(flag, text(flag, OsStr::as_encoded_bytes(value))?)?;
                left = behind;
            }
        }
    }
    Ok((own, Behind::Tool(left)))
}

/// Which of our flags an argument is, with the value that is in the same argument.
fn flag_of(tool: Tool, argument: &[u8]) -> Option<(Flag, Option<&[u8]>)> {
    if let Some(long) = argument.strip_prefix(b"--") {
        let equals = long.iter().position(|byte| *byte == b'=');
        let (name, value) = match equals {
            Some(at) => (&long[..at], Some(&long[at + 1..])),
            None => (long, None),
        };
        return Flag::of_long(name).map(|flag| (flag, value));
    }
    let (letter, attached) = argument.strip_prefix(b"-")?.split_first()?;
    let flag = Flag::of_short(*letter)?;
    match attached {
        [] => Some((flag, None)),
        [b'=', value @ ..] => Some((flag, Some(value))),
        // `-yes` and the like are nobody's, so they are not ours.
        _ if flag.is_switch() => None,
        value if tool.has_long_names_behind_one_dash() => {
            let is_address = flag == Flag::ServiceAccount
                && std::str::from_utf8(value).is_ok_and(|text| address::account(text).is_some());
            is_address.then_some((flag, Some(value)))
        }
        value => Some((flag, Some(value))),
    }
}

fn text(flag: Flag, bytes: &[u8]) -> Result<&str, ArgumentError> {
    std::str::from_utf8(bytes).map_err(|_| ArgumentError::NotText(flag.name()))
}
