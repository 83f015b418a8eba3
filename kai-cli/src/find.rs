//! `kai where`: which containers run an image, in which workloads, since when.

mod near;
mod summary;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kai_core::{
    ClusterReport, Controller, ImageFilter, ImageReference, ImageUse, MissingTagPolicy, Node, Pod,
    Remark, UseTable, UseTableBuilder, Visitor,
};
use tracing::{info, warn};

use crate::args::{Expect, Misuse, Sought};
use crate::collect::Collector;
use crate::error::Error;
use crate::output::{self, Columns, Format, Rows};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::words::counted;
use near::Near;
use summary::Summary;

/// Finds the containers whose image matches, and prints them.
pub(crate) async fn run(
    settings: Arc<Settings>,
    sought: Sought,
    mut signals: Signals,
) -> Result<(), Error> {
    let format = format(&settings)?;
    let needs = output::Format::Wide.needs(&settings.view);
    let ignores = settings.collect.ignores_not_running();
    let mut collector = Collector::new(Arc::clone(&settings), needs).counting(|options| {
        let images = options.image_filter().clone().including(sought.patterns.iter().cloned());
        // Those that don't run are counted.
        // What has no tag is found, too.
        let options = options.missing_tag_policy(MissingTagPolicy::Digest);
        options.images(images).ignore_not_running(false)
    });
    let matches = Matches::new(&settings, ignores);
    let taken = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        taken = collector.take_with(matches) => taken,
    };
    if let Some(signal) = signals.received() {
        return Err(Error::Signal(signal));
    }
    let (report, matches) = taken?;
    let Matches { table, others, near, filtered, .. } = matches;
    let table = table.finish();
    print(&report, &table, format, &settings).map_err(Error::Write)?;
    if table.is_empty() {
        info!("{}", near.nothing(&sought.patterns));
    } else {
        info!("{}", Summary::of(&table));
    }
    if others > 0 {
        info!(
            "{} in pods that do not run (--ignore-not-running=false shows them)",
            counted(others, "more container")
        );
    }
    if filtered > 0 {
        warn!("{} left out by other filters of pods and images", counted(filtered, "container"));
    }
    end(&report, &sought, table.len())
}

/// The format, if it is one of those that have a row for each container; `None`: for people.
fn format(settings: &Settings) -> Result<Option<Format>, Error> {
    let is_set = settings.typed.output;
    match settings.output {
        _ if !is_set => Ok(None),
        Format::Table | Format::Images => Ok(None),
        format @ (Format::Wide
        | Format::Csv
        | Format::Jsonl
        | Format::Json
        | Format::Yaml
        | Format::Markdown) => Ok(Some(format)),
        other => Err(Error::Misuse(Misuse::format(
            "where",
            other.name(),
            "`table`, `wide`, `csv`, `jsonl`, `json`, `yaml` or `markdown`",
        ))),
    }
}

fn print(
    report: &ClusterReport,
    table: &UseTable,
    format: Option<Format>,
    settings: &Settings,
) -> std::io::Result<()> {
    let (cluster, uid) = (report.inventory.cluster_name(), report.cluster_uid.as_deref());
    let rows = |view| Rows::new(table, cluster, uid, Columns::PODS, view);
    let view = &settings.view;
    match format {
        Some(format) => output::print_with(|out| output::write_rows(rows(view), format, out)),
        None if view.columns.is_some() => {
            output::print_with(|out| output::write_rows(rows(view), Format::Wide, out))
        }
        None if table.is_empty() => Ok(()),
        None => {
            let now = report.inventory.taken_at();
            let mut hidden = Vec::new();
            let printed = output::print_with(|out| {
                hidden = table::write(&rows(view), now, view, out)?;
                Ok(())
            });
            if !hidden.is_empty() {
                info!("no room for {}: -o wide has all columns", hidden.join(", "));
            }
            printed
        }
    }
}

fn end(report: &ClusterReport, sought: &Sought, found: usize) -> Result<(), Error> {
    match sought.expect {
        Some(expect) if !expect.is_met(found) => {
            Err(Error::Unexpected { found: counted(found, "container"), expect })
        }
        // A gate that looked where nothing is has not looked.
        Some(Expect::None) if !report.not_found.is_empty() => {
            let names = report.not_found.iter().map(|name| format!("`{name}`"));
            Err(Error::NamespaceNotFound { names: names.collect::<Vec<_>>().join(", ") })
        }
        _ if report.skipped.is_empty() => Ok(()),
        _ => Err(Error::Skipped { count: report.skipped.len() }),
    }
}

/// A visitor that keeps the matching containers, a row for each.
struct Matches {
    table: UseTableBuilder,
    /// Whether pods that don't run are only counted.
    ignores: bool,
    /// Whether the pod at hand counts.
    counts: bool,
    /// The matching containers of pods that don't count.
    others: usize,
    near: Near,
    /// The containers that a filter leaves out, whatever is sought.
    filtered: usize,
    /// What counts, whatever is sought.
    filter: ImageFilter,
}

impl Matches {
    fn new(settings: &Settings, ignores: bool) -> Self {
        let table = UseTableBuilder::default().by_pods().label_keys(settings.view.labels.clone());
        let table = if settings.view.exact { table.exact() } else { table };
        let (near, filter) = (Near::default(), settings.collect.image_filter().clone());
        Self { table, ignores, counts: true, others: 0, near, filtered: 0, filter }
    }
}

impl Visitor for Matches {
    fn node(&mut self, node: &Node) {
        self.table.node(node);
    }

    fn controller(&mut self, controller: &Controller) {
        self.table.controller(controller);
    }

    fn pod(&mut self, pod: &Pod) {
        self.counts = !self.ignores || pod.is_running();
        self.table.pod(pod);
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        if self.counts {
            self.table.image(seen);
        } else {
            self.others += 1;
        }
    }

    fn remark(&mut self, what: Remark<'_>) {
        if let Remark::ImageFiltered { image, container, .. } = what {
            let named = container.image.parse::<ImageReference>();
            let pinned = named.is_ok_and(|reference| reference.digest().is_some());
            if self.filter.admits(image, pinned) {
                self.near.note(image);
            } else {
                self.filtered += 1;
            }
        }
        if let Remark::PodFiltered { pod } = what {
            self.filtered += pod.containers.len();
        }
        self.table.remark(what);
    }
}
