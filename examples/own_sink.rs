//! Reports to a receiver of one's own: a file that has a line for each image of each namespace.
//!
//! ```sh
//! cargo run --example own_sink images.txt
//! cargo test --example own_sink
//! ```

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use kai_core::{
    Body, ClusterReport, CollectOptions, Container, ContainerKind, InMemoryPodSource, Payload, Pod,
    PodPhase, ReportError, Retry, Sink, async_trait, collect,
};

/// Writes reports to a file, each in the place of the last.
struct Lines {
    path: PathBuf,
}

#[async_trait]
impl Sink for Lines {
    // Encoding is apart from delivering: a report is encoded once, however often it is tried.
    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
        let namespaces = report.inventory.namespaces().iter();
        let lines = namespaces.flat_map(|namespace| {
            namespace.images().iter().map(|image| format!("{} {image}\n", namespace.name()))
        });
        let bytes = lines.collect::<String>().into_bytes();
        Ok(Payload::default().with_form("lines", move || Ok(Body::whole(bytes.clone()))))
    }

    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
        let body = payload.body("lines")?;
        let failed = |error| {
            // A disk that is full may not stay so.
            ReportError::new("the lines cannot be written", Retry::Backoff).with_source(error)
        };
        let mut file = File::create(&self.path).map_err(failed)?;
        for piece in body.into_pieces() {
            file.write_all(&piece?).map_err(failed)?;
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/dev/stdout".to_owned());
    report_to(&Lines { path: path.into() }).await
}

/// One pass, with what the receiver needs, and one delivery.
async fn report_to(sink: &dyn Sink) -> anyhow::Result<()> {
    let web = Container::new(ContainerKind::Regular, "web", "nginx:1.27");
    let source = InMemoryPodSource::new()
        .with_pod(Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(web));
    let options = CollectOptions::default().details(sink.needs());
    let report = Arc::new(collect(&source, &options, SystemTime::now()).await?);
    sink.deliver(&sink.encode(&report)?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_file_has_a_line_for_each_image() {
        let path = std::env::temp_dir().join(format!("own-sink-{}", std::process::id()));
        report_to(&Lines { path: path.clone() }).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text, "shop nginx:1.27\n");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_an_error_that_may_pass() {
        let sink = Lines { path: "/none/such".into() };
        let error = report_to(&sink).await.unwrap_err();
        let error = error.downcast_ref::<ReportError>().unwrap();
        assert_eq!(error.retry(), Retry::Backoff);
    }
}
