use std::sync::Arc;
use std::time::SystemTime;

use kai_core::{ClusterReport, InventoryBuilder, Retry};
use tokio::time::{Instant, pause};

use super::*;
use crate::logging::Level;
use crate::logging::tests::logged;
use crate::testing::{Receiver, Verdict};

fn report() -> Arc<ClusterReport> {
    let inventory = InventoryBuilder::default().finish(SystemTime::now());
    Arc::new(ClusterReport::new(inventory).with_cluster_name("test"))
}

/// What comes of a delivery, when it was tried, and what was logged.
fn delivered(
    verdict: impl Fn(u64) -> Verdict + Send + Sync + 'static,
) -> (Result<(), ReportError>, Vec<u64>, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut outcome = None;
    let told = logged(Level::INFO, false, || {
        outcome = Some(runtime.block_on(async {
            pause();
            let started = Instant::now();
            let receiver = Receiver::start(verdict);
            let payload = receiver.encode(&report()).unwrap();
            let done = deliver(receiver.as_ref(), &payload).await;
            assert!(started.elapsed() < Duration::from_secs(200));
            (done, receiver.got().iter().map(|got| got.at).collect::<Vec<_>>())
        }));
    });
    let (done, tries) = outcome.unwrap();
    (done, tries, told)
}

#[test]
fn four_tries_are_made_with_growing_waits() {
    let (done, tries, told) = delivered(|_| Verdict::No(Retry::Backoff));
    assert_eq!(done.unwrap_err().to_string(), "the receiver says no");
    assert_eq!(tries.len(), 4, "{tries:?}");
    // Between half of 1 + 2 + 4 seconds and all of them.
    assert!((3..=7).contains(tries.last().unwrap()), "{tries:?}");
    assert_eq!(told.matches("warning: the receiver says no: trying again in ").count(), 3);
}

#[test]
fn the_receiver_s_own_wait_is_honoured() {
    let verdict = |at| if at < 30 { Verdict::No(Retry::After(WAIT)) } else { Verdict::Yes };
    let (done, tries, told) = delivered(verdict);
    done.unwrap();
    assert_eq!(tries, [0, 17, 34]);
    assert_eq!(told, "warning: the receiver says no: trying again in 17.0 s\n".repeat(2));
}

const WAIT: Duration = Duration::from_secs(17);

#[test]
fn what_is_refused_for_good_is_not_sent_again() {
    let (done, tries, told) = delivered(|_| Verdict::No(Retry::Never));
    assert!(done.is_err());
    assert_eq!((tries, told.as_str()), (vec![0], ""));
}
