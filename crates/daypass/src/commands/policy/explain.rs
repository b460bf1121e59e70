//! `daypass policy explain`: what a request would come to by the files alone, in the words of `daypass explain`.

use daypass_core::decide::decide;
use daypass_core::email::Email;
use daypass_core::entitlement::{Entitlement, EntitlementId, Loaded, load_with_places};
use daypass_core::principal::Principal;
use daypass_core::rehearsal::{Rehearsal, World, read};
use daypass_core::request::Ask;
use jiff::Timestamp;

use super::Context;
use super::files;
use crate::cli::RehearseArguments;
use crate::commands::inputs;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &RehearseArguments) -> Result<Exit, Error> {
    let requester = person(&arguments.person)?;
    let sources = files::read(&arguments.files)?;
    let groups = files::groups(arguments.groups.as_deref())?;
    let read =
        load_with_places(&sources).and_then(|loaded| Ok((loaded, read(&sources, &groups?)?)));
    let (loaded, rehearsals) = match read {
        Ok(read) => read,
        Err(findings) => {
            files::tell(&findings);
            return Ok(Exit::Failed);
        }
    };
    let entitlement = find(&loaded, &arguments.entitlement)?;
    let world = world(&loaded, entitlement, rehearsals);
    let beneficiary = arguments.terms.to.as_deref().map(beneficiary).transpose()?;
    let ask = Ask {
        beneficiary,
        duration: arguments.terms.duration,
        start_at: arguments.terms.at,
        only: arguments.terms.only.clone(),
        justification: arguments.terms.reason.clone(),
        inputs: inputs::once(&arguments.terms.input)?,
        ..Ask::new(entitlement.id.clone())
    };
    let now = arguments.time.unwrap_or_else(now);
    let requester = World::person(&requester);
    let facts = world.facts(entitlement, &requester, ask.beneficiary.as_ref(), now);
    let decision = decide(entitlement, &requester, &ask, &facts);
    let explanation = daypass_server::explanation(&decision, now);
    context.output.data(&explanation, || {
        output::explanation::detail(&explanation, context.output.width())
    })?;
    for group in world.unknown_groups(entitlement) {
        output::talk(&format!(
            "nothing is known of group:{group}, so nobody is in it here; name its members with --groups FILE"
        ));
    }
    for selector in entitlement.selectors() {
        if !world.projects.contains_key(selector) {
            output::talk(&format!(
                "nothing is known of the {selector}; name them under projects: of the fixtures"
            ));
        }
    }
    Ok(if explanation.decision == "denied" {
        Exit::Denied
    } else {
        Exit::Done
    })
}

fn find<'a>(loaded: &'a Loaded, id: &str) -> Result<&'a Entitlement, Error> {
    let found = EntitlementId::parse(id).and_then(|id| loaded.catalogue.get(&id));
    found.ok_or_else(|| {
        let ids: Vec<&str> = loaded
            .catalogue
            .iter()
            .take(20)
            .map(|one| one.id.as_str())
            .collect();
        Error::Usage {
            message: format!("there is no entitlement '{}'", output::visible(id)),
            hint: format!("there are {}", ids.join(", ")),
        }
    })
}

/// The fixtures that are told beside the entitlement: in its own file, or in `X.test.yaml` where it stands in `X.yaml`;
/// else those that are told for all files.
fn world(loaded: &Loaded, entitlement: &Entitlement, rehearsals: Vec<Rehearsal>) -> World {
    let own = loaded.places.of(&entitlement.id, "id");
    let own = own.map_or("", |place| place.file.as_str());
    let stem = own.trim_end_matches(".yaml").trim_end_matches(".yml");
    let beside = [format!("{stem}.test.yaml"), format!("{stem}.test.yml")];
    let (mut world, mut companion) = (World::default(), None);
    for rehearsal in rehearsals {
        if rehearsal.file == own {
            world = rehearsal.world;
        } else if beside.contains(&rehearsal.file) {
            companion = Some(rehearsal.world);
        }
    }
    match companion {
        Some(companion) if !world.unknown_groups(entitlement).is_empty() => companion,
        _ => world,
    }
}

fn person(text: &str) -> Result<Email, Error> {
    let address = text.strip_prefix("user:").unwrap_or(text);
    Email::parse(address).map_err(|error| usage(&error))
}

fn beneficiary(text: &str) -> Result<Principal, Error> {
    match Email::parse(text) {
        Ok(email) => Ok(Principal::of_account(email)),
        Err(_) => text.parse().map_err(|error| usage(&error)),
    }
}

fn usage(error: &daypass_core::Error) -> Error {
    Error::Usage {
        message: error.to_string(),
        hint: error.hint().unwrap_or_default().to_owned(),
    }
}

/// What this machine's clock says.
#[expect(
    clippy::disallowed_methods,
    reason = "a rehearsal at the present time; nothing is granted by it"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
