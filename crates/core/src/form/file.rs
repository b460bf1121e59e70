//! The file as a whole, and its rehearsals.

use super::entitlement::{
    DURATION, DURATION_RULE, ENTITLEMENT, JUSTIFICATION, LABELS, PERSON, SLACK, TARGETS, TIME, any,
};
use super::{Entries, Field, Form, Object, Text, field, required};

/// The whole file.
pub static FILE: Object = Object {
    name: "file",
    is: "an entitlement file",
    fields: &[
        required(field(
            "apiVersion",
            Form::Words(&["daypass/v1"]),
            "daypass/v1",
            "The version of the format.",
        )),
        field(
            "defaults",
            Form::Object(&DEFAULTS),
            "{duration: {default: 1h, max: 8h}}",
            "What holds for all entitlements of this file that do not say otherwise.",
        ),
        field(
            "entitlements",
            Form::List(&Form::Object(&ENTITLEMENT), Entries::Any),
            "[{id: dev-logs, requesters: [group:dev@example.com], privileges: [{resource: projects/acme-dev, roles: [roles/logging.viewer]}], approval: none}]",
            "What may be asked for.",
        ),
        field(
            "tests",
            Form::List(&Form::Object(&TEST), Entries::Any),
            "[{requester: alice@example.com, entitlement: prod-storage, expect: {decision: needs-approval}}]",
            "Rehearsals, run by 'daypass policy test'. They change nothing that the server does.",
        ),
        field(
            "fixtures",
            Form::Object(&FIXTURES),
            "{groups: {sre@example.com: [alice@example.com]}}",
            "The made-up world in which the tests run.",
        ),
    ],
};

static DEFAULTS: Object = Object {
    name: "defaults",
    is: "the defaults of a file",
    fields: &[
        field(
            "duration",
            Form::Object(&DURATION_RULE),
            "{default: 1h, max: 8h}",
            "Bounds of the lifetime. A default bends to an entitlement's own bounds.",
        ),
        field("slack", SLACK, "confirm", "What may be done from chat."),
        field("notify", TARGETS, "[email]", "Who is told."),
        field(
            "justification",
            Form::Object(&JUSTIFICATION),
            "{required: true}",
            "What the requester must write.",
        ),
    ],
};

static TEST: Object = Object {
    name: "test",
    is: "a test",
    fields: &[
        field(
            "name",
            any("a name"),
            "on a Sunday",
            "What is shown when it fails.",
        ),
        required(field("requester", PERSON, "alice@example.com", "Who asks.")),
        required(field(
            "entitlement",
            any("an entitlement's id"),
            "prod-storage",
            "For what.",
        )),
        field("for", DURATION, "30m", "For how long; absent: the default."),
        field(
            "at",
            TIME,
            "2026-12-01T09:00:00Z",
            "When it would start; absent: at once.",
        ),
        field(
            "only",
            Form::List(&any("a resource or a role"), Entries::Any),
            "[projects/acme-prod]",
            "The part that is asked for: resources or roles.",
        ),
        field(
            "reason",
            any("a justification"),
            "INC-1 disk full",
            "The justification.",
        ),
        field(
            "input",
            Form::Map(&any("a value")),
            "{ticket: INC-1}",
            "The inputs, by name.",
        ),
        field(
            "beneficiary",
            any("a principal"),
            "user:bob@example.com",
            "Who would receive it; absent: the requester.",
        ),
        field(
            "time",
            TIME,
            "2026-12-01T09:00:00Z",
            "When it is asked; absent: that of the fixtures.",
        ),
        field(
            "give",
            Form::Flag,
            "true",
            "Whether it is given by a grantor instead of asked for.",
        ),
        required(field(
            "expect",
            Form::Object(&EXPECT),
            "{decision: needs-approval, needed: 1}",
            "What must come of it. What is not written is not checked.",
        )),
    ],
};

const PEOPLE: Form = Form::List(&any("an address"), Entries::Any);

