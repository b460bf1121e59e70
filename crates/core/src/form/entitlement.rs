//! One entitlement.

use super::{Entries, Form, Object, Text, field, required};
use crate::entitlement::{MOST_NEEDED, MOST_PRIVILEGES, MOST_ROLES, MOST_STEPS};

/// The schema speaks of at most eight steps.
const _: () = assert!(MOST_STEPS == 8);

/// Text of any form.
pub(super) const fn any(is: &'static str) -> Form {
    Form::Text(Text { is, pattern: "" })
}

const fn text(is: &'static str, pattern: &'static str) -> Form {
    Form::Text(Text { is, pattern })
}

pub(super) const DURATION: Form = text(
    "a duration",
    "^(P[0-9DTHMSdthms.]+|[0-9]+ *[A-Za-z][A-Za-z0-9 ,]*)$",
);
pub(super) const TIME: Form = text("a time", "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+");
pub(super) const PERSON: Form = text("an address", "^(user:|serviceAccount:)?[^ @]+@[^ @]+$");
pub(super) const SLACK: Form = Form::Words(&["approve", "confirm", "notify"]);
pub(super) const LABELS: Form = Form::Map(&any("a value"));

const PRINCIPAL_PATTERN: &str = "^((user|group|serviceAccount):[^ @]+@[^ @]+|domain:[^ @]+|principal(Set)?://iam\\.googleapis\\.com/.+)$";
const PRINCIPAL: Form = text("a principal", PRINCIPAL_PATTERN);
const PRINCIPALS: Form = Form::List(&PRINCIPAL, Entries::Any);
const SOME_PRINCIPALS: Form = Form::List(&PRINCIPAL, Entries::Some);
const APPROVER: Form = text(
    "a principal or peers",
    "^(peers|(user|group|serviceAccount):[^ @]+@[^ @]+|domain:[^ @]+|principal(Set)?://iam\\.googleapis\\.com/.+)$",
);
const TARGET: Form = text(
    "somebody to tell",
    "^(email|slack:[#@].+|pagerduty:.+|pubsub:.+|[^ @:]+@[^ @]+)$",
);
pub(super) const TARGETS: Form = Form::List(&TARGET, Entries::Any);
const RESOURCE: Form = text(
    "a resource",
    "^(projects|folders|organizations|buckets)/.+$",
);
const ROLE: Form = text(
    "a role",
    "^((projects|organizations)/[^/ ]+/)?roles/[A-Za-z0-9_.]+$",
);
const SERVICE_ACCOUNT: Form = text(
    "a service account",
    "^[^ @]+@[^ @]+\\.iam\\.gserviceaccount\\.com$",
);
const EXPRESSION: Form = any("an expression in CEL");
const PATTERN: Form = any("a regular expression");

/// One entitlement.
pub(super) static ENTITLEMENT: Object = Object {
    name: "entitlement",
    is: "an entitlement",
    fields: &[
        required(field(
            "id",
            text("an id", "^[a-z][a-z0-9-]{2,62}$"),
            "prod-storage",
            "Its name, unique over all files: 3 to 63 of a-z, 0-9 and -, starting with a letter.",
        )),
        field(
            "title",
            any("text"),
            "Storage in production",
            "A short name for people; absent: the id.",
        ),
        field(
            "description",
            any("text"),
            "Administer the log buckets during an incident",
            "What it is for.",
        ),
        field(
            "owner",
            PRINCIPAL,
            "group:storage@example.com",
            "Whom to ask about it. The owner may end its grants, and is told of emergencies and overdue reviews.",
        ),
        field(
            "labels",
            LABELS,
            "{tier: prod}",
            "Words to find and group it by.",
        ),
        field(
            "requesters",
            PRINCIPALS,
            "[group:sre@example.com]",
            "Who may ask for it.",
        ),
        field(
            "beneficiaries",
            PRINCIPALS,
            "['domain:example.com']",
            "Who else may receive it; empty: only the one who asks.",
        ),
        field(
            "grantors",
            PRINCIPALS,
            "[group:leads@example.com]",
            "Who may give it to beneficiaries and requesters, unasked and without approval.",
        ),
        field(
            "privileges",
            Form::List(
                &Form::Object(&PRIVILEGE),
                Entries::SomeUpTo(MOST_PRIVILEGES),
            ),
            "[{resource: projects/acme-prod, roles: [roles/storage.objectAdmin]}]",
            "What it gives.",
        ),
        field(
            "duration",
            Form::Object(&DURATION_RULE),
            "{min: 5m, default: 30m, max: 4h}",
            "For how long.",
        ),
        field(
            "start",
            Form::Object(&START),
            "{latest: 14d}",
            "How far ahead it may be scheduled; absent: it starts at once.",
        ),
        field(
            "justification",
            Form::Object(&JUSTIFICATION),
            "{required: true, pattern: '^[A-Z]+-[0-9]+ '}",
            "What the requester must write.",
        ),
        field(
            "inputs",
            Form::List(&Form::Object(&INPUT), Entries::Any),
            "[{name: ticket, type: string, required: true}]",
            "What the requester fills in beside the justification.",
        ),
        field(
            "constraints",
            Form::List(&Form::Object(&CONSTRAINT), Entries::Any),
            "[{name: not-on-sunday, expression: 'request.time.getDayOfWeek(\"Europe/Berlin\") != 0'}]",
            "What else must hold of a request, in CEL. An error denies.",
        ),
        field(
            "approval",
            Form::Either(&Form::Words(&["none"]), &Form::Object(&APPROVAL)),
            "{steps: [{approvers: [group:leads@example.com]}]}",
            "Who must agree; 'none' must be said. Absent only with break_glass, or without requesters.",
        ),
        field(
            "break_glass",
            Form::Object(&BREAK_GLASS),
            "{page: ['pagerduty:PABC123'], review: {by: [group:security@example.com], within: 24h}}",
            "That it is for emergencies: had at once, for at most 4h, told to everybody concerned, reviewed afterwards.",
        ),
        field(
            "notify",
            TARGETS,
            "['slack:#access', email]",
            "Who is told, beside those who must act.",
        ),
        field(
            "slack",
            SLACK,
            "confirm",
            "What may be done from chat: decide there, decide after a sign-in in the browser, or only read.",
        ),
    ],
};

