//! The scenarios of the deliberate defects, without a defect.

use crate::support::scenarios;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_named_assertion_holds() {
    let runs = scenarios::ALL
        .iter()
        .map(|scenario| tokio::spawn((scenario.run)(scenario.name)));
    let failed: Vec<_> = futures::future::join_all(runs)
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let noticed: std::collections::BTreeSet<usize> = scenarios::ALL
        .iter()
        .map(|scenario| scenario.mutant as usize)
        .collect();
    assert_eq!(noticed.len(), scenarios::ALL.len(), "one defect each");
}
