//! The visitor that builds the table of uses.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::pool::Pool;
use super::{ImageRow, Key, PodKey, Row, UseTable, Values};
use crate::image::Image;
use crate::pod::{Container, Controller, Node, OwnerReference, Pod, PodPhase};
use crate::visit::{ImageUse, Remark, Visitor};
use crate::workload::{Workload, template_hashes};

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
    /// `ReplicaSet`s and Jobs, as far as these are to be looked up.
    between: Option<Pool<Between>>,
    /// The images by their addresses: equal ones are the same within a pass.
    images: HashMap<usize, u32>,
    image_values: Vec<Arc<Image>>,
    /// Where the counts of a use are.
    places: HashMap<Key, u32>,
    uses: Vec<Counts>,
    /// Where it is said how many pods of a namespace use an image.
    of_image_places: HashMap<(u32, u32), u32>,
    of_images: Vec<OfImage>,
    /// How many pods there were with uses.
    pods: u32,
    /// Whether the pod at hand has no use yet.
    begins: bool,
    current: Current,
    /// The uses of the pod before, by the place of their containers: the pods of a workload, which
    /// come one after another, have the same.
    before: Vec<Before>,
    /// The workload of the pod before, and what it was told by.
    last_owner: Option<LastOwner>,
    /// Which use of the pod comes next.
    next: usize,
    /// The architecture of each node.
    architectures: BTreeMap<Box<str>, Arc<str>>,
    /// What controls `ReplicaSet`s and Jobs.
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
        let (kind, name) = (object.kind.as_ref().into(), object.name.clone());
        Self { namespace: namespace.into(), kind, name }
    }
}

/// The pod at hand.
#[derive(Debug, Default)]
struct Current {
    key: PodKey,
    since: Option<SystemTime>,
    ended: Option<SystemTime>,
    node: Option<u32>,
}

/// A controller, and the workload that it came to.
#[derive(Debug)]
struct LastOwner {
    owner: OwnerReference,
    hashes: [Option<Box<str>>; 2],
    created: Option<SystemTime>,
    workload: u32,
}

/// A use of the pod before.
#[derive(Clone, Copy, Debug)]
struct Before {
    key: Key,
    place: u32,
    /// Where its image is counted.
    of_image: u32,
}

/// How many pods have a use, and where.
#[derive(Debug)]
struct Counts {
    key: Key,
    pods: u32,
    /// The numbers of the nodes, sorted.
    nodes: Vec<u32>,
    since: Option<SystemTime>,
    /// When the last of them ended; `None`: one of them has not.
    ended: Option<SystemTime>,
}

impl Counts {
    fn add(&mut self, other: &mut Self) {
        self.pods += other.pods;
        self.nodes.append(&mut other.nodes);
        self.nodes.sort_unstable();
        self.nodes.dedup();
        self.since = earlier(self.since, other.since);
        self.ended = self.ended.zip(other.ended).map(|(one, other)| one.max(other));
    }
}

/// How many pods of a namespace use an image, and which was the last.
#[derive(Debug)]
struct OfImage {
    namespace: u32,
    image: u32,
    pods: usize,
    last: u32,
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

    /// The same, where [what controls](crate::Details::with_exact_workloads) `ReplicaSet`s and Jobs
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
        let images = self.image_rows();
        let mut uses = std::mem::take(&mut self.uses);
        drop(std::mem::take(&mut self.places));
        let skipped: HashSet<u32> =
            self.skipped.iter().filter_map(|name| self.texts.find(name)).collect();
        uses.retain(|counts| !skipped.contains(&counts.key.pod.namespace));
        self.look_up(&mut uses);

