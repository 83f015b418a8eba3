//! Prints the images of what kubectl printed, a line for each image of each namespace.
//!
//! ```sh
//! cargo run --example file_inventory examples/pods.json
//! kubectl get namespaces,pods -A -o json | cargo run --example file_inventory
//! ```

use std::time::SystemTime;

use anyhow::Context as _;
use kai_core::{CollectOptions, PodSource, collect};
use kai_k8s::FilePodSource;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let source = match std::env::args().nth(1) {
        Some(path) => FilePodSource::open(path)?,
        None => FilePodSource::stdin(),
    };
    for line in lines(&source).await.context("the input could not be read")? {
        println!("{line}");
    }
    Ok(())
}

/// `namespace image`, sorted.
async fn lines(source: &dyn PodSource) -> Result<Vec<String>, kai_core::SourceError> {
    let report = collect(source, &CollectOptions::default(), SystemTime::now()).await?;
    let namespaces = report.inventory.namespaces().iter();
    let lines = namespaces.flat_map(|namespace| {
        namespace.images().iter().map(move |image| format!("{} {image}", namespace.name()))
    });
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sample_has_its_images() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/pods.json");
        let lines = lines(&FilePodSource::open(sample).unwrap()).await.unwrap();
        assert!(lines.iter().any(|line| line.starts_with("shop nginx:1.27@sha256:")), "{lines:?}");
    }
}
