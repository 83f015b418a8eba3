//! Takes inventories repeatedly from one source.

use std::sync::Arc;
use std::time::SystemTime;

use kai_core::{
    ClusterReport, ClusterState, CollectOptions, Details, LivePodSource, PodSource, ReportBuilder,
    SourceError, SourceErrorKind, Spans, Visitor, Window, collect_with,
};
use kai_k8s::RequestObserver;

use crate::connect::{Connected, connect};
use crate::error::Error;
use crate::escape::Excerpt;
use crate::excludes;
use crate::forbidden;
use crate::progress::Progress;
use crate::settings::{Schedule, Settings, Source};
use crate::warnings::Warnings;

/// Takes inventories. It keeps its source open, with its connections and credentials.
pub(crate) struct Collector {
    settings: Arc<Settings>,
    options: CollectOptions,
    connected: Option<Connected>,
    observer: Option<Arc<dyn RequestObserver>>,
    /// What reports of a cluster that is followed contain, of what is collected.
    reported: Details,
    warnings: Warnings,
    /// Whether unmatched excludes were reported: only once, since namespaces come and go.
    told_of_excludes: bool,
    /// Since when uses were seen, where reports are made again and again.
    spans: Option<Spans>,
}

impl Collector {
    /// A collector, not connected yet, whose reports contain the needed details.
    pub(crate) fn new(settings: Arc<Settings>, needs: Details) -> Self {
        let spans = match settings.schedule {
            Schedule::Adhoc => None,
            Schedule::Periodic { .. } => Some(Spans::default()),
        };
        Self {
            options: settings.collect.clone().details(needs.clone()),
            settings,
            connected: None,
            observer: None,
            reported: needs,
            warnings: Warnings::default(),
            told_of_excludes: false,
            spans,
        }
    }

    /// The same, with other options of what counts.
    pub(crate) fn counting(
        mut self,
        options: impl FnOnce(CollectOptions) -> CollectOptions,
    ) -> Self {
        self.options = options(self.options);
        self
    }

    /// Sets another source than that of the settings.
    pub(crate) fn read(&mut self, source: Connected) {
        self.connected = Some(source);
    }

    /// A collector of an existing source.
    #[cfg(test)]
    pub(crate) fn of(settings: Arc<Settings>, source: impl PodSource + 'static) -> Self {
        let source = Arc::new(source);
        let connected = Some(Connected { source, live: None, cluster_name: None });
        let needs = Details::default().with_containers();
        Self { connected, ..Self::new(settings, needs) }
    }

    /// A collector of an existing source that can be followed.
    #[cfg(test)]
    pub(crate) fn following<S>(settings: Arc<Settings>, source: &Arc<S>) -> Self
    where
        S: PodSource + LivePodSource + 'static,
    {
        let live: Arc<dyn LivePodSource> = Arc::clone(source) as _;
        let source: Arc<dyn PodSource> = Arc::clone(source) as _;
        let connected = Some(Connected { source, live: Some(live), cluster_name: None });
        let needs = Details::default().with_containers().with_uses();
        Self { connected, ..Self::new(settings, needs) }
    }

    /// The same, with an observer of requests to the cluster.
    pub(crate) fn observed_by(mut self, observer: Arc<dyn RequestObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The same, which collects more than what reports of a cluster that is followed contain: for
    /// who asks for it.
    pub(crate) fn also_collecting(mut self, more: Details) -> Self {
        let needs = self.reported.clone().union(more);
        self.options = self.options.details(needs);
        self
    }

    /// Opens the source, unless it is open.
    ///
    /// # Errors
    /// When it can't be opened; also when delivery is configured but the cluster has no name:
    /// reports of two unnamed clusters would overwrite each other.
    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        if self.connected.is_none() {
            let observer = self.observer.clone();
            let connected = connect(&self.settings.source, observer).await?;
            self.connected = Some(connected);
        }
        let named = self.cluster_name().is_some_and(|name| !name.trim().is_empty());
        if named || self.settings.anchore.is_empty() { Ok(()) } else { Err(Error::NoClusterName) }
    }

    /// The name under which the cluster is reported, if known.
    pub(crate) fn cluster_name(&self) -> Option<&str> {
        let found = self.connected.as_ref().and_then(|connected| connected.cluster_name.as_deref());
        self.settings.cluster_name.as_deref().or(found)
    }

    /// Takes an inventory.
    pub(crate) async fn take(&mut self) -> Result<ClusterReport, Error> {
        self.take_with(()).await.map(|(report, ())| report)
    }