static EXPECT: Object = Object {
    name: "expect",
    is: "an expectation",
    fields: &[
        field(
            "decision",
            Form::Words(&["denied", "needs-approval", "granted", "break-glass"]),
            "needs-approval",
            "The verdict.",
        ),
        field(
            "approvers",
            PEOPLE,
            "[carol@example.com]",
            "Everybody who may approve, over all steps.",
        ),
        field(
            "needed",
            Form::Count(0, 160),
            "1",
            "How many must approve, over all steps.",
        ),
        field(
            "steps",
            Form::List(&Form::Object(&EXPECTED_STEP), Entries::Any),
            "[{needed: 1, approvers: [carol@example.com]}]",
            "The same, step by step.",
        ),
        field(
            "rule",
            any("the name of a rule"),
            "duration",
            "A rule that is broken.",
        ),
        field(
            "on_call",
            PEOPLE,
            "[carol@example.com]",
            "Who of them is on call.",
        ),
        field(
            "page",
            PEOPLE,
            "['pagerduty:PABC123']",
            "Who is called in an emergency.",
        ),
        field("for", DURATION, "30m", "How long it would last."),
        field(
            "gives",
            Form::List(&any("a role on a resource"), Entries::Any),
            "[roles/storage.admin on projects/acme-prod]",
            "What would be given.",
        ),
    ],
};

static EXPECTED_STEP: Object = Object {
    name: "expectedStep",
    is: "an expected step",
    fields: &[
        field("needed", Form::Count(0, 20), "1", "How many must approve."),
        field(
            "approvers",
            PEOPLE,
            "[carol@example.com]",
            "Who may approve.",
        ),
        field(
            "on_call",
            PEOPLE,
            "[carol@example.com]",
            "Who of them is on call.",
        ),
    ],
};

static FIXTURES: Object = Object {
    name: "fixtures",
    is: "the world of the tests",
    fields: &[
        field(
            "people",
            PEOPLE,
            "[alice@example.com]",
            "People whom nobody else names.",
        ),
        field(
            "groups",
            Form::Map(&PEOPLE),
            "{sre@example.com: [alice@example.com, 'group:leads@example.com']}",
            "The members of each group; groups may hold groups.",
        ),
        field(
            "time",
            TIME,
            "2026-12-01T09:00:00Z",
            "The time of the tests.",
        ),
        field(
            "on_call",
            Form::Map(&PEOPLE),
            "{'pagerduty:PABC123': [carol@example.com]}",
            "Who is on call in each schedule.",
        ),
        field(
            "projects",
            Form::List(&Form::Object(&FOUND_PROJECTS), Entries::Any),
            "[{folder: folders/1, labels: {env: prod}, found: [projects/acme-prod]}]",
            "What each selector finds.",
        ),
        field(
            "debts",
            PEOPLE,
            "[alice@example.com]",
            "People with an overdue review of an emergency.",
        ),
    ],
};

static FOUND_PROJECTS: Object = Object {
    name: "foundProjects",
    is: "what a selector finds",
    fields: &[
        required(field(
            "folder",
            any("a folder"),
            "folders/1",
            "The folder of the selector.",
        )),
        field(
            "labels",
            LABELS,
            "{env: prod}",
            "The labels of the selector.",
        ),
        required(field(
            "found",
            Form::List(
                &Form::Text(Text {
                    is: "a project",
                    pattern: "^projects/.+$",
                }),
                Entries::Any,
            ),
            "[projects/acme-prod]",
            "The projects that it finds.",
        )),
    ],
};

/// All objects of a file, each once.
pub(super) fn objects() -> Vec<&'static Object> {
    FILE.all()
}

/// The objects that have a field of this name.
pub(super) fn owners(name: &str) -> Vec<(&'static Object, &'static Field)> {
    objects()
        .into_iter()
        .filter_map(|object| Some((object, object.field(name)?)))
        .collect()
}
