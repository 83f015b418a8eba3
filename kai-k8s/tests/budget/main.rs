//! What a run over 10,000 pods may take, in counts that no machine's speed changes. A binary of its
//! own, for its allocator counts for the whole process.

use std::time::SystemTime;

use kai_core::{CollectOptions, collect};
use kai_k8s::{ClusterPodSource, ClusterSettings, Overrides, SourceOptions};
use testkit::{ControlPlane, Load};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

const PODS: usize = 10_000;
/// Nearly all are the texts of the pods that a source gives out.
const ALLOCATIONS_PER_POD: u64 = 20;
/// What is in memory at once: connections with their buffers, a pod of each list, and the
/// inventory.
const HEAP_MAX: usize = 4 * 1024 * 1024;

#[tokio::test]
async fn a_run_over_10_000_pods_keeps_to_its_budget() {
    let cluster = ControlPlane::shared();
    Load::new(PODS, 200).inject(cluster).unwrap();
    let settings = ClusterSettings::Kubeconfig {
        path: cluster.admin_kubeconfig(),
        overrides: Overrides::default(),
    };

    let counting = dhat::Profiler::builder().testing().build();
    let source = ClusterPodSource::connect(&settings, SourceOptions::default()).await.unwrap();
    let options = CollectOptions::default();
    let collected = collect(&source, &options, SystemTime::UNIX_EPOCH).await.unwrap();
    let counted = dhat::HeapStats::get();
    drop(counting);

    assert_eq!(collected.summary.pods, PODS);
    let (allocations, peak) = (counted.total_blocks, counted.max_bytes);
    println!("{allocations} allocations, {peak} bytes at once");
    assert!(allocations <= ALLOCATIONS_PER_POD * PODS as u64, "{allocations} allocations");
    assert!(peak <= HEAP_MAX, "{peak} bytes at once");
}
