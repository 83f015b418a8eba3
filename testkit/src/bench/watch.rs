//! Programs that follow a cluster: what they take to start, at rest, and while pods change.

mod changes;
mod daemon;
mod figure;
mod latency;

use std::collections::BTreeSet;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Api, wait};

use super::contender::{Client, Contender};
use super::error::BenchError;
use super::process::Clock;
use super::sample::seconds;
use daemon::Daemon;
pub(super) use figure::{Entry, Figure, Sample, Watching};

/// How many pods are changed, of all namespaces.
const CHANGED: usize = 500;

/// The cluster that is followed.
pub(super) struct Ground<'a> {
    pub(super) api: Api,
    /// kube-apiserver's.
    pub(super) server: Clock,
    /// A folder that is empty but for what the benchmark writes.
    pub(super) home: &'a Path,
}

/// How long pods are changed; a daemon rests half as long before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period(pub(super) Duration);

/// Runs the programs in turn, so many times.
pub(super) fn follow(
    ground: &Ground<'_>,
    followers: &[(Client, Contender)],
    rounds: usize,
    period: Period,
) -> Result<Vec<Entry>, BenchError> {
    let mut entries: Vec<Entry> = followers
        .iter()
        .map(|(_, contender)| Entry { name: contender.name, samples: Vec::new() })
        .collect();
    for round in 0..rounds {
        for ((client, contender), entry) in followers.iter().zip(&mut entries) {
            let tag = format!("{}-{round}", *client as usize);
            entry.samples.push(run(ground, *client, contender, &tag, period)?);
        }
    }
    Ok(entries)
}

fn run(
    ground: &Ground<'_>,
    client: Client,
    contender: &Contender,
    tag: &str,
    Period(period): Period,
) -> Result<Sample, BenchError> {
    // Another run has changed their images.
    let pods = &running_pods(&ground.api)?;
    let before = ground.server.at_rest()?;
    let (daemon, synced) = Daemon::start(client, contender, ground.home)?;
    let began = Instant::now();
    let server_cpu = ground.server.at_rest()? - before;
    sleep((period / 2).saturating_sub(began.elapsed()));
    let (peak, rest) = daemon.memory()?;
    check(&daemon, pods)?;

    let (cpu, began) = (daemon.cpu()?, Instant::now());
    let changed = changes::change(&ground.api, pods, period)?;
    let cpu = daemon.cpu()? - cpu;
    let wall = began.elapsed().as_secs_f64();

    let seen = latency::writes(&ground.api, pods, &daemon, tag)?;
    #[expect(clippy::cast_precision_loss, reason = "some thousand changes")]
    let count = changed.max(1) as f64;
    eprintln!(
        "  {}: synced after {} s, {} MiB at most, {} at rest, {} s of CPU for {changed} changes",
        contender.name,
        seconds(synced),
        peak >> 20,
        rest >> 20,
        seconds(cpu),
    );
    Ok(Sample { synced, peak, rest, cpu: cpu / count, rate: count / wall, server_cpu, seen })
}

/// Whether it knows what is there: one that reads less than all would win.
fn check(daemon: &Daemon, pods: &[Value]) -> Result<(), BenchError> {
    let images = pods.iter().filter_map(|pod| pod["spec"]["containers"][0]["image"].as_str());
    // Others are not shown as they are written.
    let tagged = images.filter(|image| {
        let name = image.rsplit('/').next().unwrap_or_default();
        name.contains(':') && !name.contains('@')
    });
    let tagged: BTreeSet<&str> = tagged.collect();
    let unknown = daemon.unknown(tagged)?;
    if unknown.is_empty() {
        return Ok(());
    }
    let reason = format!("it lacks {} images, {} for one", unknown.len(), unknown[0]);
    Err(BenchError::unexpected("the inventory", reason))
}

/// Some pods that run, of each namespace.
fn running_pods(api: &Api) -> Result<Vec<Value>, BenchError> {
    let namespaces = wait(api.list("/api/v1/namespaces"))?;
    let each = CHANGED.div_ceil(namespaces.len().max(1));
    let mut pods = Vec::new();
    for namespace in &namespaces {
        let name = namespace["metadata"]["name"].as_str().unwrap_or_default();
        let which = format!("fieldSelector=status.phase%3DRunning&limit={each}");
        pods.extend(wait(api.list(&format!("/api/v1/namespaces/{name}/pods?{which}")))?);
    }
    if pods.is_empty() {
        return Err(BenchError::unexpected("the load", "no pod of it runs"));
    }
    Ok(pods)
}

/// The path of a pod.
fn path(pod: &Value) -> String {
    let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default().to_owned();
    format!("/api/v1/namespaces/{}/pods/{}", text("namespace"), text("name"))
}
