//! Delivers the inventory of a cluster in memory to Anchore, and tries again where that may help.
//!
//! ```sh
//! cargo run --example anchore_delivery               # says what it would send
//! ANCHORE_URL=https://anchore.example ANCHORE_USER=kai ANCHORE_PASSWORD=… \
//!     cargo run --example anchore_delivery           # sends it
//! ```

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use kai_anchore::{AnchoreSettings, AnchoreSink, ApiVersion, Password, encode};
use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, Details, InMemoryPodSource, Namespace,
    Payload, Pod, PodPhase, PodSource, Retry, Sink, collect,
};

/// How often a report is sent, at most.
const TRIES: u32 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let report = report(&cluster()).await?;
    let Ok(url) = env::var("ANCHORE_URL") else {
        let payload = encode(&report)?;
        for api in [ApiVersion::V1, ApiVersion::V2] {
            let body = payload.body(api.form())?.read()?;
            println!("POST {}\n{}\n", api.path(), String::from_utf8(body)?);
        }
        println!("ANCHORE_URL is not set: nothing is sent.");
        return Ok(());
    };
    let user = env::var("ANCHORE_USER").context("ANCHORE_USER is needed")?;
    let password = env::var("ANCHORE_PASSWORD").context("ANCHORE_PASSWORD is needed")?;
    let settings = AnchoreSettings::new(url.parse()?, user, Password::given(password));
    if settings.url.is_clear_text() {
        eprintln!("the password travels to {} in clear text", settings.url);
    }
    let sink = AnchoreSink::new(&settings)?;
    deliver(&sink, &sink.encode(&report)?).await?;
    println!("Anchore has it.");
    Ok(())
}

/// Two pods of one namespace. A cluster would do as well, if its source tells uids.
fn cluster() -> InMemoryPodSource {
    let pod = |name: &str, image: &str| {
        let container = Container::new(ContainerKind::Regular, "main", image)
            .with_container_id(format!("containerd://id-of-{name}"));
        Pod::new("shop", name)
            .with_uid(format!("uid-of-{name}"))
            .with_phase(PodPhase::Running)
            .with_container(container)
    };
    InMemoryPodSource::new()
        .with_namespace(Namespace::new("shop").with_uid("uid-of-shop"))
        .with_pod(pod("web-0", "nginx:1.27"))
        .with_pod(pod("cart-0", "redis:8.2"))
}

/// What both APIs take, from one pass.
async fn report(source: &dyn PodSource) -> anyhow::Result<Arc<ClusterReport>> {
    let options = CollectOptions::default().details(Details::default().with_containers());
    let report = collect(source, &options, SystemTime::now()).await?;
    Ok(Arc::new(report.with_cluster_name("example")))
}

/// Makes an attempt, and others while that is worth it.
async fn deliver(sink: &dyn Sink, payload: &Payload) -> anyhow::Result<()> {
    let mut growing = Duration::from_secs(1);
    for attempt in 1.. {
        let Err(error) = sink.deliver(payload).await else { break };
        let retry = error.retry();
        let error = anyhow::Error::from(error);
        let wait = match retry {
            Retry::After(wait) if attempt < TRIES => wait,
            Retry::Backoff if attempt < TRIES => growing,
            _ => return Err(error),
        };
        eprintln!("trying again in {} s: {error:#}", wait.as_secs());
        tokio::time::sleep(wait).await;
        growing *= 2;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kai_core::testing::MockSink;
    use kai_core::{Body, ReportError};

    use super::*;

    /// Delivers to a mock that fails in these ways, one after another, and then no more; returns
    /// whether it succeeded, and how many seconds it waited.
    async fn deliver_through(failures: Vec<Retry>) -> (bool, u64) {
        let mut sink = MockSink::new();
        let mut failures = failures.into_iter();
        sink.expect_deliver().returning(move |_| match failures.next() {
            Some(retry) => Err(ReportError::new("no", retry)),
            None => Ok(()),
        });
        let start = tokio::time::Instant::now();
        let outcome = deliver(&sink, &Payload::default()).await;
        (outcome.is_ok(), start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_as_it_is_told_and_gives_up_after_four_attempts() {
        let seven = Retry::After(Duration::from_secs(7));
        let table = [
            (vec![], (true, 0)),
            (vec![Retry::Never], (false, 0)),
            (vec![seven], (true, 7)),
            (vec![Retry::Backoff, Retry::Backoff, Retry::Backoff], (true, 1 + 2 + 4)),
            (vec![Retry::Backoff, Retry::Never], (false, 1)),
            (vec![Retry::Backoff; 4], (false, 1 + 2 + 4)),
        ];
        for (failures, expected) in table {
            println!("{failures:?}");
            assert_eq!(deliver_through(failures).await, expected);
        }
    }

    #[tokio::test]
    async fn both_bodies_hold_the_images() {
        let payload = encode(&report(&cluster()).await.unwrap()).unwrap();
        for api in [ApiVersion::V1, ApiVersion::V2] {
            let body = payload.body(api.form()).and_then(Body::read).unwrap();
            let body = String::from_utf8(body).unwrap();
            assert!(body.contains("nginx:1.27") && body.contains("redis:8.2"), "{body}");
        }
    }
}
