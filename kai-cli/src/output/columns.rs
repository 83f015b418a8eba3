//! The columns of a table of uses: their names and order are the same in every format, and part of
//! what kai promises to keep.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::time::SystemTime;

use jiff::Timestamp;
use kai_core::{ClusterReport, ContainerKind, Digest, PodPhase, UseRow, UseTable};

use super::View;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Cluster,
    ClusterUid,
    Namespace,
    WorkloadKind,
    Workload,
    WorkloadKnown,
    Pod,
    Phase,
    Container,
    ContainerKind,
    Image,
    Registry,
    Repository,
    Tag,
    Digest,
    Arch,
    Pods,
    Node,
    Nodes,
    Namespaces,
    Since,
    FirstSeen,
    LastSeen,
    Ended,
    /// The value of a label.
    Label(String),
}

/// The columns of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns(&'static [Column]);

impl Columns {
    /// None.
    pub(super) const NONE: Self = Self(&[]);

    /// Of uses.
    pub(super) const USES: Self = Self(&[
        Column::Cluster,
        Column::ClusterUid,
        Column::Namespace,
        Column::WorkloadKind,
        Column::Workload,
        Column::WorkloadKnown,
        Column::Container,
        Column::ContainerKind,
        Column::Image,
        Column::Registry,
        Column::Repository,
        Column::Tag,
        Column::Digest,
        Column::Arch,
        Column::Pods,
        Column::Nodes,
        Column::Since,
        Column::FirstSeen,
        Column::LastSeen,
        Column::Ended,
    ]);

    /// Of the uses of single pods.
    pub(crate) const PODS: Self = Self(&[
        Column::Cluster,
        Column::ClusterUid,
        Column::Namespace,
        Column::WorkloadKind,
        Column::Workload,
        Column::WorkloadKnown,
        Column::Pod,
        Column::Phase,
        Column::Node,
        Column::Container,
        Column::ContainerKind,
        Column::Image,
        Column::Registry,
        Column::Repository,
        Column::Tag,
        Column::Digest,
        Column::Arch,
        Column::Since,
        Column::FirstSeen,
        Column::LastSeen,
        Column::Ended,
    ]);

    /// Of distinct images.
    pub(super) const IMAGES: Self =
        Self(&[Column::Image, Column::Tag, Column::Digest, Column::Pods, Column::Namespaces]);

    /// Of references.
    pub(super) const REFS: Self = Self(&[Column::Image, Column::Arch]);

    /// The column of this name.
    pub(crate) fn named(self, name: &str) -> Option<Column> {
        let name = name.to_ascii_lowercase().replace('-', "_");
        self.0.iter().find(|column| column.name() == name).cloned()
    }

    /// The names of the columns.
    pub(crate) fn names(self) -> impl Iterator<Item = Cow<'static, str>> {
        self.0.iter().map(Column::name)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Those that a view shows.
    pub(super) fn chosen(self, view: &View) -> Vec<Column> {
        view.columns.clone().unwrap_or_else(|| self.0.to_vec())
    }

    /// The same, and those of labels behind them.
    pub(super) fn shown(self, view: &View) -> Vec<Column> {
        let mut columns = self.chosen(view);
        columns.extend(view.labels.iter().cloned().map(Column::Label));
        columns
    }
}

impl Column {
    /// Its name.
    pub(crate) fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Cluster => "cluster",
            Self::ClusterUid => "cluster_uid",
            Self::Namespace => "namespace",
            Self::WorkloadKind => "workload_kind",
            Self::Workload => "workload",
            Self::WorkloadKnown => "workload_known",
            Self::Pod => "pod",
            Self::Phase => "phase",
            Self::Container => "container",
            Self::ContainerKind => "container_kind",
            Self::Image => "image",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Arch => "arch",
            Self::Pods => "pods",
            Self::Node => "node",
            Self::Nodes => "nodes",
            Self::Namespaces => "namespaces",
            Self::Since => "since",
            Self::FirstSeen => "first_seen",
            Self::LastSeen => "last_seen",
            Self::Ended => "ended",
            Self::Label(key) => return Cow::Owned(format!("label:{key}")),
        })
    }

    /// Its heading in a table for people.
    pub(super) fn heading(&self) -> String {
        match self {
            // As kubectl has it: what comes before the slash is the same for most.
            Self::Label(key) => key.rsplit('/').next().unwrap_or(key).to_uppercase(),
            other => other.name().to_uppercase().replace('_', " "),
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell<'r> {
    /// It is not known.
    Unknown,
    Number(usize),
    Text(Cow<'r, str>),
    Time(SystemTime),
}

impl<'r> Cell<'r> {
    fn text(text: impl Into<Cow<'r, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Unknown } else { Self::Text(text) }
    }

    /// The cell as one text; empty where it is not known.
    pub(super) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Unknown => Cow::Borrowed(""),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Time(time) => Cow::Owned(rfc3339(*time)),
        }
    }
}

/// A time by RFC 3339, in whole seconds.
pub(super) fn rfc3339(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).and_then(|it| Timestamp::from_second(it.as_second()));
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// The uses of a report, as they are shown.
pub(crate) struct Rows<'r> {
    cluster: Option<&'r str>,
    cluster_uid: Option<&'r str>,
    table: &'r UseTable,
    view: &'r View,
    pub(super) columns: Vec<Column>,
    /// Whether the columns were chosen by a flag.
    chosen: bool,
    pub(super) headers: bool,
    /// The numbers of the rows in the order in which they are shown; `None`: as they come.
    order: Option<Vec<usize>>,
}