static PRIVILEGE: Object = Object {
    name: "privilege",
    is: "a privilege",
    fields: &[
        field(
            "resource",
            Form::Either(&RESOURCE, &Form::Object(&SELECTOR)),
            "projects/acme-prod",
            "On what the roles are given: a resource, or the projects that a selector finds when it is asked for.",
        ),
        field(
            "at",
            text("a project", "^(project|projects/.+)$"),
            "project",
            "For a kind that takes no conditions: the project whose policy is written instead.",
        ),
        field(
            "roles",
            Form::List(&ROLE, Entries::SomeUpTo(MOST_ROLES)),
            "[roles/storage.objectAdmin]",
            "Predefined or custom roles. Basic roles (owner, editor, viewer) are refused: they cannot end by themselves.",
        ),
        field(
            "condition",
            EXPRESSION,
            "'resource.name.startsWith(\"projects/_/buckets/logs-\")'",
            "An IAM condition beside the lifetime.",
        ),
        field(
            "impersonate",
            SERVICE_ACCOUNT,
            "deployer@acme-prod.iam.gserviceaccount.com",
            "The service account that may be acted as, instead of resource and roles.",
        ),
        field(
            "via",
            Form::Words(&["broker", "binding"]),
            "broker",
            "For an impersonation: the server mints tokens that end with the grant, or a binding lets Google mint them.",
        ),
        field(
            "token",
            Form::Object(&TOKEN),
            "{max: 1h}",
            "For an impersonation: how long one token lasts.",
        ),
    ],
};

static SELECTOR: Object = Object {
    name: "selector",
    is: "a selector of projects",
    fields: &[
        required(field(
            "folder",
            text("a folder", "^folders/[0-9]+$"),
            "folders/1",
            "The folder; projects at any depth below it count.",
        )),
        required(field(
            "labels",
            LABELS,
            "{env: prod}",
            "The labels that a project must all carry.",
        )),
    ],
};

static TOKEN: Object = Object {
    name: "token",
    is: "a token",
    fields: &[required(field(
        "max",
        DURATION,
        "10m",
        "The longest lifetime of one token, at most 1h; absent: 10m. A session renews it while the grant lasts.",
    ))],
};

pub(super) static DURATION_RULE: Object = Object {
    name: "durationRule",
    is: "the bounds of the duration",
    fields: &[
        field("min", DURATION, "5m", "The shortest; absent: 1m."),
        field(
            "default",
            DURATION,
            "30m",
            "What is taken when nothing is asked; absent: 1h, or max if that is less.",
        ),
        field("max", DURATION, "4h", "The longest; absent: 8h."),
    ],
};

static START: Object = Object {
    name: "start",
    is: "the bounds of the start",
    fields: &[required(field(
        "latest",
        DURATION,
        "14d",
        "How far ahead it may start.",
    ))],
};

pub(super) static JUSTIFICATION: Object = Object {
    name: "justification",
    is: "what the justification must be",
    fields: &[
        field(
            "required",
            Form::Flag,
            "true",
            "Whether there must be one; absent: true.",
        ),
        field(
            "pattern",
            PATTERN,
            "'^[A-Z]+-[0-9]+ '",
            "A regular expression that must be found in it; anchor it with ^ and $ to match it whole.",
        ),
        field(
            "hint",
            any("text"),
            "the ticket, then why",
            "What to write, in words.",
        ),
    ],
};

