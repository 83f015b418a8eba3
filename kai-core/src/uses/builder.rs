//! The visitor that builds the table of uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::SystemTime;

use super::pool::Pool;
use super::{ImageRow, Row, UseTable};
use crate::image::Image;
use crate::pod::{ContainerKind, Controller, Node, OwnerReference, Pod, PodPhase};
use crate::visit::{ImageUse, Remark, Visitor};
use crate::workload::Workload;

/// A visitor that builds a [`UseTable`].
///
/// The source has to yield the [workloads](crate::Details::with_workloads) of pods.
///
/// ```
/// # use kai_core::{CollectOptions, Container, ContainerKind, Details, InMemoryPodSource};
/// # use kai_core::{OwnerReference, Pod, PodPhase, UseTableBuilder, walk};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let pod = |name: &str| {
///     Pod::new("shop", name)
///         .with_phase(PodPhase::Running)
///         .with_owner(OwnerReference::new("apps/v1", "StatefulSet", "db"))
///         .with_container(Container::new(ContainerKind::Regular, "db", "postgres:17"))
/// };
/// let source = InMemoryPodSource::new().with_pod(pod("db-0")).with_pod(pod("db-1"));
/// let options = CollectOptions::default().details(Details::default().with_workloads());
/// let table = walk(&source, &options, UseTableBuilder::default()).await?.finish();
/// let uses: Vec<_> = table.rows().collect();
/// assert_eq!((uses.len(), uses[0].pods), (1, 2));
/// assert_eq!(uses[0].workload.to_string(), "statefulset/db");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct UseTableBuilder {
    by_pods: bool,
    label_keys: Vec<Box<str>>,
    texts: Pool<str>,
    workloads: Pool<Workload>,
    labels: Pool<[Option<Arc<str>>]>,
    /// `ReplicaSets` and Jobs, as far as these are to be looked up.
    between: Option<Pool<Between>>,
    uses: HashMap<Key, Counts>,
    /// How many pods of a namespace use an image, and which of them was the last.
    images: HashMap<(u32, ByAddress), (usize, usize)>,
    /// How many pods there were.
    pods: usize,
    /// What the uses of the pod at hand have in common.
    pod: PodKey,
    since: Option<SystemTime>,
    node: Option<u32>,
    /// The architecture of each node.
    architectures: BTreeMap<Box<str>, Arc<str>>,
    /// What controls `ReplicaSets` and Jobs.
    controllers: BTreeMap<Between, Option<Workload>>,
    skipped: BTreeSet<Box<str>>,
}

/// A `ReplicaSet` or a Job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Between {
    namespace: Box<str>,
    kind: Box<str>,
    name: Box<str>,
}

impl Between {
    fn new(namespace: &str, object: &OwnerReference) -> Self {
        let (kind, name) = (object.kind.clone(), object.name.clone());
        Self { namespace: namespace.into(), kind, name }
    }
}

/// What the uses of a pod have in common, by numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct PodKey {
    namespace: u32,
    workload: u32,
    between: Option<u32>,
    pod: Option<u32>,
    phase: PodPhase,
    labels: u32,
}

/// What tells uses apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    pod: PodKey,
    container: u32,
    kind: ContainerKind,
    spec_image: u32,
    image: ByAddress,
}

/// An image: equal ones are the same within a pass.
#[derive(Clone, Debug)]
struct ByAddress(Arc<Image>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ByAddress {}

impl std::hash::Hash for ByAddress {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).addr().hash(state);
    }
}

#[derive(Debug, Default)]
struct Counts {
    pods: usize,
    /// The numbers of the nodes, sorted.
    nodes: Vec<u32>,
    since: Option<SystemTime>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.pods += other.pods;
        self.nodes.extend(other.nodes);
        self.nodes.sort_unstable();
        self.nodes.dedup();
        self.since = earlier(self.since, other.since);
    }
}

fn earlier(one: Option<SystemTime>, other: Option<SystemTime>) -> Option<SystemTime> {
    one.into_iter().chain(other).min()
}

impl UseTableBuilder {
    /// The same, with a row for each pod.
    #[must_use]
    pub fn by_pods(mut self) -> Self {
        self.by_pods = true;
        self
    }

