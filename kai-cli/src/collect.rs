//! Inventories, one after another, of one source.

use std::sync::Arc;
use std::time::SystemTime;

use kai_anchore::{Api, ApiVersion, KubernetesInventory, KubernetesInventoryBuilder, Report};
use kai_core::{Collected, Inventory, SourceError, SourceErrorKind, Summary, collect_with};
use kai_k8s::RequestObserver;
use tracing::warn;

use crate::connect::{Connected, connect};
use crate::error::{Error, one_line};
use crate::escape::Excerpt;
use crate::excludes;
use crate::forbidden;
use crate::progress::Progress;
use crate::settings::{Schedule, Settings, Source};
use crate::warnings::Warnings;
use crate::words::counted;

/// Takes inventories. It keeps its source, with the connections and the credentials of that.
pub(crate) struct Collector {
    settings: Arc<Settings>,
    connected: Option<Connected>,
    observer: Option<Arc<dyn RequestObserver>>,
    lacks: Lacks,
    /// Whether it was said which items exclude nothing: once, since namespaces come and go.
    told_of_excludes: bool,
}

/// What one pass gives.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The inventory, under the name of the cluster.
    pub(crate) inventory: Inventory,
    /// What API v2 of Anchore takes besides, where it may be used.
    pub(crate) kubernetes: Option<KubernetesInventory>,
    /// How much was seen and left out.
    pub(crate) summary: Summary,
    /// The namespaces that it lacks by the user's choice.
    pub(crate) skipped: Vec<String>,
    /// The namespaces that were named and don't exist.
    pub(crate) not_found: Vec<String>,
}

impl Taken {
    /// What is delivered of it.
    pub(crate) fn into_report(self) -> Report {
        let report = Report::new(self.inventory);
        match self.kubernetes {
            Some(kubernetes) => report.with_kubernetes(kubernetes),
            None => report,
        }
    }
}

impl Collector {
    /// A collector by the settings, without a source as yet.
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            connected: None,
            observer: None,
            lacks: Lacks::default(),
            told_of_excludes: false,
        }
    }

    /// A collector of a source that is there already.
    #[cfg(test)]
    pub(crate) fn of(settings: Arc<Settings>, source: Box<dyn kai_core::PodSource>) -> Self {
        let connected = Some(Connected { source, cluster_name: None });
        Self { connected, ..Self::new(settings) }
    }

    /// The same, which tells of each request to a cluster.
    pub(crate) fn observed_by(mut self, observer: Arc<dyn RequestObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Opens the source, unless it is open.
    ///
    /// # Errors
    /// When it can't be; also where a report is to be delivered, and no name is known for the
    /// cluster: reports of two clusters without one would overwrite each other.
    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        if self.connected.is_none() {
            let observer = self.observer.clone();
            let connected = connect(&self.settings.source, self.wants_v2(), observer).await?;
            self.connected = Some(connected);
        }
        let named = self.cluster_name().is_some_and(|name| !name.trim().is_empty());
        if self.settings.anchore.is_some() && !named { Err(Error::NoClusterName) } else { Ok(()) }
    }

    /// The name under which the cluster is reported, as far as it is known.
    pub(crate) fn cluster_name(&self) -> Option<&str> {
        let found = self.connected.as_ref().and_then(|connected| connected.cluster_name.as_deref());
        self.settings.cluster_name.as_deref().or(found)
    }

    /// Takes an inventory.
    pub(crate) async fn take(&mut self) -> Result<Taken, Error> {
        self.connect().await?;
        let name = self.cluster_name().map(str::to_owned);
        let Some(Connected { source, .. }) = &self.connected else {
            unreachable!("it was connected above")
        };
        let (taken_at, options) = (SystemTime::now(), &self.settings.collect);
        let mut warnings = Warnings::default();
        let pass = {
            let listeners = (&mut warnings, self.progress());
            if self.wants_v2() {
                let both = (listeners, KubernetesInventoryBuilder::default());
                let pass = collect_with(source.as_ref(), options, taken_at, both).await;
                // With its visitor the progress goes, before more is said.
                pass.map(|(collected, (_, builder))| (collected, Some(builder.finish())))
            } else {
                let pass = collect_with(source.as_ref(), options, taken_at, listeners).await;
                pass.map(|(collected, _)| (collected, None))
            }
        };
        warnings.finish();
        let (collected, kubernetes) = pass.map_err(|error| self.failure(error))?;
        self.check_something_was_read(&collected)?;
        self.lacks
            .tell(collected.version_error.as_ref(), not_sent(&collected, kubernetes.as_ref()));
        if !std::mem::replace(&mut self.told_of_excludes, true) {
            let Settings { collect, typed, .. } = self.settings.as_ref();
            excludes::tell_unmatched(collect.selector(), typed.excludes, &collected.inventory);
        }
        let Collected { inventory, summary, .. } = collected;
        Ok(Taken {
            inventory: match name {
                Some(name) => inventory.with_cluster_name(name),
                None => inventory,
            },
            kubernetes,
            summary,
            skipped: collected.skipped.into_iter().map(|skipped| skipped.namespace).collect(),
            not_found: collected.not_found.iter().map(ToString::to_string).collect(),
        })
    }

    /// Why there is no inventory.
    fn failure(&self, source: SourceError) -> Error {
        match self.settings.source {
            Source::File(_) | Source::Stdin => Error::Input(source),
            Source::Cluster(_) if source.kind() == SourceErrorKind::Forbidden => {
                Error::Forbidden { hint: forbidden::hint(&source, &self.settings), source }
            }
            Source::Cluster(_) => Error::Cluster(source),
        }
    }

    /// A report without any namespace would say that the cluster has none.
    fn check_something_was_read(&self, collected: &Collected) -> Result<(), Error> {
        let skipped = &collected.skipped;
        let what = match skipped.as_slice() {
            _ if !collected.inventory.namespaces().is_empty() => return Ok(()),
            [] => return Ok(()),
            [one] => format!("namespace `{}`", Excerpt(&one.namespace)),
            all => format!("any of {} namespaces", all.len()),
        };
        let hint = forbidden::hint_of_skipped(skipped, &self.settings);
        Err(Error::NothingReadable { what, hint })
    }

    /// Progress is for whoever waits for the end.
    fn progress(&self) -> Progress {
        match self.settings.schedule {
            Schedule::Adhoc => Progress::start(&self.settings),
            Schedule::Periodic { .. } => Progress::default(),
        }
    }

    /// Whether the report may be delivered through API v2.
    fn wants_v2(&self) -> bool {
        self.settings
            .anchore
            .as_ref()
            .is_some_and(|anchore| anchore.api != Api::Only(ApiVersion::V1))
    }
}

