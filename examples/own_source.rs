//! Pods from a source of one's own: a table in CSV, as a database or another tool exports it.
//!
//! ```sh
//! cargo run --example own_source
//! cargo test --example own_source
//! ```

use std::time::SystemTime;

use futures_util::stream::{self, StreamExt as _};
use kai_core::{
    CollectOptions, Container, ContainerKind, Observed, Pod, PodPhase, PodSource, PodStream, Query,
    SourceError, SourceErrorKind, collect,
};

/// Lines of `namespace,pod,container,image`.
struct Csv(String);

impl PodSource for Csv {
    // The query is for sources that can fetch less; kai applies it in any case.
    fn observe(&self, _: &Query) -> PodStream<'_> {
        stream::iter(pods(&self.0)).boxed()
    }
}

/// The pods of a table, each once, whatever the order of its lines.
fn pods(text: &str) -> Vec<Result<Observed, SourceError>> {
    let mut pods: Vec<Pod> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<_> = line.split(',').map(str::trim).collect();
        let [namespace, pod, container, image] = fields[..] else {
            let message = format!("line {} has {} fields", number + 1, fields.len());
            return vec![Err(SourceError::new(SourceErrorKind::Malformed, message))];
        };
        let container = Container::new(ContainerKind::Regular, container, image);
        let known = pods.iter_mut().find(|known| known.namespace == namespace && known.name == pod);
        match known {
            Some(known) => known.containers.push(container),
            None => pods.push(
                Pod::new(namespace, pod).with_phase(PodPhase::Running).with_container(container),
            ),
        }
    }
    pods.into_iter().map(|pod| Ok(Observed::Pod(pod))).collect()
}

const TABLE: &str = "shop,web-0,web,nginx:1.27
shop,web-0,proxy,envoyproxy/envoy:v1.34.1
jobs,report-7,report,registry.example/report:3";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let source = Csv(TABLE.to_owned());
    let report = collect(&source, &CollectOptions::default(), SystemTime::now()).await?;
    for namespace in report.inventory.namespaces() {
        let images: Vec<_> = namespace.images().iter().map(ToString::to_string).collect();
        println!("{}: {}", namespace.name(), images.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kai_core::testing::assert_contract;

    use super::*;

    #[tokio::test]
    async fn it_keeps_the_contract_of_a_source() {
        assert_contract(&Csv(TABLE.to_owned())).await;
    }

    #[tokio::test]
    async fn a_line_that_is_no_row_is_an_error_and_no_smaller_inventory() {
        let source = Csv("shop,web-0\n".to_owned() + TABLE);
        let error = collect(&source, &CollectOptions::default(), SystemTime::now()).await;
        assert_eq!(error.unwrap_err().to_string(), "line 1 has 2 fields");
    }
}