static INPUT: Object = Object {
    name: "input",
    is: "an input",
    fields: &[
        required(field(
            "name",
            text("a name", "^[a-z][a-z0-9_]{0,31}$"),
            "ticket",
            "Its name, as constraints (input.NAME) and --input write it.",
        )),
        field(
            "type",
            Form::Words(&["string", "integer", "boolean", "one of", "one_of"]),
            "string",
            "What may be written; absent: string, or one of the values if there are any.",
        ),
        field(
            "values",
            Form::List(&any("a word"), Entries::Some),
            "[eu, us]",
            "For 'one of': the words to choose from.",
        ),
        field(
            "title",
            any("text"),
            "Ticket",
            "Its title for people; absent: the name.",
        ),
        field(
            "pattern",
            PATTERN,
            "'^INC-[0-9]+$'",
            "A regular expression that must be found in a string.",
        ),
        field(
            "required",
            Form::Flag,
            "true",
            "Whether it must be filled in; absent: false.",
        ),
    ],
};

static CONSTRAINT: Object = Object {
    name: "constraint",
    is: "a constraint",
    fields: &[
        required(field(
            "name",
            any("a name"),
            "not-on-sunday",
            "Its name, as explanations show it.",
        )),
        required(field(
            "expression",
            EXPRESSION,
            "'request.time.getDayOfWeek(\"Europe/Berlin\") != 0'",
            "An expression in CEL that must be true.",
        )),
        field(
            "message",
            any("text"),
            "Not on Sundays",
            "What is told when it does not hold.",
        ),
    ],
};

static APPROVAL: Object = Object {
    name: "approval",
    is: "an approval",
    fields: &[
        field(
            "identity",
            Form::Words(&["broker", "approver"]),
            "broker",
            "Whose power writes the policy: Daypass's own account, or the last approver's own token.",
        ),
        field(
            "authority",
            Form::Words(&["entitlement", "google"]),
            "entitlement",
            "Whether the approver must be allowed to by Google, too ('google', by testIamPermissions with their own token).",
        ),
        field(
            "self",
            Form::Flag,
            "false",
            "Whether the requester counts, where they are among the approvers; absent: false.",
        ),
        field(
            "justification",
            Form::Words(&["optional", "required"]),
            "optional",
            "Whether the approver must say why.",
        ),
        field(
            "constraints",
            Form::List(&Form::Object(&CONSTRAINT), Entries::Any),
            "[{name: same-company, expression: 'approver.domain == requester.domain'}]",
            "What must hold of the approver, in CEL: as the entitlement's, with approver.email, .domain and .groups.",
        ),
        field(
            "expires",
            DURATION,
            "4h",
            "How long a request waits for all of them; absent: 4h.",
        ),
        required(field(
            "steps",
            Form::List(&Form::Object(&STEP), Entries::Some),
            "[{approvers: [group:leads@example.com], needed: 1}]",
            "The steps, in order, at most 8. A person counts once over all of them; one veto ends the request.",
        )),
    ],
};

static STEP: Object = Object {
    name: "step",
    is: "a step",
    fields: &[
        required(field(
            "approvers",
            Form::List(&APPROVER, Entries::Some),
            "[group:leads@example.com]",
            "Who may decide; 'peers' are the entitlement's own requesters.",
        )),
        field(
            "on_call",
            text("an on-call schedule", "^pagerduty:[A-Za-z0-9]{1,64}$"),
            "'pagerduty:PABC123'",
            "Who is asked first. It orders and tags; only approvers may decide.",
        ),
        field(
            "needed",
            Form::Count(1, MOST_NEEDED),
            "1",
            "How many different people must agree; absent: 1.",
        ),
        field(
            "remind",
            DURATION,
            "10m",
            "How often those who have not decided are reminded, at least 1m.",
        ),
        field(
            "escalate",
            Form::Object(&ESCALATION),
            "{after: 20m, to: [group:directors@example.com]}",
            "Who else may decide when nobody does.",
        ),
    ],
};

static ESCALATION: Object = Object {
    name: "escalation",
    is: "an escalation",
    fields: &[
        required(field(
            "after",
            DURATION,
            "20m",
            "How long after the step began.",
        )),
        required(field(
            "to",
            SOME_PRINCIPALS,
            "[group:directors@example.com]",
            "Who may decide from then on, beside the approvers.",
        )),
    ],
};

static BREAK_GLASS: Object = Object {
    name: "breakGlass",
    is: "a rule for emergencies",
    fields: &[
        required(field(
            "page",
            Form::List(&TARGET, Entries::Some),
            "['pagerduty:PABC123']",
            "Who is called, at once.",
        )),
        required(field(
            "review",
            Form::Object(&REVIEW),
            "{by: [group:security@example.com], within: 24h}",
            "The review that is owed afterwards.",
        )),
    ],
};

static REVIEW: Object = Object {
    name: "review",
    is: "a review",
    fields: &[
        required(field(
            "by",
            SOME_PRINCIPALS,
            "[group:security@example.com]",
            "Who may review: neither the requester nor the one who received it.",
        )),
        field(
            "within",
            DURATION,
            "24h",
            "How long after the request it is due; from then on it is a debt. Absent: 24h.",
        ),
    ],
};