        let mut values = Values {
            texts: self.texts.into_values(),
            workloads: self.workloads.into_values(),
            labels: self.labels.into_values(),
            images: self.image_values,
            architectures: Vec::new(),
        };
        uses.sort_unstable_by(|one, other| values.compare(&one.key, &other.key));
        uses.dedup_by(|next, last| {
            let same = values.compare(&last.key, &next.key).is_eq();
            if same {
                last.add(next);
            }
            same
        });
        let mut sets: BTreeMap<Vec<Arc<str>>, u32> = BTreeMap::new();
        let rows = uses.into_iter().map(|Counts { key, pods, nodes, since, ended }| {
            let known = nodes.iter().filter_map(|node| self.architectures.get(values.text(*node)));
            let set: BTreeSet<Arc<str>> = known.cloned().collect();
            let number = u32::try_from(sets.len()).unwrap_or(u32::MAX);
            let architectures = *sets.entry(set.into_iter().collect()).or_insert(number);
            let node = key.pod.pod.and(nodes.first()).copied();
            let nodes = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            Row { key, pods, nodes, node, architectures, since, ended, seen: None }
        });
        let rows = rows.collect();
        values.architectures = vec![Vec::new(); sets.len()];
        for (set, number) in sets {
            values.architectures[number as usize] = set;
        }
        UseTable { rows, images, label_keys: self.label_keys, values }
    }

    /// Corrects the workloads of pods by what controls their controllers, where that was looked up.
    fn look_up(&mut self, uses: &mut [Counts]) {
        let Some(between) = &self.between else { return };
        for Counts { key: Key { pod, .. }, .. } in uses {
            let Some(number) = pod.between.take() else { continue };
            let object = between.get(number);
            if let Some(owner) = self.controllers.get(&**object) {
                // Without one, it is the workload itself, whatever its name looks like.
                let itself = || Workload::owner(&object.kind, &object.name);
                let workload = owner.clone().unwrap_or_else(itself);
                pod.workload = self.workloads.add(Arc::new(workload));
            }
        }
    }

    /// The distinct images, of which equal ones may have come from several passes.
    fn image_rows(&self) -> Vec<ImageRow> {
        let mut images: BTreeMap<&Arc<Image>, BTreeMap<&Arc<str>, usize>> = BTreeMap::new();
        for OfImage { namespace, image, pods, .. } in &self.of_images {
            let namespace = self.texts.get(*namespace);
            if !self.skipped.contains(&**namespace) {
                let of_image = images.entry(&self.image_values[*image as usize]).or_default();
                *of_image.entry(namespace).or_default() += pods;
            }
        }
        let row = |(image, namespaces): (&Arc<Image>, BTreeMap<&Arc<str>, usize>)| ImageRow {
            image: Arc::clone(image),
            namespaces: namespaces.into_iter().map(|(name, pods)| (name.clone(), pods)).collect(),
        };
        images.into_iter().map(row).collect()
    }

    /// Notes what the uses of a pod have in common, once it has one.
    fn begin(&mut self, pod: &Pod) {
        let labels = self.labels(pod);
        let between = match (&mut self.between, pod.owner()) {
            (Some(all), Some(owner)) if Workload::is_between(owner) => {
                Some(all.add(Arc::new(Between::new(&pod.namespace, owner))))
            }
            _ => None,
        };
        self.pods += 1;
        self.current = Current {
            key: PodKey {
                namespace: self.namespace(pod),
                workload: self.workload(pod),
                between,
                pod: self.by_pods.then(|| self.texts.number(&pod.name)),
                // Of pods together it says nothing.
                phase: if self.by_pods { pod.phase } else { PodPhase::default() },
                labels,
            },
            since: pod.started().or(pod.created()),
            ended: pod.ended(),
            node: pod.node.as_deref().map(|node| self.texts.number(node)),
        };
        self.begins = false;
        self.next = 0;
    }

    /// The number of a pod's namespace: mostly that of the pod before.
    fn namespace(&mut self, pod: &Pod) -> u32 {
        let last = self.current.key.namespace;
        if self.pods > 1 && **self.texts.get(last) == *pod.namespace {
            return last;
        }
        self.texts.number(&pod.namespace)
    }

    /// The number of the values of a pod's labels.
    fn labels(&mut self, pod: &Pod) -> u32 {
        if self.label_keys.is_empty() && self.pods > 0 {
            return 0;
        }
        let texts = &mut self.texts;
        let values = self.label_keys.iter().map(|key| pod.label(key).map(|it| texts.share(it)));
        self.labels.add(values.collect())
    }

    /// The number of a pod's workload: that of the pod before, where the same tells it.
    fn workload(&mut self, pod: &Pod) -> u32 {
        let Some(owner) = pod.owner() else {
            return self.workloads.add(Arc::new(Workload::from(pod)));
        };
        let hashes = template_hashes(pod);
        if let Some(last) = &self.last_owner
            && last.owner == *owner
            && last.hashes.each_ref().map(Option::as_deref) == hashes
            && (last.created == pod.created() || !owner.is_job())
            && !owner.is_told_by_the_pod()
        {
            return last.workload;
        }
        let workload = self.workloads.add(Arc::new(Workload::from(pod)));
        let (owner, hashes) = (owner.clone(), hashes.map(|hash| hash.map(Into::into)));
        self.last_owner = Some(LastOwner { owner, hashes, created: pod.created(), workload });
        workload
    }

    /// A use, and where its counts are.
    fn place(&mut self, container: &Container, image: &Arc<Image>) -> Before {
        let Self { texts, current, before, next, .. } = self;
        let at = *next;
        *next += 1;
        let address = Arc::as_ptr(image).addr();
        if let Some(known @ Before { key, .. }) = before.get(at)
            && key.pod == current.key
            && key.kind == container.kind
            && **texts.get(key.container) == *container.name
            && **texts.get(key.spec_image) == *container.image
            && Arc::as_ptr(&self.image_values[key.image as usize]).addr() == address
        {
            return *known;
        }
        let number = u32::try_from(self.image_values.len()).unwrap_or(u32::MAX);
        let image_number = *self.images.entry(address).or_insert(number);
        if image_number == number {
            self.image_values.push(Arc::clone(image));
        }
        let key = Key {
            pod: current.key,
            container: texts.number(&container.name),
            kind: container.kind,
            spec_image: texts.number(&container.image),
            image: image_number,
        };
        let fresh = u32::try_from(self.uses.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(key).or_insert(fresh);
        if place == fresh {
            self.uses.push(Counts { key, pods: 0, nodes: Vec::new(), since: None, ended: None });
        }
        let fresh = u32::try_from(self.of_images.len()).unwrap_or(u32::MAX);
        let (namespace, image) = (key.pod.namespace, key.image);
        let of_image = *self.of_image_places.entry((namespace, image)).or_insert(fresh);
        if of_image == fresh {
            self.of_images.push(OfImage { namespace, image, pods: 0, last: 0 });
        }
        let known = Before { key, place, of_image };
        before.truncate(at);
        before.push(known);
        known
    }
}

