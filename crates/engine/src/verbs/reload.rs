//! New versions of the entitlement files: recorded durably, then in force; or refused, and the last good one stays.

use daypass_core::Timestamp;
use daypass_core::audit::{Action, Actor, Entry};
use daypass_core::diagnostic::Diagnostic;
use daypass_core::entitlement::{Catalogue, EntitlementId, Hash, Source, load};
use serde::{Deserialize, Serialize};

use crate::ports::StoreError;
use crate::sources::InForce;
use crate::{Engine, Error};

/// Under which names the store keeps the last good sources, and the version that was refused last.
const KEPT: &str = "entitlements";
const KEPT_REFUSED: &str = "entitlements.refused";

/// How it is told in [`Engine::health`].
const NAME: &str = "entitlements";

/// Most diagnostics and ids that one audit entry names; how many there are stands beside them.
const MOST_NAMED: usize = 50;

/// A version of the files that can be used.
#[derive(Debug, Clone)]
pub struct GoodFiles {
    /// The files as they were read.
    pub sources: Vec<Source>,
    /// What they say.
    pub catalogue: Catalogue,
}

/// A version of the files that cannot be used.
#[derive(Debug, Clone)]
pub struct BadFiles {
    /// What tells it from other versions.
    pub version: Hash,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl GoodFiles {
    /// Reads the texts as entitlements. It may take a second for ten thousand of them.
    pub fn load(sources: Vec<Source>) -> Result<Self, BadFiles> {
        match load(&sources) {
            Ok(catalogue) => Ok(Self { sources, catalogue }),
            Err(diagnostics) => Err(BadFiles {
                version: Hash::of(&sources),
                diagnostics,
            }),
        }
    }
}

/// What came of a version of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reloaded {
    /// It is the one in force.
    AsBefore,
    /// It was recorded, and is in force.
    InForce(Difference),
    /// It cannot be used; the last good one stays in force.
    Refused(Vec<Diagnostic>),
    /// It is the one that was refused before.
    StillRefused,
}

/// What a new version changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Entitlements that are new.
    pub added: Vec<EntitlementId>,
    /// Entitlements that are gone.
    pub removed: Vec<EntitlementId>,
    /// Entitlements that say something else.
    pub changed: Vec<EntitlementId>,
}

impl Difference {
    /// Whether nothing changed.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Serialize, Deserialize)]
struct Refusal {
    version: Hash,
    since: Timestamp,
}

impl Engine {
    /// Begins with the files as they are, or with the last good ones. An error of the files is returned only if there
    /// never was a good version: then there is nothing to begin with.
    pub async fn begin_with_files(
        &self,
        read: Result<GoodFiles, BadFiles>,
    ) -> Result<Result<Reloaded, Vec<Diagnostic>>, Error> {
        let mut parts = self.0.sources.turn.lock().await;
        let kept: Option<Vec<Source>> = match self.store().kept(KEPT).await? {
            None => None,
            Some(text) => Some(serde_json::from_str(&text).map_err(malformed)?),
        };
        if let Some(text) = self.store().kept(KEPT_REFUSED).await?
            && let Ok(refusal) = serde_json::from_str::<Refusal>(&text)
        {
            parts.refused = Some(refusal.version);
        }
        if let (Ok(good), Some(kept)) = (&read, &kept)
            && good.sources == *kept
        {
            self.adopt(&mut parts, read.ok());
            self.forget_refusal(&mut parts).await?;
            return Ok(Ok(Reloaded::AsBefore));
        }
        let last_good = kept.map(GoodFiles::load);
        match (&read, last_good) {
            // Nothing is kept, or in an older format that this program does not read any more: the files themselves
            // must be mended.
            (Err(bad), None | Some(Err(_))) => return Ok(Err(bad.diagnostics.clone())),
            (_, Some(Ok(last_good))) => self.adopt(&mut parts, Some(last_good)),
            (Ok(_), _) => {}
        }
        drop(parts);
        // Told again at each start, even where it was recorded before.
        Ok(Ok(match (self.reload_files(read.clone()).await?, read) {
            (Reloaded::StillRefused, Err(bad)) => Reloaded::Refused(bad.diagnostics),
            (outcome, _) => outcome,
        }))
    }

    /// Takes a version of the files. One that can be used is recorded durably before it is in force; after an error it
    /// is not in force.
    pub async fn reload_files(&self, read: Result<GoodFiles, BadFiles>) -> Result<Reloaded, Error> {
        let mut parts = self.0.sources.turn.lock().await;
        let good = match read.map(|good| emptied(&parts, good)) {
            Ok(Ok(good)) => good,
            Ok(Err(bad)) | Err(bad) => return self.refuse(&mut parts, bad).await,
        };
        let version = Hash::of(&good.sources);
        if parts.version == Some(version) {
            self.forget_refusal(&mut parts).await?;
            return Ok(Reloaded::AsBefore);
        }
        let difference = difference(&parts.files, &good.catalogue);
        let entry = Entry::new(self.now(), Actor::system(), Action::EntitlementsChanged)
            .with("source", &"files")
            .with("version", &version)
            .with("files", &good.sources.len())
            .with("entitlements", &good.catalogue.len());
        let entry = tell(entry, &difference);
        let text = serde_json::to_string(&good.sources).map_err(malformed)?;
        self.store().keep(KEPT, &text, vec![entry]).await?;
        self.adopt(&mut parts, Some(good));
        self.forget_refusal(&mut parts).await?;
        Ok(Reloaded::InForce(difference))
    }

