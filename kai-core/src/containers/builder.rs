//! The visitor that builds the table of containers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::interner::Interner;
use super::{ContainerTable, Containers, PodEntry, Pods, Unplaced, Use};
use crate::image::Image;
use crate::pod::{Namespace, Node, Pod};
use crate::visit::{ImageUse, Remark, Visitor};

/// A visitor that builds a [`ContainerTable`].
///
/// The source has to yield the uids of namespaces and pods, and of nodes where it yields any.
/// Memory grows with containers: about 50 bytes for each, and 130 for each pod.
///
/// ```
/// # use kai_core::{CollectOptions, Container, ContainerKind, ContainerTableBuilder};
/// # use kai_core::{InMemoryPodSource, Namespace, Pod};
/// # use kai_core::{PodPhase, walk};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let web = Container::new(ContainerKind::Regular, "web", "nginx:1.27")
///     .with_container_id("containerd://5f5c65965579");
/// let source = InMemoryPodSource::new()
///     .with_namespace(Namespace::new("shop").with_uid("0c9e"))
///     .with_pod(
///         Pod::new("shop", "web-0")
///             .with_uid("7d11")
///             .with_phase(PodPhase::Running)
///             .with_container(web),
///     );
/// let builder = ContainerTableBuilder::default();
/// let table = walk(&source, &CollectOptions::default(), builder).await?.finish();
/// assert_eq!((table.pod_count(), table.container_count()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct ContainerTableBuilder {
    namespaces: Interner<Known>,
    nodes: Interner<Option<Node>>,
    pods: Pods,
    containers: Containers,
    /// What runs in containers, by the address of the image: the pods of a workload share it.
    uses: HashMap<usize, Vec<Arc<Use>>>,
    /// Whether the pod at hand is the last of `pods`; otherwise it has no uid.
    kept: bool,
}

/// What is known of a namespace.
#[derive(Default)]
struct Known {
    uid: Option<String>,
    skipped: bool,
    has_pods: bool,
    unplaced: Unplaced,
}

impl Visitor for ContainerTableBuilder {
    fn namespace(&mut self, namespace: &Namespace) {
        let told = self.namespaces.entry(&namespace.name);
        if let Some(uid) = present(namespace.uid.as_ref()) {
            told.uid = Some(uid.to_owned());
        }
    }

    fn node(&mut self, node: &Node) {
        *self.nodes.entry(&node.name) = Some(node.clone());
    }

    fn pod(&mut self, pod: &Pod) {
        let namespace = self.namespaces.number(&pod.namespace);
        let told = self.namespaces.get_mut(namespace);
        told.has_pods = true;
        let uid = present(pod.uid.as_ref());
        self.kept = uid.is_some();
        match uid {
            None => told.unplaced.pods += 1,
            Some(uid) => {
                let node = present(pod.node.as_ref()).map(|name| self.nodes.number(name));
                let entry = PodEntry { namespace, node, containers: self.containers.len() };
                self.pods.push(&pod.name, uid, entry);
            }
        }
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        let id = &seen.container.container_id;
        if self.kept && !id.is_empty() {
            let used = self.share(&seen.container.name, seen.image);
            self.containers.push(id, used);
        } else {
            self.namespaces.entry(&seen.pod.namespace).unplaced.containers += 1;
        }
    }

    fn remark(&mut self, what: Remark<'_>) {
        match what {
            // It doesn't count.
            Remark::NotRunning { .. } | Remark::PodFiltered { .. } if self.kept => self.pods.pop(),
            Remark::NotRunning { pod } | Remark::PodFiltered { pod } => {
                self.namespaces.entry(&pod.namespace).unplaced.pods -= 1;
            }
            Remark::NamespaceSkipped { skipped } => {
                self.namespaces.entry(&skipped.namespace).skipped = true;
            }
            _ => {}
        }
    }
}

impl ContainerTableBuilder {
    /// The table of what was seen: sorted, and without what has no place in it.
    #[must_use]
    pub fn finish(self) -> ContainerTable {
        let Self { namespaces: told, nodes: told_nodes, mut pods, mut containers, .. } = self;
        let mut unplaced = Unplaced::default();

        let (mut namespaces, mut places) = (Vec::new(), vec![None; told.all().len()]);
        for (name, number) in told.sorted() {
            match &told.get(number).uid {
                _ if told.get(number).skipped => {}
                None => unplaced.namespaces += 1,
                Some(uid) => {
                    places[number] = Some(namespaces.len());
                    namespaces.push(Namespace::new(name).with_uid(uid));
                }
            }
        }
        let (mut nodes, mut node_places) = (Vec::new(), vec![None; told_nodes.all().len()]);
        for (_, number) in told_nodes.sorted() {
            match told_nodes.get(number) {
                Some(node) if present(node.uid.as_ref()).is_some() => {
                    node_places[number] = Some(nodes.len());
                    nodes.push(node.clone());
                }
                Some(_) => unplaced.nodes += 1,
                // A pod refers to it, and nothing else is known.
                None => {}
            }
        }

        let counted = told.all().iter().filter(|told| !told.skipped);
        counted.clone().for_each(|told| unplaced.add(told.unplaced));
        let has_pods = counted.clone().any(|told| told.has_pods);

        let mut order = Vec::with_capacity(pods.len());
        for number in 0..pods.len() {
            let containers = pods.containers(number, &containers).len();
            let pod = pods.get_mut(number);
            pod.node = pod.node.and_then(|node| node_places[node]);
            if let Some(place) = places[pod.namespace] {
                pod.namespace = place;
                order.push(number);
            } else if !told.get(pod.namespace).skipped {
                unplaced.pods += 1;
                unplaced.containers += containers;
            }
        }
        order.sort_unstable_by_key(|number| (pods.get(*number).namespace, pods.name(*number)));
        pods.shrink_to_fit();
        containers.shrink_to_fit();

        let lacks_namespaces = has_pods && namespaces.is_empty();
        ContainerTable { namespaces, nodes, pods, order, containers, unplaced, lacks_namespaces }
    }

    /// Equal images are the same within a pass, and stay where they are while they are used.
    fn share(&mut self, name: &str, image: &Arc<Image>) -> Arc<Use> {
        let known = self.uses.entry(Arc::as_ptr(image).addr()).or_default();
        if let Some(same) = known.iter().find(|known| *known.name == *name) {
            return Arc::clone(same);
        }
        let used = Arc::new(Use { name: name.into(), image: Arc::clone(image) });
        known.push(Arc::clone(&used));
        used
    }
}

/// An empty text is an absent one.
fn present(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl fmt::Debug for ContainerTableBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerTableBuilder")
            .field("pods", &self.pods.len())
            .field("containers", &self.containers.len())
            .finish_non_exhaustive()
    }
}
