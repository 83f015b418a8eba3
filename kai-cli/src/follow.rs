//! `kai -w`: what runs, then each image that appears or vanishes.

use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::StreamExt;
use kai_core::{
    Change, ClusterState, Details, Digest, Escaped, ImageTransition, LivePodSource, Window,
    Workload,
};
use serde::Serialize;
use tracing::{info, warn};

use crate::adhoc;
use crate::collect::Collector;
use crate::error::{Error, one_line};
use crate::output::{self, Format, Reader, View};
use crate::settings::Settings;
use crate::signals::Signals;

/// Runs until a signal comes, or until stdout is closed.
pub(crate) async fn run(settings: Arc<Settings>, mut signals: Signals) -> Result<(), Error> {
    tokio::select! {
        biased;
        signal = signals.first() => Err(Error::Signal(signal)),
        followed = follow(&settings) => followed,
    }
}

async fn follow(settings: &Arc<Settings>) -> Result<(), Error> {
    let needs = settings.output.needs(&settings.view).union(Details::default().with_workloads());
    let mut collector = Collector::new(Arc::clone(settings), needs);
    let started = Instant::now();
    collector.connect().await?;
    let source = collector.live().map_err(|error| collector.failure(error))?;
    let options = Arc::new(collector.options().clone());
    let mut state = ClusterState::new(Arc::clone(&options));
    let mut changes = source.follow(options.query());
    while let Some(change) = changes.next().await {
        let change = change.map_err(|error| collector.failure(error))?;
        if let Change::Interrupted(why) = change {
            if !state.is_synced() {
                return Err(collector.failure(why.into()));
            }
            warn!("out of touch with the cluster: {}", one_line(why.error()));
            continue;
        }
        if matches!(change, Change::Resumed) {
            info!("in touch with the cluster again");
        }
        let was_synced = state.is_synced();
        let effect = state.apply(change, SystemTime::now());
        let reader = if was_synced {
            print(&effect.images, collector.cluster_name(), settings)
        } else if effect.synced {
            let report = collector.take_of(&state, Window::Now, SystemTime::now())?;
            adhoc::summarize(&report, started);
            output::print_first(&report, settings.output, &settings.view)
        } else {
            Ok(Reader::There)
        };
        if reader.map_err(Error::Write)? == Reader::Gone {
            return Ok(());
        }
    }
    Ok(())
}

/// Prints a line for each.
fn print(
    transitions: &[ImageTransition],
    cluster: Option<&str>,
    settings: &Settings,
) -> io::Result<Reader> {
    if transitions.is_empty() {
        return Ok(Reader::There);
    }
    let now = SystemTime::now();
    output::print_to_reader(|out| {
        transitions.iter().try_for_each(|transition| match settings.output {
            Format::Jsonl => {
                serde_json::to_writer(
                    &mut *out,
                    &Line::of(transition, cluster, now, &settings.view),
                )?;
                writeln!(out)
            }
            _ => writeln!(out, "{}", Escaped(&transition.to_string())),
        })
    })
}

/// A transition for machines: what is known of a use, named as its columns are.
#[derive(Serialize)]
struct Line<'t> {
    event: &'static str,
    time: String,
    cluster: Option<&'t str>,
    namespace: &'t str,
    workload_kind: Option<&'t str>,
    workload: Option<&'t str>,
    workload_known: Option<&'t str>,
    registry: &'t str,
    repository: &'t str,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

impl<'t> Line<'t> {
    fn of(
        transition: &'t ImageTransition,
        cluster: Option<&'t str>,
        at: SystemTime,
        view: &View,
    ) -> Self {
        let (image, workload) = (&transition.image, transition.workload.as_ref());
        Self {
            event: if transition.appeared { "appeared" } else { "vanished" },
            time: output::rfc3339(at),
            cluster,
            namespace: &transition.namespace,
            workload_kind: workload.map(Workload::kind),
            workload: workload.map(Workload::name),
            workload_known: workload.map(|workload| workload.origin().as_str()),
            registry: image.registry(),
            repository: image.repository(),
            tag: view.tag(image),
            digest: image.digest().map(Digest::as_str),
        }
    }
}