impl Values {
    /// The order of rows: by what they say, and not by the numbers of it.
    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let text = |number: u32| &self.texts[number as usize];
        let by_text = |one: u32, other: u32| {
            if one == other { Ordering::Equal } else { text(one).cmp(text(other)) }
        };
        let pod = |pod: &PodKey| pod.pod.map(text);
        let workload = |key: &Key| &self.workloads[key.pod.workload as usize];
        let image = |key: &Key| &self.images[key.image as usize];
        let labels = |key: &Key| &self.labels[key.pod.labels as usize];
        by_text(one.pod.namespace, other.pod.namespace)
            .then_with(|| workload(one).cmp(workload(other)))
            .then_with(|| pod(&one.pod).cmp(&pod(&other.pod)))
            .then_with(|| one.kind.cmp(&other.kind))
            .then_with(|| by_text(one.container, other.container))
            .then_with(|| image(one).cmp(image(other)))
            .then_with(|| by_text(one.spec_image, other.spec_image))
            .then_with(|| labels(one).cmp(labels(other)))
            .then_with(|| phase_number(one.pod.phase).cmp(&phase_number(other.pod.phase)))
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

    fn pod(&mut self, _pod: &Pod) {
        self.begins = true;
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        if self.begins {
            self.begin(seen.pod);
        }
        let Before { place, of_image, .. } = self.place(seen.container, seen.image);
        let Current { node, since, ended, .. } = self.current;
        let counts = &mut self.uses[place as usize];
        counts.ended = match counts.pods {
            0 => ended,
            _ => counts.ended.zip(ended).map(|(one, other)| one.max(other)),
        };
        counts.pods += 1;
        counts.since = earlier(counts.since, since);
        if let Some(node) = node
            && let Err(place) = counts.nodes.binary_search(&node)
        {
            counts.nodes.insert(place, node);
        }
        let OfImage { pods, last, .. } = &mut self.of_images[of_image as usize];
        if *last != self.pods {
            *pods += 1;
            *last = self.pods;
        }
    }

    fn remark(&mut self, what: Remark<'_>) {
        if let Remark::NamespaceSkipped { skipped } = what {
            self.skipped.insert((*skipped.namespace).into());
        }
    }
}
