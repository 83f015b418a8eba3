//! Delivers the inventory of a cluster in memory to Anchore, and tries again where that may help.
//!
//! ```sh
//! cargo run --example anchore_delivery               # says what it would send
//! ANCHORE_URL=https://anchore.example ANCHORE_USER=kai ANCHORE_PASSWORD=… \
//!     cargo run --example anchore_delivery           # sends it
//! ```

use std::env;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use kai_anchore::{
    AnchoreReporter, AnchoreSettings, ApiVersion, KubernetesInventoryBuilder, Password, Report,
};
use kai_core::{
    CollectOptions, Container, ContainerKind, InMemoryPodSource, Namespace, Pod, PodPhase,
    PodSource, Reporter, Retry, collect_with,
};

/// How often a report is sent, at most.
const TRIES: u32 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let report = report(&cluster()).await?;
    let Ok(url) = env::var("ANCHORE_URL") else {
        for api in [ApiVersion::V1, ApiVersion::V2] {
            let body = report.body(api)?;
            println!("POST {}\n{}\n", api.path(), String::from_utf8(body)?);
        }
        println!("ANCHORE_URL is not set: nothing is sent.");
        return Ok(());
    };
    let user = env::var("ANCHORE_USER").context("ANCHORE_USER is needed")?;
    let password = env::var("ANCHORE_PASSWORD").context("ANCHORE_PASSWORD is needed")?;
    let settings = AnchoreSettings::new(url.parse()?, user, Password::given(password));
    if settings.url().is_clear_text() {
        eprintln!("the password travels to {} in clear text", settings.url());
    }
    let reporter = AnchoreReporter::new(&settings)?;
    deliver(&reporter, &report).await?;
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
async fn report(source: &dyn PodSource) -> anyhow::Result<Report> {
    let builder = KubernetesInventoryBuilder::default();
    let options = CollectOptions::default();
    let (collected, builder) = collect_with(source, &options, SystemTime::now(), builder).await?;
    let inventory = collected.inventory.with_cluster_name("example");
    Ok(Report::new(inventory).with_kubernetes(builder.finish()))
}

/// Makes an attempt, and others while that is worth it.
async fn deliver(reporter: &dyn Reporter<Report>, report: &Report) -> anyhow::Result<()> {
    let mut growing = Duration::from_secs(1);
    for attempt in 1.. {
        let Err(error) = reporter.deliver(report).await else { break };
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
    use kai_core::ReportError;
    use kai_core::testing::MockReporter;

    use super::*;

    /// Delivers to a mock that fails in these ways, one after another, and then no more; returns
    /// whether it succeeded, and how many seconds it waited.
    async fn deliver_through(failures: Vec<Retry>) -> (bool, u64) {
        let mut reporter = MockReporter::<Report>::new();
        let mut failures = failures.into_iter();
        reporter.expect_deliver().returning(move |_| match failures.next() {
            Some(retry) => Err(ReportError::new("no", retry)),
            None => Ok(()),
        });
        let report = report(&cluster()).await.unwrap();
        let start = tokio::time::Instant::now();
        let outcome = deliver(&reporter, &report).await;
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
        let report = report(&cluster()).await.unwrap();
        for api in [ApiVersion::V1, ApiVersion::V2] {
            let body = String::from_utf8(report.body(api).unwrap()).unwrap();
            assert!(body.contains("nginx:1.27") && body.contains("redis:8.2"), "{body}");
        }
    }
}
