//! The visitor that collects what API v2 takes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use kai_core::{Image, Namespace, Node, Pod, Remark, Sighting, Visitor};

use super::inventory::{Containers, KubernetesInventory, NotSent, PodEntry, Pods, Use};
use super::named::Named;

/// A visitor that builds a [`KubernetesInventory`].
///
/// The source has to tell the uids of namespaces and pods, and of nodes where it tells of any.
/// Memory grows with containers: about 50 bytes for each, and 130 for each pod.
///
/// ```
/// # use kai_anchore::KubernetesInventoryBuilder;
/// # use kai_core::{CollectOptions, Container, ContainerKind, InMemoryPodSource, Namespace, Pod};
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
/// let builder = KubernetesInventoryBuilder::default();
/// let inventory = walk(&source, &CollectOptions::default(), builder).await?.finish();
/// assert_eq!((inventory.pods(), inventory.containers()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A namespace that is gone and has to be sent once more, without pods, can be told to it by
/// [`Visitor::namespace`] before it is finished.
#[derive(Default)]
pub struct KubernetesInventoryBuilder {
    namespaces: Named<Told>,
    nodes: Named<Option<Node>>,
    pods: Pods,
    containers: Containers,
    /// What runs in containers, by the address of the image: the pods of a workload share it.
    uses: HashMap<usize, Vec<Arc<Use>>>,
    /// Whether the pod at hand is the last of `pods`; otherwise it has no uid.
    kept: bool,
}

/// What is known of a namespace.
#[derive(Default)]
struct Told {
    uid: Option<String>,
    skipped: bool,
    has_pods: bool,
    not_sent: NotSent,
}

impl Visitor for KubernetesInventoryBuilder {
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
            None => told.not_sent.pods += 1,
            Some(uid) => {
                let node = present(pod.node.as_ref()).map(|name| self.nodes.number(name));
                let entry = PodEntry { namespace, node, containers: self.containers.len() };
                self.pods.push(&pod.name, uid, entry);
            }
        }
    }

    fn image(&mut self, seen: Sighting<'_>) {
        let id = &seen.container.container_id;
        if self.kept && !id.is_empty() {
            let used = self.share(&seen.container.name, seen.image);
            self.containers.push(id, used);
        } else {
            self.namespaces.entry(&seen.pod.namespace).not_sent.containers += 1;
        }
    }

    fn remark(&mut self, what: Remark<'_>) {
        match what {
            // It doesn't count, so it is not sent either.
            Remark::NotRunning { .. } if self.kept => self.pods.pop(),
            Remark::NotRunning { pod } => {
                self.namespaces.entry(&pod.namespace).not_sent.pods -= 1;
            }
            Remark::NamespaceSkipped { skipped } => {
                self.namespaces.entry(&skipped.namespace).skipped = true;
            }
            _ => {}
        }
    }
}

impl KubernetesInventoryBuilder {
    /// The inventory of what was seen: sorted, and without what API v2 could not place.
    #[must_use]
    pub fn finish(self) -> KubernetesInventory {
        let Self { namespaces: told, nodes: told_nodes, mut pods, mut containers, .. } = self;
        let mut not_sent = NotSent::default();

        let (mut namespaces, mut places) = (Vec::new(), vec![None; told.all().len()]);
        for (name, number) in told.sorted() {
            match &told.get(number).uid {
                _ if told.get(number).skipped => {}
                None => not_sent.namespaces += 1,
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
                Some(_) => not_sent.nodes += 1,
                // A pod names it, and nothing else is known.
                None => {}
            }
        }

        let counted = told.all().iter().filter(|told| !told.skipped);
        counted.clone().for_each(|told| not_sent.add(told.not_sent));
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
                not_sent.pods += 1;
                not_sent.containers += containers;
            }
        }
        order.sort_unstable_by_key(|number| (pods.get(*number).namespace, pods.name(*number)));
        pods.shrink_to_fit();
        containers.shrink_to_fit();

        let lacks_namespaces = has_pods && namespaces.is_empty();
        KubernetesInventory {
            namespaces,
            nodes,
            pods,
            order,
            containers,
            not_sent,
            lacks_namespaces,
        }
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

impl fmt::Debug for KubernetesInventoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubernetesInventoryBuilder")
            .field("pods", &self.pods.len())
            .field("containers", &self.containers.len())
            .finish_non_exhaustive()
    }
}
