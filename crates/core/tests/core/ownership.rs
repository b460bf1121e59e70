//! Whose a binding is: proved, not guessed.

use daypass_core::binding::{CanonicalResource, Ownership, ownership};
use daypass_core::iam_policy::{Binding, Condition};
use daypass_core::principal::canonical_member;
use proptest::prelude::*;

use crate::generators::{
    FORGERIES, Standing, binding, forged, keyring, old_keyring, own_binding, rendered, resource,
    standing,
};

proptest! {
    /// I9: every forgery, whatever it copies, is somebody else's.
    #[test]
    fn a_forged_or_edited_binding_is_never_ours(own in own_binding(), forgery in 0..FORGERIES) {
        let found = ownership(&binding(&forged(&own, forgery)), &resource(), &keyring());
        prop_assert!(!matches!(found, Ownership::Own(_)), "forgery {forgery}: {found:?}");
    }

    /// Ownership survives a rotated key, a deleted member and another spelling of the case.
    #[test]
    fn what_we_wrote_stays_provable(standing in standing()) {
        let found = ownership(&binding(standing.json()), &resource(), &keyring());
        match standing {
            Standing::Own { own, .. } => {
                let Ownership::Own(found) = found else { return Err(TestCaseError::fail(format!("{found:?}"))) };
                prop_assert!(found.is(&own));
                prop_assert_eq!(canonical_member(&found.member), canonical_member(&own.member.to_string()));
            }
            Standing::Foreign(_) => prop_assert!(!matches!(found, Ownership::Own(_))),
        }
    }

    /// A project's name in place of its number proves nothing, and neither does a key that was thrown away.
    #[test]
    fn another_resource_or_a_lost_key_disowns(own in own_binding()) {
        let json = rendered(&own, &resource(), &keyring());
        let by_name = CanonicalResource("//cloudresourcemanager.googleapis.com/projects/acme-prod".into());
        prop_assert!(matches!(ownership(&binding(&json), &by_name, &keyring()), Ownership::Altered { .. }), "by name");
        prop_assert!(matches!(ownership(&binding(&json), &resource(), &old_keyring()), Ownership::Altered { .. }), "lost key");
    }

    /// A title that is nearly ours is answered, and is never ours.
    #[test]
    fn any_title_is_answered(title in "(daypass/1 )?[0-9a-z]{0,30} ?[a-z0-9]{0,7}\\.?[A-Za-z0-9_-]{0,30}", expression in any::<String>()) {
        let made_up = Binding::with_condition("roles/x", "user:a@example.com", &Condition::new(&title, &expression));
        prop_assert!(!matches!(ownership(&made_up, &resource(), &keyring()), Ownership::Own(_)), "{title}");
    }
}