    fn adopt(&self, parts: &mut InForce, good: Option<GoodFiles>) {
        let Some(good) = good else { return };
        parts.version = Some(Hash::of(&good.sources));
        parts.sources = good.sources;
        parts.files = good.catalogue;
        self.compose(parts);
    }

    async fn refuse(&self, parts: &mut InForce, bad: BadFiles) -> Result<Reloaded, Error> {
        let is_known = parts.refused == Some(bad.version);
        let since = match self.store().kept(KEPT_REFUSED).await? {
            Some(text) if is_known => serde_json::from_str::<Refusal>(&text).ok(),
            _ => None,
        };
        let since = since.map_or_else(|| self.now(), |refusal| refusal.since);
        if !is_known {
            let named: Vec<String> = bad
                .diagnostics
                .iter()
                .take(MOST_NAMED)
                .map(|one| format!("{}:{}:{}: {}", one.file, one.line, one.column, one.message))
                .collect();
            let entry = Entry::new(since, Actor::system(), Action::EntitlementsRefused)
                .with("source", &"files")
                .with("version", &bad.version)
                .with("in_force", &parts.version)
                .with("findings", &bad.diagnostics.len())
                .with("diagnostics", &named);
            let refusal = Refusal {
                version: bad.version,
                since,
            };
            let text = serde_json::to_string(&refusal).map_err(malformed)?;
            self.store().keep(KEPT_REFUSED, &text, vec![entry]).await?;
            parts.refused = Some(bad.version);
        }
        let was_told = self
            .0
            .sources
            .degraded()
            .iter()
            .any(|one| one.name == NAME && one.diagnostics == bad.diagnostics);
        let detail = format!(
            "the files cannot be used; the last good version stays in force, with {} entitlements",
            parts.files.len()
        );
        self.note_degraded(NAME, &detail, bad.diagnostics.clone(), Some(since));
        Ok(if is_known && was_told {
            Reloaded::StillRefused
        } else {
            Reloaded::Refused(bad.diagnostics)
        })
    }

    /// The files can be used again: the same mistake, made again, is a new refusal.
    async fn forget_refusal(&self, parts: &mut InForce) -> Result<(), Error> {
        if parts.refused.take().is_some() {
            self.store().keep(KEPT_REFUSED, "", Vec::new()).await?;
        }
        self.note_mended(NAME);
        Ok(())
    }
}

/// Nobody means to take everything from everybody by deleting files: to do that, one writes `entitlements: []`.
fn emptied(parts: &InForce, good: GoodFiles) -> Result<GoodFiles, BadFiles> {
    if !good.sources.is_empty() || parts.sources.is_empty() {
        return Ok(good);
    }
    let mut finding = Diagnostic::error(
        &parts.sources[0].name,
        "all entitlement files are gone; an empty catalogue is never put in force by accident",
    );
    finding.hint = Some(
        "put them back; to have no entitlement, keep a file that says entitlements: []".into(),
    );
    Err(BadFiles {
        version: Hash::of(&"all entitlement files are gone"),
        diagnostics: vec![finding],
    })
}

/// What differs, by the hashes that grants remember.
pub(super) fn difference(before: &Catalogue, after: &Catalogue) -> Difference {
    let ids = |one: &Catalogue, keep: &dyn Fn(&EntitlementId) -> bool| {
        one.iter()
            .map(|entitlement| entitlement.id.clone())
            .filter(|id| keep(id))
            .collect()
    };
    Difference {
        added: ids(after, &|id| before.get(id).is_none()),
        removed: ids(before, &|id| after.get(id).is_none()),
        changed: ids(after, &|id| {
            before.get(id).is_some() && before.hash(id) != after.hash(id)
        }),
    }
}

/// The difference as particulars of an audit entry: the counts, and the first of the ids.
pub(super) fn tell(mut entry: Entry, difference: &Difference) -> Entry {
    for (name, ids) in [
        ("added", &difference.added),
        ("removed", &difference.removed),
        ("changed", &difference.changed),
    ] {
        if !ids.is_empty() {
            let first = &ids[..ids.len().min(MOST_NAMED)];
            entry = entry
                .with(name, &first)
                .with(&format!("{name}_count"), &ids.len());
        }
    }
    entry
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are mapped by passing this function"
)]
pub(super) fn malformed(error: serde_json::Error) -> Error {
    StoreError::Malformed(error.to_string()).into()
}
