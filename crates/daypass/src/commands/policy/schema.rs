//! `daypass policy schema`: the form of entitlement files, for editors and for people.

use daypass_core::form;

use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(as_markdown: bool) -> Result<Exit, Error> {
    let text = if as_markdown {
        form::reference().trim_end().to_owned()
    } else {
        serde_json::to_string_pretty(&form::json_schema()).map_err(std::io::Error::other)?
    };
    output::print(&text)?;
    Ok(Exit::Done)
}
