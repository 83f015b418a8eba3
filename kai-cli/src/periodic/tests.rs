mod delivery;
mod end;
mod logs;
mod receivers;
mod schedule;
mod spooled;
mod watching;

use std::sync::Mutex;

use tokio::time::{advance, pause, sleep};

use super::observer::{Figures, Outcome, Shown};
use super::*;
use crate::testing::{Cluster, Receiver, Shared, Verdict, periodic};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Collects of a cluster and delivers to a receiver until something is over.
async fn run(
    typed: &[&str],
    cluster: &Arc<Cluster>,
    receiver: &Arc<Receiver>,
    observer: &Arc<Watch>,
    end: impl Future<Output = ()>,
) {
    observed(typed, cluster, receiver, Arc::<Watch>::clone(observer), end).await;
}

/// The same, told to any observer.
pub(crate) async fn observed(
    typed: &[&str],
    cluster: &Arc<Cluster>,
    receiver: &Arc<Receiver>,
    observer: Arc<dyn Observer>,
    end: impl Future<Output = ()>,
) {
    let settings = periodic(typed);
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(Arc::clone(cluster))));
    Periodic::new(collector, &settings, vec![receiver.configured(&settings)], observer)
        .run(end)
        .await
        .unwrap();
}

/// Runs for some time.
async fn run_for(time: u64, cluster: &Arc<Cluster>, receiver: &Arc<Receiver>) {
    run(&[], cluster, receiver, &Arc::default(), sleep(seconds(time))).await;
}

/// Keeps what it is told.
#[derive(Default)]
pub(super) struct Watch {
    told: Mutex<Vec<(Instant, Told)>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Told {
    Beat,
    Started,
    Ended(Duration, Option<Figures>),
    Delivered(Outcome),
    Report(String),
    InTouch(bool),
    Drifted(usize),
}

impl Watch {
    fn note(&self, told: Told) {
        self.told.lock().unwrap().push((Instant::now(), told));
    }

    fn all(&self) -> Vec<(Instant, Told)> {
        self.told.lock().unwrap().clone()
    }
}

impl Observer for Watch {
    fn beat(&self) {
        self.note(Told::Beat);
    }

    fn cycle_started(&self) {
        self.note(Told::Started);
    }

    fn cycle_ended(&self, took: Duration, figures: Option<&Figures>) {
        self.note(Told::Ended(took, figures.cloned()));
    }

    fn delivered(&self, outcome: Outcome) {
        self.note(Told::Delivered(outcome));
    }

    fn wants_reports(&self) -> bool {
        true
    }

    fn in_touch(&self, is: bool) {
        self.note(Told::InTouch(is));
    }

    fn drifted(&self, differences: usize) {
        self.note(Told::Drifted(differences));
    }

    fn report(&self, shown: Shown) {
        let line = String::from_utf8(shown.inventory.into()).unwrap();
        self.note(Told::Report(line.trim_end().to_owned()));
    }
}
