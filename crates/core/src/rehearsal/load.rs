//! From the text of the files to rehearsals, or to diagnostics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::raw::{RawFile, RawFixtures, RawGroupFile, RawList};
use super::reader::{Reader, address};
use super::{Groups, Rehearsal, World};
use crate::diagnostic::Diagnostic;
use crate::email::Email;
use crate::entitlement::{Selector, Source};
use crate::justification::printable;

const FORM: &str = "write tests: [{requester: alice@example.com, entitlement: prod-storage, expect: {decision: denied}}]";
const GROUPS_FORM: &str = "write groups: {sre@example.com: [alice@example.com]}";

/// Reads the tests and fixtures of all files, the entitlement files among them; one rehearsal a file, in their order.
///
/// A file's fixtures are the world of its own tests. A file that has fixtures alone, no tests and no entitlements,
/// tells them for all files; a file's own groups, services and selectors stand above those. `groups` stand below all
/// of them.
pub fn read(sources: &[Source], groups: &Arc<Groups>) -> Result<Vec<Rehearsal>, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        let mut reader = Reader::new(source, &mut findings);
        files.extend(reader.parse::<RawFile>(FORM).map(|file| (source, file)));
    }
    let mut shared = World {
        groups: Arc::clone(groups),
        ..World::default()
    };
    for (source, file) in &files {
        if let (Some(fixtures), true) = (&file.fixtures, is_shared(file)) {
            let mut reader = Reader::new(source, &mut findings);
            shared = reader.world(fixtures, &shared);
        }
    }
    let mut rehearsals = Vec::new();
    for (source, file) in &files {
        let mut reader = Reader::new(source, &mut findings);
        let world = match &file.fixtures {
            Some(fixtures) if !is_shared(file) => reader.world(fixtures, &shared),
            _ => shared.clone(),
        };
        let tests = file
            .tests
            .iter()
            .filter_map(|raw| reader.test(raw, &world))
            .collect();
        rehearsals.push(Rehearsal {
            file: source.name.clone(),
            world,
            tests,
        });
    }
    if findings.is_empty() {
        Ok(rehearsals)
    } else {
        Err(findings)
    }
}

/// Reads a file of groups: `groups: {sre@example.com: [alice@example.com, group:other@example.com]}`, as the server's
/// own `groups: {file: …}`.
pub fn read_groups(source: &Source) -> Result<Groups, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut reader = Reader::new(source, &mut findings);
    let groups = reader
        .parse::<RawGroupFile>(GROUPS_FORM)
        .map(|file| reader.groups(&file.groups, &Groups::default()));
    match groups {
        Some(groups) if findings.is_empty() => Ok(groups),
        _ => Err(findings),
    }
}

fn is_shared(file: &RawFile) -> bool {
    file.tests.is_empty() && file.entitlements.is_none()
}

impl Reader<'_> {
    /// The world of these fixtures on top of another. What is wrong is noted and left out.
    fn world(&mut self, raw: &RawFixtures, below: &World) -> World {
        let time = self.time(raw.time.as_ref()).unwrap_or(None);
        let groups = self.groups(&raw.groups, &below.groups);
        let mut on_call = below.on_call.clone();
        for (service, people) in &raw.on_call {
            on_call.insert(service.clone(), self.addresses(&people.value));
        }
        let mut projects = below.projects.clone();
        for raw in &raw.projects {
            let folder = self.read(&raw.folder, str::parse);
            let found: BTreeSet<_> = raw
                .found
                .iter()
                .filter_map(|project| self.read(project, str::parse))
                .collect();
            let labels = raw.labels.clone();
            projects.extend(folder.map(|folder| (Selector { folder, labels }, found)));
        }
        let mut people = below.people.clone();
        people.extend(self.addresses(&raw.people));
        let mut debts = below.debts.clone();
        debts.extend(self.addresses(&raw.debts));
        World {
            time: time.unwrap_or(below.time),
            groups: groups.on_top_of(Arc::clone(&below.groups)),
            people,
            on_call,
            projects,
            debts,
        }
    }

    /// Groups with their members. A `group:` among the members must be known; a bare address that is a group is one.
    fn groups(&mut self, raw: &BTreeMap<String, RawList>, below: &Groups) -> Groups {
        let mut members: BTreeMap<Email, Vec<Email>> = BTreeMap::new();
        for (name, list) in raw {
            let place = self.place(list, 1);
            let Ok(group) = Email::parse(address(name)) else {
                let message = format!("'{}' is not the address of a group", printable(name, 80));
                self.note(&place, message, "write it as sre@example.com");
                continue;
            };
            let listed = self.addresses(&list.value);
            if members.insert(group.clone(), listed).is_some() {
                let message = format!("the group {group} is listed twice");
                self.note(&place, message, "write all of its members into one list");
            }
        }
        for at in raw.values().flat_map(|list| &list.value) {
            let Some((kind, rest)) = at.value.split_once(':') else {
                continue;
            };
            let Ok(email) = Email::parse(rest) else {
                continue;
            };
            let is_group = members.contains_key(&email) || below.knows(&email);
            let place = self.place_of(at);
            match (kind, is_group) {
                ("group", false) => self.note(
                    &place,
                    format!("the group {email} has no members here"),
                    &format!("list it too: {email}: []"),
                ),
                ("user" | "serviceAccount", true) => self.note(
                    &place,
                    format!("{email} is a group, not a person"),
                    &format!("write group:{email}"),
                ),
                _ => {}
            }
        }
        Groups::new(members)
    }
}
