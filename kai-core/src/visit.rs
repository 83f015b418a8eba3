//! The visitor of a pass over a source, and its calls.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::image::{Image, ReferenceError};
use crate::namespace::NamespaceName;
use crate::pod::{Container, Controller, Namespace, Node, Pod, Skipped};
use crate::source::{Missing, ServerVersion};

/// Listens to a pass over a source. Every method does nothing unless it is written.
///
/// One pass serves many: a pair of visitors is a visitor that calls both, and a `&mut V` is one
/// that the caller keeps.
///
/// ```
/// # use kai_core::{ImageUse, Visitor};
/// #[derive(Default)]
/// struct FromDockerHub(usize);
///
/// impl Visitor for FromDockerHub {
///     fn image(&mut self, seen: ImageUse<'_>) {
///         self.0 += usize::from(!seen.image.repository().contains('/'));
///     }
/// }
/// ```
#[expect(unused_variables, reason = "the names of unused arguments are documentation")]
pub trait Visitor {
    /// A namespace belongs to the inventory, also where it has no pods. May come after its pods.
    fn namespace(&mut self, namespace: &Namespace) {}
    /// A node exists.
    fn node(&mut self, node: &Node) {}
    /// The source is a server of this version.
    fn server(&mut self, version: &ServerVersion) {}
    /// The cluster has this uid: that of its namespace `kube-system`, which never changes.
    fn cluster(&mut self, uid: &str) {}
    /// An object of a selected namespace controls pods. May come after these.
    fn controller(&mut self, controller: &Controller) {}
    /// A pod of a selected namespace exists, whether or not its images count. Its images and
    /// remarks follow before anything else.
    fn pod(&mut self, pod: &Pod) {}
    /// An image is in use.
    fn image(&mut self, seen: ImageUse<'_>) {}
    /// Something was left out, or is worth a warning.
    fn remark(&mut self, what: Remark<'_>) {}
}

/// An image, and who uses it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ImageUse<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// Its container or image volume.
    pub container: &'a Container,
    /// The image; within one pass, equal images are the same `Arc`.
    pub image: &'a Arc<Image>,
}

impl<'a> ImageUse<'a> {
    /// An image that a container of a pod uses; with it a [`Visitor`] is tested alone.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kai_core::{Container, ContainerKind, Pod, ImageUse, SummaryBuilder, Visitor};
    /// let pod = Pod::new("shop", "web-0");
    /// let container = Container::new(ContainerKind::Regular, "web", "nginx:1.27");
    /// let image = Arc::new("nginx:1.27".parse()?);
    /// let mut counts = SummaryBuilder::default();
    /// counts.image(ImageUse::new(&pod, &container, &image));
    /// assert_eq!(counts.finish().containers, 1);
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    #[must_use]
    pub fn new(pod: &'a Pod, container: &'a Container, image: &'a Arc<Image>) -> Self {
        Self { pod, container, image }
    }
}

/// One of the three texts that a pod has of a container's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageText {
    /// `image` of the spec.
    Spec,
    /// `image` of the status.
    Status,
    /// `imageID` of the status.
    ImageId,
}

impl ImageText {
    /// The three, in the order in which they count.
    pub(crate) const ALL: [Self; 3] = [Self::Spec, Self::Status, Self::ImageId];

    /// This text of a container.
    #[must_use]
    pub fn of(self, container: &Container) -> &str {
        match self {
            Self::Spec => &container.image,
            Self::Status => &container.status_image,
            Self::ImageId => &container.image_id,
        }
    }
}

/// Why a container is not in the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// Nothing of its pod runs.
    Phase,
    /// Its image has no tag, and the policy drops such images.
    Policy,
    /// None of its texts names a repository.
    Parse,
    /// A filter of pods or images leaves it out.
    Filter,
}

impl LeftOutReason {
    /// The word for it: `phase`, `policy`, `parse` or `filter`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Policy => "policy",
            Self::Parse => "parse",
            Self::Filter => "filter",
        }
    }
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that was left out of the inventory, or that is worth a warning.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Remark<'a> {
    /// Every container of this pod was left out, since nothing of it runs.
    NotRunning {
        /// The pod.
        pod: &'a Pod,
    },
    /// A text is no image reference; the container is kept, unless a
    /// [`NoRepository`](Self::NoRepository) follows.
    NotAReference {
        /// The pod.
        pod: &'a Pod,
        /// Its container.
        container: &'a Container,
        /// Which of the container's texts; [`ImageText::of`] gives it.
        text: ImageText,
        /// What is wrong with it.
        error: ReferenceError,
    },
    /// A container was left out, since none of its texts names a repository.
    NoRepository {
        /// The pod.
        pod: &'a Pod,
        /// Its container.
        container: &'a Container,
    },
    /// A container was left out, since its image has no tag and the policy drops such images.
    Dropped {
        /// The pod.
        pod: &'a Pod,
        /// Its container.
        container: &'a Container,
    },
    /// Every container of this pod was left out by a filter of pods.
    PodFiltered {
        /// The pod.
        pod: &'a Pod,
    },
    /// A container was left out by a filter of images.
    ImageFiltered {
        /// The pod.
        pod: &'a Pod,
        /// Its container.
        container: &'a Container,
        /// Its image.
        image: &'a Arc<Image>,
    },
    /// A namespace was named that does not exist; the inventory has it without images.
    NamespaceNotFound {
        /// Its name.
        name: &'a NamespaceName,
    },
    /// A namespace is not in the inventory, by the user's choice.
    NamespaceSkipped {
        /// Which, and why.
        skipped: &'a Skipped,
    },
    /// A detail is not in the report, since the source could not get it.
    Missing {
        /// Which, and why.
        missing: &'a Missing,
    },
}

