//! The inventory of a cluster through a `kube::Client` of one's own, as a controller has one.
//!
//! ```sh
//! cargo run --example own_client
//! ```
//!
//! Retries are kai's, so the client's own are switched off.

use std::time::SystemTime;

use anyhow::Context as _;
use kai_core::{CollectOptions, SourceError, collect};
use kai_k8s::kube::{Client, Config};
use kai_k8s::{ClusterPodSource, SourceOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut config = Config::infer().await.context("no cluster is configured")?;
    config.default_retry = false;
    let client = Client::try_from(config)?;
    println!("{} distinct images", images(client).await.context("the cluster is not readable")?);
    Ok(())
}

async fn images(client: Client) -> Result<usize, SourceError> {
    let source = ClusterPodSource::from_client(client, SourceOptions::default());
    let report = collect(&source, &CollectOptions::default(), SystemTime::now()).await?;
    Ok(report.inventory.image_count())
}