    /// The same, where [what controls](crate::Details::with_exact_workloads) `ReplicaSets` and Jobs
    /// is looked up: then each workload is known from its owners.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.between = Some(Pool::default());
        self
    }

    /// The same, with the values of these labels of pods: uses of one workload whose values differ
    /// are rows of their own.
    #[must_use]
    pub fn label_keys(mut self, keys: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.label_keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// The table of what was seen.
    #[must_use]
    pub fn finish(mut self) -> UseTable {
        let mut merged: BTreeMap<_, (PodPhase, Counts)> = BTreeMap::new();
        for (key, counts) in std::mem::take(&mut self.uses) {
            let namespace = self.texts.get(key.pod.namespace);
            if self.skipped.contains(&**namespace) {
                continue;
            }
            let sorted_by = (
                Arc::clone(namespace),
                self.workload(&key.pod),
                key.pod.pod.map(|pod| Arc::clone(self.texts.get(pod))),
                key.kind,
                Arc::clone(self.texts.get(key.container)),
                key.image.0,
                Arc::clone(self.texts.get(key.spec_image)),
                Arc::clone(self.labels.get(key.pod.labels)),
                phase_number(key.pod.phase),
            );
            merged
                .entry(sorted_by)
                .or_insert_with(|| (key.pod.phase, Counts::default()))
                .1
                .add(counts);
        }
        let rows = merged.into_iter().map(|(sorted_by, (phase, counts))| {
            let (namespace, workload, pod, kind, container, image, spec_image, labels, _) =
                sorted_by;
            Row {
                node: pod.as_ref().and(counts.nodes.first()).map(|it| self.texts.get(*it).clone()),
                architectures: self.architectures_of(&counts.nodes),
                pods: counts.pods,
                nodes: counts.nodes.len(),
                since: counts.since,
                namespace,
                workload,
                pod,
                phase,
                container,
                kind,
                spec_image,
                image,
                labels,
            }
        });
        let rows = rows.collect();
        UseTable { rows, images: self.images(), label_keys: self.label_keys }
    }

    /// The distinct images, of which equal ones may have come from several passes.
    fn images(&self) -> Vec<ImageRow> {
        let mut images: BTreeMap<&Arc<Image>, BTreeMap<&Arc<str>, usize>> = BTreeMap::new();
        for ((namespace, ByAddress(image)), (pods, _)) in &self.images {
            let namespace = self.texts.get(*namespace);
            if !self.skipped.contains(&**namespace) {
                *images.entry(image).or_default().entry(namespace).or_default() += pods;
            }
        }
        let row = |(image, namespaces): (&Arc<Image>, BTreeMap<&Arc<str>, usize>)| ImageRow {
            image: Arc::clone(image),
            namespaces: namespaces.into_iter().map(|(name, pods)| (name.clone(), pods)).collect(),
        };
        images.into_iter().map(row).collect()
    }

    /// The workload of pods, by what controls their controller where that was looked up.
    fn workload(&self, pod: &PodKey) -> Arc<Workload> {
        let looked_up = self.between.as_ref().zip(pod.between).and_then(|(all, number)| {
            let object = all.get(number);
            let owner = self.controllers.get(&**object)?.clone();
            // Without one, it is the workload itself, whatever its name looks like.
            Some(owner.unwrap_or_else(|| Workload::owner(&object.kind, &object.name)))
        });
        looked_up.map_or_else(|| Arc::clone(self.workloads.get(pod.workload)), Arc::new)
    }

    fn architectures_of(&self, nodes: &[u32]) -> Vec<Arc<str>> {
        if self.architectures.is_empty() {
            return Vec::new();
        }
        let known =
            nodes.iter().filter_map(|node| self.architectures.get(&**self.texts.get(*node)));
        known.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Phases have no order of their own.
fn phase_number(phase: PodPhase) -> u8 {
    match phase {
        PodPhase::Pending => 0,
        PodPhase::Running => 1,
        PodPhase::Succeeded => 2,
        PodPhase::Failed => 3,
        PodPhase::Unknown => 4,
    }
}

impl Visitor for UseTableBuilder {
    fn node(&mut self, node: &Node) {
        if let Some(arch) = &node.arch {
            self.architectures.insert((*node.name).into(), (**arch).into());
        }
    }

    fn controller(&mut self, controller: &Controller) {
        if self.between.is_some() {
            let object = Between::new(&controller.namespace, &controller.object);
            let owner = controller.owner.as_ref().map(|it| Workload::owner(&it.kind, &it.name));
            self.controllers.insert(object, owner);
        }
    }

    fn pod(&mut self, pod: &Pod) {
        let texts = &mut self.texts;
        let labels = self.label_keys.iter().map(|key| pod.label(key).map(|it| texts.share(it)));
        let labels: Arc<[_]> = labels.collect();
        let between = match (&mut self.between, pod.owner()) {
            (Some(all), Some(owner)) if Workload::is_between(owner) => {
                Some(all.add(Arc::new(Between::new(&pod.namespace, owner))))
            }
            _ => None,
        };
        self.pod = PodKey {
            namespace: self.texts.number(&pod.namespace),
            workload: self.workloads.add(Arc::new(Workload::from(pod))),
            between,
            pod: self.by_pods.then(|| self.texts.number(&pod.name)),
            // Of pods together it says nothing.
            phase: if self.by_pods { pod.phase } else { PodPhase::default() },
            labels: self.labels.add(labels),
        };
        self.pods += 1;
        self.since = pod.started().or(pod.created());
        self.node = pod.node.as_deref().map(|node| self.texts.number(node));
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        let key = Key {
            pod: self.pod,
            container: self.texts.number(&seen.container.name),
            kind: seen.container.kind,
            spec_image: self.texts.number(&seen.container.image),
            image: ByAddress(Arc::clone(seen.image)),
        };
        let of_image = (key.pod.namespace, ByAddress(Arc::clone(seen.image)));
        let (pods, last) = self.images.entry(of_image).or_default();
        if *last != self.pods {
            *pods += 1;
            *last = self.pods;
        }
        let counts = self.uses.entry(key).or_default();
        counts.pods += 1;
        counts.since = earlier(counts.since, self.since);
        if let Some(node) = self.node
            && let Err(place) = counts.nodes.binary_search(&node)
        {
            counts.nodes.insert(place, node);
        }
    }

    fn remark(&mut self, what: Remark<'_>) {
        if let Remark::NamespaceSkipped { skipped } = what {
            self.skipped.insert((*skipped.namespace).into());
        }
    }
}
