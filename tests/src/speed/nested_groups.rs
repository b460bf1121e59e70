//! A large organisation by its groups: people in teams, teams in departments, departments in divisions.

use std::fmt::Write as _;

/// How many groups of the level below are in one.
const IN_ONE: usize = 10;
/// Entitlements in a file.
const IN_A_FILE: usize = 1_000;
/// Projects that the entitlements name.
const PROJECTS: usize = 8;

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Organisation {
    /// Entitlements in force.
    pub entitlements: usize,
    /// People.
    pub people: usize,
    /// Groups, of all levels.
    pub groups: usize,
}

impl Organisation {
    /// Groups of people only; the others are groups of groups.
    fn teams(self) -> usize {
        // Nine tenths are teams, a tenth of those departments, and so on: a geometric series.
        (self.groups * (IN_ONE - 1) / IN_ONE).max(1)
    }

    /// The groups as a group file.
    pub fn group_file(self) -> String {
        let (mut text, teams) = ("groups:\n".to_owned(), self.teams());
        let mut line = |name: String, members: Vec<String>| {
            let written = writeln!(text, "  {name}@example.com: [{}]", members.join(", "));
            written.expect("a string takes any text");
        };
        for team in 0..teams {
            let members = (team..self.people).step_by(teams);
            line(
                format!("team-{team}"),
                members
                    .map(|one| format!("person-{one}@example.com"))
                    .collect(),
            );
        }
        let (mut below, mut name, mut left) = (teams, "team".to_owned(), self.groups - teams);
        for level in ["department", "division", "area", "house", "whole"] {
            let here = below.div_ceil(IN_ONE).min(left);
            for number in 0..here {
                let members = (number..below).step_by(here);
                line(
                    format!("{level}-{number}"),
                    members
                        .map(|one| format!("{name}-{one}@example.com"))
                        .collect(),
                );
            }
            level.clone_into(&mut name);
            (below, left) = (here, left - here);
            if left == 0 {
                break;
            }
        }
        text
    }

    /// The entitlements, as files: most are for a team, each tenth for a department, each hundredth for a division. A
    /// team of another number approves, twice over.
    pub fn entitlement_files(self) -> Vec<String> {
        let teams = self.teams();
        let departments = teams.div_ceil(IN_ONE);
        let divisions = departments.div_ceil(IN_ONE);
        let one = |number: usize| {
            let requesters = match number {
                number if number % 100 == 0 => format!("division-{}", number % divisions),
                number if number % 10 == 0 => format!("department-{}", number % departments),
                number => format!("team-{}", number % teams),
            };
            format!(
                "  - id: product-line-{number:05}
    title: Storage of the product line {number}
    description: Administer the buckets of the product line {number} during an incident
    labels: {{line: '{number}'}}
    requesters: ['group:{requesters}@example.com']
    privileges: [{{resource: {}, roles: [roles/storage.admin]}}]
    duration: {{default: 1h, max: 4h}}
    inputs: [{{name: ticket, pattern: '^INC-[0-9]+$', required: true}}]
    approval: {{steps: [{{approvers: ['group:team-{}@example.com']}}, {{approvers: ['group:team-{}@example.com'], needed: 2}}]}}
",
                crate::storm::world::project(number % PROJECTS),
                (number + 7) % teams,
                (number + 11) % teams,
            )
        };
        (0..self.entitlements)
            .step_by(IN_A_FILE)
            .map(|first| {
                let numbers = first..self.entitlements.min(first + IN_A_FILE);
                let all: String = numbers.map(one).collect();
                format!("apiVersion: daypass/v1\nentitlements:\n{all}")
            })
            .collect()
    }
}
