//! A service that refreshes an inventory in the background, and answers from the newest at any time.
//!
//! ```sh
//! cargo run --example service
//! cargo test --example service
//! ```

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, InMemoryPodSource, Pod, PodPhase,
    PodSource, collect,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The newest report; `None` until there is one.
type Newest = watch::Receiver<Option<Arc<ClusterReport>>>;

/// Refreshes until it is dropped.
struct Service {
    newest: Newest,
    task: JoinHandle<()>,
}

impl Service {
    fn start(source: impl PodSource + 'static, every: Duration) -> Self {
        let (sender, newest) = watch::channel(None);
        let task = tokio::spawn(async move {
            loop {
                match collect(&source, &CollectOptions::default(), SystemTime::now()).await {
                    Ok(report) => drop(sender.send(Some(Arc::new(report)))),
                    // The last report stays what it is: there is no half of one.
                    Err(error) => eprintln!("no new inventory: {error}"),
                }
                tokio::time::sleep(every).await;
            }
        });
        Self { newest, task }
    }

    /// Where an image runs, by the newest report.
    fn namespaces_with(&self, reference: &str) -> Vec<String> {
        let newest = self.newest.borrow();
        let Some(report) = newest.as_ref() else { return Vec::new() };
        let namespaces = report.inventory.namespaces().iter().filter(|namespace| {
            namespace.images().iter().any(|image| image.reference() == reference)
        });
        namespaces.map(|namespace| namespace.name().to_owned()).collect()
    }

    /// Waits for the next report.
    async fn refreshed(&mut self) {
        let _ = self.newest.changed().await;
    }
}

impl Drop for Service {
    // Dropping the future of a pass is safe, and stops the work behind it.
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut service = Service::start(cluster(), Duration::from_secs(60));
    service.refreshed().await;
    println!("nginx:1.27 runs in {}", service.namespaces_with("nginx:1.27").join(", "));
}

fn cluster() -> InMemoryPodSource {
    let pod = |namespace: &str| {
        let web = Container::new(ContainerKind::Regular, "web", "nginx:1.27");
        Pod::new(namespace, "web-0").with_phase(PodPhase::Running).with_container(web)
    };
    InMemoryPodSource::new().with_pod(pod("shop")).with_pod(pod("blog"))
}

#[cfg(test)]
mod tests {
    use kai_core::testing::{MockPodSource, stream_of};
    use kai_core::{Observed, SourceError, SourceErrorKind};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pass_that_fails_leaves_the_last_report() {
        let (mut source, mut passes) = (MockPodSource::new(), 0);
        source.expect_observe().returning(move |_| {
            passes += 1;
            let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(
                Container::new(ContainerKind::Regular, "web", format!("nginx:{passes}")),
            );
            let broken = SourceError::new(SourceErrorKind::Unreachable, "no route to host");
            stream_of([if passes == 2 { Err(broken) } else { Ok(Observed::Pod(pod)) }])
        });
        let mut service = Service::start(source, Duration::from_secs(60));
        assert!(service.namespaces_with("nginx:1").is_empty());
        service.refreshed().await;
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(service.namespaces_with("nginx:1"), ["shop"], "the second pass has failed");
        service.refreshed().await;
        assert_eq!(service.namespaces_with("nginx:3"), ["shop"]);
    }
}
