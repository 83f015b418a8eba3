//! The inventory: which images each namespace uses.

mod diff;
mod document;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::image::Image;
use crate::pod::{Namespace, Pod};
use crate::source::ServerVersion;
use crate::visit::{ImageUse, Remark, Visitor};

pub use diff::{ImageChange, InventoryDiff, NamespaceChange, NamespaceDiff};
pub use document::InventoryDocument;

/// Which images each namespace of a cluster uses, at a time.
///
/// Namespaces are unique and sorted by name; within each, images are unique and sorted by
/// `repository:tag`, then digest. Equal images share one allocation. Its JSON form is
/// [`document`](Self::document).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    taken_at: SystemTime,
    namespaces: Vec<NamespaceImages>,
    server_version: Option<ServerVersion>,
    cluster_name: Option<String>,
}

/// The images of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceImages {
    name: String,
    images: Vec<Arc<Image>>,
}

impl NamespaceImages {
    /// The name of the namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its images, sorted; none where nothing of it runs.
    #[must_use]
    pub fn images(&self) -> &[Arc<Image>] {
        &self.images
    }
}

impl Inventory {
    /// When it was taken, in whole seconds.
    #[must_use]
    pub fn taken_at(&self) -> SystemTime {
        self.taken_at
    }

    /// The namespaces, sorted by name, also those without images.
    #[must_use]
    pub fn namespaces(&self) -> &[NamespaceImages] {
        &self.namespaces
    }

    /// The images of the namespace of this name, where the inventory has it.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&NamespaceImages> {
        let place = self.namespaces.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
        self.namespaces.get(place)
    }

    /// What is different in a later inventory.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use kai_core::{CollectOptions, Container, ContainerKind, Observed, Pod, PodPhase, collect_facts};
    /// # let inventory = |image: &str| {
    /// #     let container = Container::new(ContainerKind::Regular, "web", image);
    /// #     let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(container);
    /// #     collect_facts([Observed::Pod(pod)], &CollectOptions::default(), SystemTime::now()).inventory
    /// # };
    /// let (yesterday, today) = (inventory("nginx:1.27"), inventory("nginx:1.28"));
    /// let lines: Vec<_> = yesterday.diff(&today).namespaces().iter().flat_map(|namespace| {
    ///     namespace.images().iter().map(|change| format!("{} {change}", namespace.name()))
    /// }).collect();
    /// assert_eq!(lines, ["shop - nginx:1.27", "shop + nginx:1.28"]);
    /// ```
    #[must_use]
    pub fn diff(&self, later: &Self) -> InventoryDiff {
        diff::between(&self.namespaces, &later.namespaces)
    }

    /// The version of the cluster's API server, where it is known.
    #[must_use]
    pub fn server_version(&self) -> Option<&ServerVersion> {
        self.server_version.as_ref()
    }

    /// The name under which the cluster is reported, where there is one to speak of.
    #[must_use]
    pub fn cluster_name(&self) -> Option<&str> {
        self.cluster_name.as_deref()
    }

    /// How many distinct images there are in all namespaces.
    #[must_use]
    pub fn image_count(&self) -> usize {
        let images = self.namespaces.iter().flat_map(NamespaceImages::images);
        images.collect::<HashSet<_>>().len()
    }

    /// The same inventory with a server version, or without one.
    #[must_use]
    pub fn with_server_version(mut self, version: Option<ServerVersion>) -> Self {
        self.server_version = version;
        self
    }

    /// The same inventory with a namespace that has no images, unless it has the namespace already:
    /// for one that is gone, whose images a receiver would keep otherwise.
    #[must_use]
    pub fn with_namespace(mut self, name: &str) -> Self {
        if let Err(place) = self.namespaces.binary_search_by(|known| (*known.name).cmp(name)) {
            let gone = NamespaceImages { name: name.to_owned(), images: Vec::new() };
            self.namespaces.insert(place, gone);
        }
        self
    }

    /// The same inventory under a cluster name.
    #[must_use]
    pub fn with_cluster_name(mut self, name: impl Into<String>) -> Self {
        self.cluster_name = Some(name.into());
        self
    }
}

/// A visitor that builds an [`Inventory`]. Its memory grows with distinct `Arc`s of images, which a
/// pass has one of for equal images.
///
/// ```
/// # use kai_core::{CollectOptions, Container, ContainerKind, InMemoryPodSource, InventoryBuilder};
/// # use kai_core::{Pod, PodPhase, walk};
/// # use std::time::SystemTime;
/// # async fn example() -> Result<(), kai_core::SourceError> {
/// # let source = InMemoryPodSource::new();
/// let builder = walk(&source, &CollectOptions::default(), InventoryBuilder::default()).await?;
/// let inventory = builder.finish(SystemTime::now());
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct InventoryBuilder {
    namespaces: BTreeMap<String, Images>,
    server_version: Option<ServerVersion>,
}

/// The images of a namespace by their addresses: the same image has the same one, in one pass, and
/// a number is found faster than a text.
type Images = BTreeMap<usize, Arc<Image>>;

impl InventoryBuilder {
    /// The inventory of what was seen, as of a time (whole seconds are kept).
    #[must_use]
    pub fn finish(self, taken_at: SystemTime) -> Inventory {
        let namespaces = self.namespaces.into_iter();
        Inventory {
            taken_at: whole_seconds(taken_at),
            namespaces: namespaces
                .map(|(name, images)| NamespaceImages { name, images: sorted(images) })
                .collect(),
            server_version: self.server_version,
            cluster_name: None,
        }
    }

    /// Notes a namespace, which may have no image.
    pub(crate) fn note(&mut self, namespace: &str) {
        if !self.namespaces.contains_key(namespace) {
            self.namespaces.insert(namespace.to_owned(), Images::new());
        }
    }

    /// Notes images of a namespace, where that was noted.
    pub(crate) fn add<'i>(
        &mut self,
        namespace: &str,
        images: impl IntoIterator<Item = &'i Arc<Image>>,
    ) {
        if let Some(known) = self.namespaces.get_mut(namespace) {
            for image in images {
                known.entry(Arc::as_ptr(image).addr()).or_insert_with(|| Arc::clone(image));
            }
        }
    }
}

impl Visitor for InventoryBuilder {
    fn namespace(&mut self, namespace: &Namespace) {
        self.note(&namespace.name);
    }

    fn server(&mut self, version: &ServerVersion) {
        self.server_version = Some(version.clone());
    }

    fn pod(&mut self, pod: &Pod) {
        self.note(&pod.namespace);
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        // `pod` came before, and noted the namespace.
        self.add(&seen.pod.namespace, [seen.image]);
    }

    fn remark(&mut self, what: Remark<'_>) {
        if let Remark::NamespaceSkipped { skipped } = what {
            self.namespaces.remove(&skipped.namespace);
        }
    }
}

/// Images in the order of a report, each once, also where they came from several passes.
fn sorted(images: Images) -> Vec<Arc<Image>> {
    let mut images: Vec<_> = images.into_values().collect();
    images.sort_unstable();
    images.dedup();
    images
}

/// The second in which a time lies, also before 1970: a report has whole seconds.
fn whole_seconds(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        Err(before) => {
            let before = before.duration();
            let seconds = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            SystemTime::UNIX_EPOCH - Duration::from_secs(seconds)
        }
    }
}