impl Remark<'_> {
    /// How many containers (image volumes included) this leaves out, and why.
    #[must_use]
    pub fn left_out(&self) -> Option<(LeftOutReason, usize)> {
        match self {
            Self::NotRunning { pod } => Some((LeftOutReason::Phase, pod.containers.len())),
            Self::Dropped { .. } => Some((LeftOutReason::Policy, 1)),
            Self::NoRepository { .. } => Some((LeftOutReason::Parse, 1)),
            Self::PodFiltered { pod } => Some((LeftOutReason::Filter, pod.containers.len())),
            Self::ImageFiltered { .. } => Some((LeftOutReason::Filter, 1)),
            Self::NotAReference { .. }
            | Self::NamespaceNotFound { .. }
            | Self::NamespaceSkipped { .. }
            | Self::Missing { .. } => None,
        }
    }

    /// The namespace that this is about; `None`: it is about the cluster.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::NotRunning { pod }
            | Self::PodFiltered { pod }
            | Self::ImageFiltered { pod, .. }
            | Self::NotAReference { pod, .. }
            | Self::NoRepository { pod, .. }
            | Self::Dropped { pod, .. } => Some(&pod.namespace),
            Self::NamespaceNotFound { name } => Some(name.as_str()),
            Self::NamespaceSkipped { skipped } => Some(&skipped.namespace),
            Self::Missing { .. } => None,
        }
    }
}

/// As its word.
impl Serialize for LeftOutReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A visitor that ignores everything.
impl Visitor for () {}

/// One that may be absent.
impl<V: Visitor> Visitor for Option<V> {
    fn namespace(&mut self, namespace: &Namespace) {
        if let Some(visitor) = self {
            visitor.namespace(namespace);
        }
    }
    fn node(&mut self, node: &Node) {
        if let Some(visitor) = self {
            visitor.node(node);
        }
    }
    fn server(&mut self, version: &ServerVersion) {
        if let Some(visitor) = self {
            visitor.server(version);
        }
    }
    fn cluster(&mut self, uid: &str) {
        if let Some(visitor) = self {
            visitor.cluster(uid);
        }
    }
    fn controller(&mut self, controller: &Controller) {
        if let Some(visitor) = self {
            visitor.controller(controller);
        }
    }
    fn pod(&mut self, pod: &Pod) {
        if let Some(visitor) = self {
            visitor.pod(pod);
        }
    }
    fn image(&mut self, seen: ImageUse<'_>) {
        if let Some(visitor) = self {
            visitor.image(seen);
        }
    }
    fn remark(&mut self, what: Remark<'_>) {
        if let Some(visitor) = self {
            visitor.remark(what);
        }
    }
}

impl<V: Visitor + ?Sized> Visitor for &mut V {
    fn namespace(&mut self, namespace: &Namespace) {
        (**self).namespace(namespace);
    }
    fn node(&mut self, node: &Node) {
        (**self).node(node);
    }
    fn server(&mut self, version: &ServerVersion) {
        (**self).server(version);
    }
    fn cluster(&mut self, uid: &str) {
        (**self).cluster(uid);
    }
    fn controller(&mut self, controller: &Controller) {
        (**self).controller(controller);
    }
    fn pod(&mut self, pod: &Pod) {
        (**self).pod(pod);
    }
    fn image(&mut self, seen: ImageUse<'_>) {
        (**self).image(seen);
    }
    fn remark(&mut self, what: Remark<'_>) {
        (**self).remark(what);
    }
}

impl<A: Visitor, B: Visitor> Visitor for (A, B) {
    fn namespace(&mut self, namespace: &Namespace) {
        self.0.namespace(namespace);
        self.1.namespace(namespace);
    }
    fn node(&mut self, node: &Node) {
        self.0.node(node);
        self.1.node(node);
    }
    fn server(&mut self, version: &ServerVersion) {
        self.0.server(version);
        self.1.server(version);
    }
    fn cluster(&mut self, uid: &str) {
        self.0.cluster(uid);
        self.1.cluster(uid);
    }
    fn controller(&mut self, controller: &Controller) {
        self.0.controller(controller);
        self.1.controller(controller);
    }
    fn pod(&mut self, pod: &Pod) {
        self.0.pod(pod);
        self.1.pod(pod);
    }
    fn image(&mut self, seen: ImageUse<'_>) {
        self.0.image(seen);
        self.1.image(seen);
    }
    fn remark(&mut self, what: Remark<'_>) {
        self.0.remark(what);
        self.1.remark(what);
    }
}
