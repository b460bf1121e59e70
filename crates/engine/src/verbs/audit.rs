//! Reading the audit trail.

use daypass_core::audit::Recorded;
use daypass_core::decide::Rule;
use daypass_core::person::Person;

use crate::ports::{AuditFilter, Freshness};
use crate::{Engine, Error};

impl Engine {
    /// The entries of one grant that the person may see; the whole trail for auditors only.
    pub async fn audit_entries(
        &self,
        who: &Person,
        filter: &AuditFilter,
    ) -> Result<Vec<Recorded>, Error> {
        match filter.grant {
            Some(id) => {
                self.visible(who, id).await?;
            }
            None if self.is_auditor(who, Freshness::Cached).await? => {}
            None => {
                return Err(Error::Denied(vec![Rule {
                    name: "auditor".into(),
                    holds: false,
                    detail: "only auditors read the whole trail".into(),
                    hint: Some(
                        "name a grant of yours, or ask the operator to list you under 'auditors'"
                            .into(),
                    ),
                }]));
            }
        }
        Ok(self.store().audit_entries(filter).await?)
    }
}
