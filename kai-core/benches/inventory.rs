//! What the rules take for a pod, and the inventory of a big cluster.
#![expect(clippy::unwrap_used, reason = "a benchmark of wrong facts would be worth nothing")]

use std::time::SystemTime;

use divan::{AllocProfiler, Bencher};
use kai_core::{
    CollectOptions, Collector, Container, ContainerKind, Inventory, InventoryBuilder, Observed,
    Pod, PodPhase, Visitor,
};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const SIGHTINGS: usize = 50_000;
const NAMESPACES: usize = 500;
const IMAGES: usize = 400;

fn main() {
    divan::main();
}

/// A visitor that doesn't listen.
struct Nobody;

impl Visitor for Nobody {}

/// The pod with a number: one container, of one of [`IMAGES`] images. No namespace has an image
/// twice, so nothing is saved.
fn pod(number: usize) -> Pod {
    let (namespace, position) = (number % NAMESPACES, number / NAMESPACES);
    let image = (namespace + position * 3) % IMAGES;
    let reference = format!("registry.example:5000/team-{}/app-{image}:v1.{image}", image % 9);
    let id = format!("registry.example:5000/app@sha256:{image:064x}");
    Pod::new(format!("namespace-{namespace:03}"), format!("pod-{number}"))
        .with_phase(PodPhase::Running)
        .with_container(
            Container::new(ContainerKind::Regular, "main", &reference)
                .with_status(reference, id)
                .running(),
        )
}

fn facts() -> Vec<Observed> {
    (0..SIGHTINGS).map(|number| Observed::Pod(pod(number))).collect()
}

fn inventory(facts: &[Observed]) -> Inventory {
    let options = CollectOptions::default();
    let mut collector = Collector::new(&options);
    let mut builder = InventoryBuilder::default();
    for fact in facts {
        collector.observe(fact, &mut builder);
    }
    collector.finish(&mut builder);
    builder.finish(SystemTime::UNIX_EPOCH)
}

/// Its texts are judged: three parses and a merge.
#[divan::bench]
fn pod_of_new_texts(bencher: Bencher<'_, '_>) {
    let options = CollectOptions::default();
    let fact = Observed::Pod(pod(1));
    bencher
        .with_inputs(|| Collector::new(&options))
        .bench_local_values(|mut collector| collector.observe(&fact, &mut Nobody));
}

/// Its texts were judged before, as those of most pods of a cluster.
#[divan::bench]
fn pod_of_known_texts(bencher: Bencher<'_, '_>) {
    let options = CollectOptions::default();
    let fact = Observed::Pod(pod(1));
    let mut collector = Collector::new(&options);
    bencher.bench_local(|| collector.observe(&fact, &mut Nobody));
}

#[divan::bench(sample_count = 20)]
fn inventory_of_50_000_sightings(bencher: Bencher<'_, '_>) {
    let facts = facts();
    bencher.bench_local(|| inventory(&facts));
}

#[divan::bench(sample_count = 20)]
fn report_of_50_000_sightings(bencher: Bencher<'_, '_>) {
    let inventory = inventory(&facts());
    bencher.bench_local(|| serde_json::to_writer(std::io::sink(), &inventory.document()).unwrap());
}