    /// The same, with a visitor of the same pass.
    pub(crate) async fn take_with<V: Visitor + Send>(
        &mut self,
        visitor: V,
    ) -> Result<(ClusterReport, V), Error> {
        self.connect().await?;
        let progress = self.progress();
        let Some(Connected { source, .. }) = &self.connected else {
            unreachable!("it was connected above")
        };
        let (taken_at, options) = (SystemTime::now(), &self.options);
        let visitors = ((&mut self.warnings, progress), visitor);
        let pass = collect_with(source.as_ref(), options, taken_at, visitors).await;
        // Drops the progress line along with its visitor, before anything is logged.
        let pass = pass.map(|(report, (_, visitor))| (report, visitor));
        self.warnings.end_of_pass(pass.as_ref().ok().map(|(report, _)| report));
        let (report, visitor) = pass.map_err(|error| self.failure(error))?;
        Ok((self.finish(report)?, visitor))
    }

    /// Takes an inventory of what is known of a cluster that is followed.
    pub(crate) fn take_of(
        &mut self,
        state: &ClusterState,
        window: Window,
        taken_at: SystemTime,
    ) -> Result<ClusterReport, Error> {
        let builder = ReportBuilder::new(&self.reported);
        let (builder, _) = state.tell(window, (builder, &mut self.warnings));
        let report = builder.finish(taken_at);
        self.warnings.end_of_pass(Some(&report));
        self.finish(report)
    }

    /// Checks a report, tells since when its uses were seen, and names its cluster.
    fn finish(&mut self, mut report: ClusterReport) -> Result<ClusterReport, Error> {
        self.check_something_was_read(&report)?;
        if let (Some(spans), Some(uses)) = (&mut self.spans, &mut report.uses) {
            spans.observe(Arc::make_mut(uses), report.inventory.taken_at());
        }
        if !std::mem::replace(&mut self.told_of_excludes, true) {
            let typed = self.settings.typed.excludes;
            excludes::tell_unmatched(self.options.selector(), typed, &report.inventory);
        }
        Ok(match self.cluster_name() {
            Some(name) => report.with_cluster_name(name),
            None => report,
        })
    }

    /// What counts, and what reports have to contain.
    pub(crate) fn options(&self) -> &CollectOptions {
        &self.options
    }

    /// The source, whose changes can be followed.
    ///
    /// # Errors
    /// When they can't be, or when it is not open.
    pub(crate) fn live(&self) -> Result<Arc<dyn LivePodSource>, SourceError> {
        let live = self.connected.as_ref().and_then(|connected| connected.live.clone());
        let why = || SourceError::new(SourceErrorKind::Other, "this source can't be followed");
        live.ok_or_else(why)
    }

    /// The source, where it is open.
    pub(crate) fn source(&self) -> Option<Arc<dyn PodSource>> {
        self.connected.as_ref().map(|connected| Arc::clone(&connected.source))
    }

    /// Converts the error of a pass.
    pub(crate) fn failure(&self, source: SourceError) -> Error {
        match self.settings.source {
            Source::Inputs(_) => Error::Input(source),
            Source::Cluster(_) if source.kind() == SourceErrorKind::Forbidden => {
                Error::Forbidden { hint: forbidden::hint(&source, &self.settings), source }
            }
            Source::Cluster(_) => Error::Cluster(source),
        }
    }

    /// A report without any namespace would mean that the cluster has none.
    fn check_something_was_read(&self, report: &ClusterReport) -> Result<(), Error> {
        let skipped = &report.skipped;
        let what = match skipped.as_slice() {
            _ if !report.inventory.namespaces().is_empty() => return Ok(()),
            [] => return Ok(()),
            [one] => format!("namespace `{}`", Excerpt(&one.namespace)),
            all => format!("any of {} namespaces", all.len()),
        };
        let hint = forbidden::hint_of_skipped(skipped, &self.settings);
        Err(Error::NothingReadable { what, hint })
    }

