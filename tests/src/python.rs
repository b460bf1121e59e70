//! Google's Python libraries, driven by the scripts in `real-clients/`.

use std::path::Path;

use crate::peer;
use crate::process::{Environment, Finished};

/// Runs `real-clients/<name>.py` as this person; none where Python is missing and tests may be skipped.
pub async fn script(base_url: &str, person: &str, name: &str) -> Option<Finished> {
    let interpreter = peer::python()?;
    let environment = Environment::of_person(base_url, person).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("real-clients")
        .join(format!("{name}.py"));
    Some(
        environment
            .run(&interpreter, &["-B", &file.to_string_lossy()])
            .await,
    )
}
