//! The policy document of JIT Groups, `schemaVersion: 1`: environment, systems, groups.

use super::access::Entry;
use super::constraint::Constraints;
use super::tree::{self, Section};
use crate::entitlement::Source;
use crate::import::report::{Gathering, Place, shown};
use crate::resource::ResourceName;
use crate::role::Role;

/// Longest name of an environment or a system, in characters.
const LONGEST_NAME: usize = 16;

/// Longest name of a group, in characters.
const LONGEST_GROUP_NAME: usize = 24;

/// A whole document.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) level: Level,
    pub(super) systems: Vec<System>,
}

/// A system with its groups.
#[derive(Debug)]
pub(super) struct System {
    pub(super) level: Level,
    pub(super) groups: Vec<Group>,
}

/// What one joins.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) level: Level,
    pub(super) privileges: Vec<GroupPrivilege>,
    pub(super) is_for_gke: bool,
}

/// What environment, system and group have in common.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) description: String,
    /// Absent: nothing was said.
    pub(super) access: Option<Vec<Entry>>,
    pub(super) constraints: Constraints,
}

/// A role that the group has.
#[derive(Debug)]
pub(super) struct GroupPrivilege {
    pub(super) place: Place,
    pub(super) resource: ResourceName,
    pub(super) role: Role,
    pub(super) condition: Option<String>,
    pub(super) description: Option<String>,
}

/// Reads a document. `default_name` is that of an environment that has none.
pub(super) fn read(
    source: &Source,
    default_name: Option<&str>,
    gathering: &mut Gathering,
) -> Option<Environment> {
    let mut document = tree::document(&source.name, &source.text, gathering)?;
    let at = document.at("schemaVersion");
    let version = document.text("schemaVersion", gathering);
    let at_environment = document.at("environment");
    let environment = document.section("environment", gathering);
    let is_policy = version.is_some() || environment.is_some();
    document.finish(gathering);
    if version.as_deref().map(str::trim) != Some("1") {
        // A document that is something else altogether was told to be so by its fields.
        if is_policy || !gathering.is_wrong() {
            let note = gathering.wrong(&at, "the version of the document must be 1");
            note.code = Some("FILE_INVALID_VERSION");
        }
        return None;
    }
    let Some(mut section) = environment else {
        gathering
            .wrong(&at_environment, "there is no environment")
            .code = Some("ENVIRONMENT_MISSING");
        return None;
    };
    let level = level(
        &mut section,
        default_name,
        LONGEST_NAME,
        "ENVIRONMENT_INVALID",
        gathering,
    );
    let systems = section.sections("systems", gathering).unwrap_or_default();
    section.finish(gathering);
    let systems: Vec<System> = systems
        .into_iter()
        .filter_map(|section| system(section, gathering))
        .collect();
    unique(
        systems.iter().map(|system| &system.level),
        "SYSTEM_INVALID",
        gathering,
    );
    Some(Environment {
        level: level?,
        systems,
    })
}

fn system(mut section: Section, gathering: &mut Gathering) -> Option<System> {
    let level = level(
        &mut section,
        None,
        LONGEST_NAME,
        "SYSTEM_INVALID",
        gathering,
    );
    let groups = section.sections("groups", gathering).unwrap_or_default();
    section.finish(gathering);
    let groups: Vec<Group> = groups
        .into_iter()
        .filter_map(|section| group(section, gathering))
        .collect();
    unique(
        groups.iter().map(|group| &group.level),
        "GROUP_INVALID",
        gathering,
    );
    Some(System {
        level: level?,
        groups,
    })
}

fn group(mut section: Section, gathering: &mut Gathering) -> Option<Group> {
    let level = level(
        &mut section,
        None,
        LONGEST_GROUP_NAME,
        "GROUP_INVALID",
        gathering,
    );
    let is_for_gke = section
        .text("gkeEnabled", gathering)
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    let mut privileges = Vec::new();
    if let Some(mut inner) = section.section("privileges", gathering) {
        for one in inner.sections("iam", gathering).unwrap_or_default() {
            privileges.extend(privilege(one, gathering));
        }
        inner.finish(gathering);
    }
    section.finish(gathering);
    Some(Group {
        level: level?,
        privileges,
        is_for_gke,
    })
}

fn level(
    section: &mut Section,
    default_name: Option<&str>,
    longest: usize,
    code: &'static str,
    gathering: &mut Gathering,
) -> Option<Level> {
    let place = section.place.clone();
    let at = section.at("name");
    let name = section
        .text("name", gathering)
        .filter(|name| !name.is_empty())
        .or_else(|| default_name.map(str::to_owned))
        .unwrap_or_default();
    let fits = (1..=longest).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !fits {
        let note = gathering.wrong(&at, format!("{} is not a name here", shown(&name)));
        note.code = Some(code);
        note.hint = Some(format!("1 to {longest} letters, digits and dashes"));
    }
    let description = section.text("description", gathering).unwrap_or_default();
    let access = section.sections("access", gathering).map(|entries| {
        entries
            .into_iter()
            .filter_map(|entry| Entry::read(entry, gathering))
            .collect()
    });
    let constraints = section
        .section("constraints", gathering)
        .map(|section| Constraints::read(section, gathering))
        .unwrap_or_default();
    fits.then_some(Level {
        place,
        name: name.to_ascii_lowercase(),
        description,
        access,
        constraints,
    })
}

/// Names differ in more than case.
fn unique<'l>(
    levels: impl Iterator<Item = &'l Level>,
    code: &'static str,
    gathering: &mut Gathering,
) {
    let mut seen = std::collections::BTreeSet::new();
    for level in levels {
        if !seen.insert(&level.name) {
            let message = format!("the name {} is there twice", shown(&level.name));
            gathering.wrong(&level.place, message).code = Some(code);
        }
    }
}

fn privilege(mut section: Section, gathering: &mut Gathering) -> Option<GroupPrivilege> {
    let place = section.place.clone();
    let (resource, project) = (
        section.text("resource", gathering),
        section.text("project", gathering),
    );
    let role_text = section.text("role", gathering).unwrap_or_default();
    let description = section.text("description", gathering);
    let condition = section
        .text("condition", gathering)
        .filter(|text| !text.trim().is_empty());
    section.finish(gathering);
    let name = match (resource, project) {
        (Some(name), None) | (None, Some(name)) => name.trim().to_owned(),
        (Some(_), Some(_)) => {
            let note = gathering.wrong(&place, "a privilege names a resource or a project");
            note.code = Some("PRIVILEGE_DUPLICATE_RESOURCE_ID");
            return None;
        }
        (None, None) => String::new(),
    };
    let full = if name.contains('/') {
        name.clone()
    } else {
        format!("projects/{name}")
    };
    let resource = full
        .parse::<ResourceName>()
        .ok()
        .filter(|resource| ["project", "folder", "organization"].contains(&resource.kind().name));
    if resource.is_none() {
        let message = format!("{} is not a project, folder or organization", shown(&name));
        gathering.wrong(&place, message).code = Some("PRIVILEGE_INVALID_RESOURCE_ID");
    }
    let role = match role_text.trim().parse::<Role>() {
        Ok(role) => Some(role),
        Err(error @ crate::Error::BasicRole(_)) => {
            // Right there, impossible here.
            let note = gathering.left(&place, error.to_string());
            note.hint = error.hint().map(str::to_owned);
            None
        }
        Err(error) => {
            gathering.wrong(&place, error.to_string()).code = Some("PRIVILEGE_INVALID_ROLE");
            None
        }
    };
    Some(GroupPrivilege {
        place,
        resource: resource?,
        role: role?,
        condition,
        description,
    })
}