/// How many namespaces and pods API v2 does not get.
fn not_sent(collected: &Collected, kubernetes: Option<&KubernetesInventory>) -> (usize, usize) {
    let Some(not_sent) = kubernetes.map(KubernetesInventory::not_sent) else { return (0, 0) };
    (not_sent.namespaces.saturating_sub(collected.not_found.len()), not_sent.pods)
}

/// What the last report lacked.
#[derive(Debug, Default)]
struct Lacks {
    /// The server's version, for this kind of failure: its text has times and counts in it.
    version: Option<SourceErrorKind>,
    /// Namespaces and pods.
    not_sent: (usize, usize),
}

impl Lacks {
    /// Says what a report lacks, unless the last one lacked the same.
    fn tell(&mut self, version: Option<&SourceError>, not_sent: (usize, usize)) {
        let last =
            std::mem::replace(self, Self { version: version.map(SourceError::kind), not_sent });
        if let Some(error) = version
            && last.version != self.version
        {
            warn!("the report is without the server's version: {}", one_line(error));
        }
        if not_sent != (0, 0) && last.not_sent != not_sent {
            let (namespaces, pods) = not_sent;
            let (namespaces, pods) = (counted(namespaces, "namespace"), counted(pods, "pod"));
            warn!(
                "API v2 of Anchore does not get {namespaces} and {pods}: it takes none without a \
                 uid"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::Level;
    use crate::logging::tests::logged;
    use crate::testing::{Cluster, Shared, periodic};

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
        assert_eq!(runtime.block_on(collector.take()).unwrap().skipped, ["a"]);
        cluster.skip(&["a", "b"]);
        let error = runtime.block_on(collector.take()).unwrap_err();
        let expected = "nothing could be read: pods may not be listed in any of 2 namespaces";
        assert_eq!((error.to_string().as_str(), error.exit().code()), (expected, 3));
        // A cluster without any namespace is another matter.
        cluster.skip(&[]);
        cluster.have(&[]);
        assert!(runtime.block_on(collector.take()).unwrap().inventory.namespaces().is_empty());
    }

    #[test]
    fn what_a_report_lacks_is_told_once_and_again_when_it_changes() {
        let error = |kind, text: &str| SourceError::new(kind, text);
        let told = logged(Level::INFO, false, || {
            let mut lacks = Lacks::default();
            lacks.tell(Some(&error(SourceErrorKind::Timeout, "gave up after 1 s")), (0, 0));
            lacks.tell(Some(&error(SourceErrorKind::Timeout, "gave up after 2 s")), (1, 2));
            lacks.tell(Some(&error(SourceErrorKind::Forbidden, "not allowed")), (1, 2));
            lacks.tell(None, (1, 3));
            lacks.tell(Some(&error(SourceErrorKind::Forbidden, "not allowed")), (0, 0));
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
