//! Each deliberate defect is noticed, by the assertion that is meant to notice it.
//!
//! `cargo test -p daypass-engine --features mutants,testing --test mutants`

#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "the other test programs use the rest")]
mod support;

use daypass_core::mutant::{self, Mutant};
use support::scenarios::{self, Scenario};

/// What a scenario panics with; none if it holds.
async fn outcome(scenario: &Scenario) -> Option<String> {
    let died = tokio::spawn((scenario.run)(scenario.name))
        .await
        .err()?
        .into_panic();
    let text = died.downcast_ref::<String>().cloned();
    Some(
        text.or_else(|| died.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_is_noticed_by_its_assertion() {
    // The panics are expected; their stories are told below, for the defects that survive.
    std::panic::set_hook(Box::new(|_| ()));
    let mut wrong = Vec::new();
    for scenario in scenarios::ALL {
        mutant::switch(None);
        if let Some(said) = outcome(scenario).await {
            wrong.push(format!(
                "'{}' does not hold without a defect: {said}",
                scenario.name
            ));
        }
        mutant::switch(Some(scenario.mutant));
        match outcome(scenario).await {
            None => wrong.push(format!(
                "{:?} survives '{}'",
                scenario.mutant, scenario.name
            )),
            Some(said) if !said.starts_with(scenario.name) => {
                wrong.push(format!(
                    "{:?} is noticed by something else than '{}': {said}",
                    scenario.mutant, scenario.name
                ));
            }
            Some(_) => {}
        }
        mutant::switch(None);
    }
    for mutant in Mutant::ALL {
        if !scenarios::ALL
            .iter()
            .any(|scenario| scenario.mutant == mutant)
        {
            wrong.push(format!("{mutant:?} has no scenario"));
        }
    }
    let _ = std::panic::take_hook();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
