//! Prints which images are in use in a cluster, a line for each image of each namespace.
//!
//! ```sh
//! cargo run --example cluster_inventory              # every namespace
//! cargo run --example cluster_inventory shop jobs    # these two
//! ```
//!
//! The cluster is the one that kubectl talks to, or the one that this runs in.

use std::io::{self, Write as _};
use std::time::SystemTime;

use anyhow::Context as _;
use kai_core::{CollectOptions, NamespaceSelector, collect};
use kai_k8s::{ClusterPodSource, ClusterSettings, Overrides, SourceOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let namespaces = NamespaceSelector::including(std::env::args().skip(1))?;
    let options = CollectOptions::default().namespaces(namespaces);

    let settings = ClusterSettings::Default(Overrides::default());
    let source = ClusterPodSource::connect(&settings, SourceOptions::default())
        .await
        .context("no cluster to connect to")?;
    let collected = collect(&source, &options, SystemTime::now())
        .await
        .context("the cluster could not be read")?;

    let mut stdout = io::stdout().lock();
    for namespace in collected.inventory.namespaces() {
        for image in namespace.images() {
            let digest = image.digest().map_or("-", |digest| digest.as_str());
            writeln!(stdout, "{} {} {digest}", namespace.name(), image.reference())?;
        }
    }

    // Nothing disappears in silence: whoever calls can tell what is not in the inventory.
    for (reason, containers) in &collected.summary.left_out {
        eprintln!("left out, {reason:?}: {containers} containers");
    }
    for name in &collected.not_found {
        eprintln!("there is no namespace `{name}`");
    }
    Ok(())
}