    /// Progress is only shown in mode adhoc, where a user waits for the end.
    fn progress(&self) -> Progress {
        match self.settings.schedule {
            Schedule::Adhoc => Progress::start(&self.settings),
            Schedule::Periodic { .. } => Progress::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kai_core::{ContainerTableBuilder, Detail, InventoryBuilder, Missing, Namespace, Pod};

    use super::*;
    use crate::logging::Level;
    use crate::logging::tests::logged;
    use crate::testing::{Cluster, Followed, Shared, periodic};

    #[test]
    fn that_an_item_excludes_nothing_is_told_in_the_first_cycle_only() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let told = logged(Level::INFO, false, || {
            let source = Box::new(Shared(Cluster::of(&["test", "shop"])));
            let settings = periodic(&["--exclude-namespace", "tset"]);
            let mut collector = Collector::of(settings, source);
            for _ in 0..3 {
                runtime.block_on(collector.take()).unwrap();
            }
        });
        assert_eq!(told, "warning: `tset` excludes no namespace (hint: `test` is one)\n");
    }

    #[test]
    fn a_report_without_any_namespace_since_all_are_skipped_is_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let cluster = Cluster::of(&["a", "b"]);
        let mut collector = Collector::of(periodic(&[]), Box::new(Shared(Arc::clone(&cluster))));
        cluster.skip(&["a"]);
        assert_eq!(runtime.block_on(collector.take()).unwrap().skipped[0].namespace, "a");
        cluster.skip(&["a", "b"]);
        let error = runtime.block_on(collector.take()).unwrap_err();
        let expected = "nothing could be read: pods may not be listed in any of 2 namespaces";
        assert_eq!((error.to_string().as_str(), error.exit().code()), (expected, 3));
        // A cluster without any namespace is not an error.
        cluster.skip(&[]);
        cluster.have(&[]);
        assert!(runtime.block_on(collector.take()).unwrap().inventory.namespaces().is_empty());
    }

    #[test]
    fn uses_are_seen_since_the_first_report_that_has_them_where_there_are_several() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let container = kai_core::Container::new(kai_core::ContainerKind::Regular, "app", "a:1");
        let pod = Pod::new("shop", "web-0").with_container(container);
        let cluster = Followed::with(&[(pod.with_phase(kai_core::PodPhase::Running), 1)]);
        let mut collector = Collector::following(periodic(&[]), &cluster);
        let first = runtime.block_on(collector.take()).unwrap();
        let began = first.inventory.taken_at();
        while SystemTime::now() < began + std::time::Duration::from_secs(1) {
            std::thread::yield_now();
        }
        let second = runtime.block_on(collector.take()).unwrap();
        let seen = |report: &ClusterReport| report.uses.as_ref().unwrap().row(0).unwrap().seen;
        let seen = [seen(&first).unwrap(), seen(&second).unwrap()];
        assert_eq!(seen.map(|it| it.first), [began, began]);
        assert_eq!(seen.map(|it| it.last), [began, second.inventory.taken_at()]);
        assert!(seen[1].last > began);

        let mut once = Collector::following(crate::testing::adhoc(&[]), &cluster);
        let report = runtime.block_on(once.take()).unwrap();
        assert_eq!(report.uses.unwrap().row(0).unwrap().seen, None, "one alone knows nothing");
    }

    /// A report with this many namespaces and pods without a UID.
    fn report((namespaces, pods): (usize, usize)) -> ClusterReport {
        let mut table = ContainerTableBuilder::default();
        for number in 0..namespaces {
            table.namespace(&Namespace::new(format!("bare-{number}")));
        }
        for number in 0..pods {
            table.pod(&Pod::new("shop", format!("web-{number}")));
        }
        table.namespace(&Namespace::new("shop").with_uid("1"));
        let inventory = InventoryBuilder::default().finish(SystemTime::UNIX_EPOCH);
        ClusterReport::new(inventory).with_containers(table.finish())
    }

    #[test]
    fn what_a_report_lacks_is_told_once_and_again_when_it_changes() {
        let error = |kind, text: &str| Some(SourceError::new(kind, text));
        let told = logged(Level::INFO, false, || {
            let mut warnings = Warnings::default();
            let passes = [
                (error(SourceErrorKind::Timeout, "gave up after 1 s"), (0, 0)),
                (error(SourceErrorKind::Timeout, "gave up after 2 s"), (1, 2)),
                (error(SourceErrorKind::Forbidden, "not allowed"), (1, 2)),
                (None, (1, 3)),
                (error(SourceErrorKind::Forbidden, "not allowed"), (0, 0)),
            ];
            for (error, unplaced) in passes {
                let mut report = report(unplaced);
                report.missing = error
                    .map(|error| Missing::new(Detail::ServerVersion, error))
                    .into_iter()
                    .collect();
                warnings.end_of_pass(Some(&report));
            }
        });
        insta::assert_snapshot!(told, @"
        warning: the report is without the server's version: gave up after 1 s
        warning: API v2 of Anchore does not get 1 namespace and 2 pods: it takes none without a uid
        warning: the report is without the server's version: not allowed
        warning: API v2 of Anchore does not get 1 namespace and 3 pods: it takes none without a uid
        warning: the report is without the server's version: not allowed
        ");
    }
}
