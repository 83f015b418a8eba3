//! What never comes: nothing waits longer than it was told to.

use std::time::Duration;

use kai_core::SourceErrorKind;

use super::{Answer, Encoding, What, run};

#[tokio::test(start_paused = true)]
async fn a_version_that_does_not_come_delays_a_run_by_two_seconds() {
    for what in [What::Pods, What::PodsOfOne] {
        let outcome = run(Encoding::Json, what, |asked, _, _| {
            (asked == What::Version).then_some(Answer::Never)
        })
        .await;
        assert_eq!(outcome.took, Duration::from_secs(2));
        let collected = outcome.result.unwrap();
        assert_eq!(collected.summary.pods, 1);
        let error = collected.missing[0].error();
        assert_eq!(error.kind(), SourceErrorKind::Timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_come_ends_the_run_in_the_request_timeout() {
    for what in [What::Namespaces, What::Nodes, What::Pods, What::PodsOfOne, What::Namespace] {
        let outcome =
            run(Encoding::Json, what, move |asked, _, _| (asked == what).then_some(Answer::Never))
                .await;
        assert!(outcome.took <= Duration::from_secs(5), "{what:?}: {:?}", outcome.took);
        assert_eq!(outcome.result.unwrap_err().kind(), SourceErrorKind::Timeout, "{what:?}");
    }
}