impl<'r> Rows<'r> {
    /// The uses of a report, which has a table of them.
    pub(super) fn of(report: &'r ClusterReport, view: &'r View) -> Self {
        static NONE: std::sync::LazyLock<UseTable> = std::sync::LazyLock::new(UseTable::default);
        let table = report.uses.as_deref().unwrap_or(&NONE);
        let cluster = report.inventory.cluster_name();
        Self::new(table, cluster, report.cluster_uid.as_deref(), Columns::USES, view)
    }

    /// The uses of a table, with what a view shows of these columns.
    pub(crate) fn new(
        table: &'r UseTable,
        cluster: Option<&'r str>,
        cluster_uid: Option<&'r str>,
        columns: Columns,
        view: &'r View,
    ) -> Self {
        let columns = columns.shown(view);
        let (headers, chosen) = (view.headers, view.columns.is_some());
        let mut rows =
            Self { cluster, cluster_uid, table, view, columns, chosen, headers, order: None };
        if let Some(by) = &view.sort_by {
            let keys: Vec<_> = table.rows().map(|row| rows.cell(by, &row)).collect();
            let mut order: Vec<_> = (0..keys.len()).collect();
            order.sort_by(|one, other| compared(&keys[*one], &keys[*other]));
            rows.order = Some(order);
        }
        rows
    }

    /// The cells of one row after another.
    pub(super) fn cells(&self) -> impl Iterator<Item = Vec<Cell<'r>>> {
        self.ordered().map(|row| self.columns.iter().map(|it| self.cell(it, &row)).collect())
    }

    /// The rows in the order in which they are shown.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = UseRow<'r>> {
        let in_order = self.order.iter().flatten().filter_map(|at| self.table.row(*at));
        let as_they_come = self.order.is_none().then(|| self.table.rows());
        in_order.chain(as_they_come.into_iter().flatten())
    }

    /// The columns, but for those (among these) in which no row has anything, unless they were chosen.
    pub(super) fn without_unknown(mut self, optional: &[Column]) -> Self {
        if self.chosen {
            return self;
        }
        let unknown: Vec<_> = optional
            .iter()
            .filter(|column| self.ordered().all(|row| self.cell(column, &row) == Cell::Unknown))
            .cloned()
            .collect();
        self.columns.retain(|column| !unknown.contains(column));
        self
    }

    fn cell(&self, column: &Column, row: &UseRow<'r>) -> Cell<'r> {
        let image = row.image.as_ref();
        match column {
            Column::Cluster => Cell::text(self.cluster.unwrap_or_default()),
            Column::ClusterUid => Cell::text(self.cluster_uid.unwrap_or_default()),
            Column::Namespace => Cell::text(row.namespace),
            Column::WorkloadKind => Cell::text(row.workload.kind()),
            Column::Workload => Cell::text(row.workload.name()),
            Column::WorkloadKnown => Cell::text(row.workload.origin().as_str()),
            Column::Pod => Cell::text(row.pod.unwrap_or_default()),
            Column::Phase => Cell::text(row.phase.map_or("", phase)),
            Column::Container => Cell::text(row.container),
            Column::ContainerKind => Cell::text(kind(row.kind)),
            Column::Image => Cell::text(row.spec_image),
            Column::Registry => Cell::text(image.registry()),
            Column::Repository => Cell::text(image.repository()),
            Column::Tag => Cell::text(self.view.tag(image).unwrap_or_default()),
            Column::Digest => Cell::text(image.digest().map_or("", Digest::as_str)),
            Column::Arch => Cell::text(row.architectures.join(" ")),
            Column::Pods => Cell::Number(row.pods),
            Column::Node => Cell::text(row.node.unwrap_or_default()),
            Column::Nodes => Cell::Number(row.nodes),
            Column::Since => row.since.map_or(Cell::Unknown, Cell::Time),
            Column::Ended => row.ended.map_or(Cell::Unknown, Cell::Time),
            Column::Namespaces | Column::FirstSeen | Column::LastSeen => Cell::Unknown,
            Column::Label(key) => {
                let at = self.table.label_keys().iter().position(|known| **known == **key);
                let value = at.and_then(|at| row.labels.get(at)?.as_deref());
                Cell::text(value.unwrap_or_default())
            }
        }
    }
}

/// What is not known comes last.
fn compared(one: &Cell<'_>, other: &Cell<'_>) -> Ordering {
    let unknown = |cell: &Cell<'_>| *cell == Cell::Unknown;
    unknown(one).cmp(&unknown(other)).then_with(|| one.cmp(other))
}

/// The word for a kind of container.
pub(crate) fn kind(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Init => "init",
        ContainerKind::Ephemeral => "ephemeral",
        ContainerKind::ImageVolume => "volume",
        _ => "main",
    }
}

/// The word for a phase, as the API has it.
pub(crate) fn phase(phase: PodPhase) -> &'static str {
    match phase {
        PodPhase::Pending => "Pending",
        PodPhase::Running => "Running",
        PodPhase::Succeeded => "Succeeded",
        PodPhase::Failed => "Failed",
        _ => "Unknown",
    }
}
