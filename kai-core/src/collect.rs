//! The rules: facts in, visitor calls out. Synchronous, so that anything can drive them.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::Image;
use crate::judge::{Judge, Outcome, judge};
use crate::namespace::{NamespaceName, NamespaceSelector};
use crate::pattern::ImageFilter;
use crate::pod::{Container, Namespace, Pod};
use crate::query::{Details, Query};
use crate::selector::PodFilter;
use crate::source::Observed;
use crate::tag_policy::MissingTagPolicy;
use crate::visit::{ImageText, ImageUse, Remark, Visitor};

#[cfg(test)]
mod tests;

/// The namespace whose uid is taken for that of its cluster: every cluster has it, and no other one
/// has the same.
const CLUSTER: &str = "kube-system";

/// What belongs to an inventory.
///
/// ```
/// # use kai_core::{CollectOptions, MissingTagPolicy, NamespaceSelector};
/// let options = CollectOptions::default()
///     .namespaces(NamespaceSelector::new(["shop"], Vec::<String>::new())?)
///     .missing_tag_policy(MissingTagPolicy::Drop)
///     .ignore_not_running(false);
/// # Ok::<(), kai_core::SelectorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CollectOptions {
    query: Query,
    pods: PodFilter,
    images: ImageFilter,
    missing_tag_policy: MissingTagPolicy,
    ignore_not_running: bool,
}

impl Default for CollectOptions {
    /// Every namespace, the digest as the tag where there is none, running pods only.
    fn default() -> Self {
        Self {
            query: Query::default(),
            pods: PodFilter::default(),
            images: ImageFilter::default(),
            missing_tag_policy: MissingTagPolicy::default(),
            ignore_not_running: true,
        }
    }
}

impl CollectOptions {
    /// Sets which namespaces are covered.
    #[must_use]
    pub fn namespaces(mut self, selector: NamespaceSelector) -> Self {
        self.query = self.query.namespaces(selector);
        self
    }

    /// Sets what the report has to contain besides the images of each namespace.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        let details = details.union(self.needed_by_filters());
        self.query = self.query.details(details);
        self
    }

    /// Sets which pods count; what their labels and annotations are is asked for, too.
    #[must_use]
    pub fn pods(mut self, filter: PodFilter) -> Self {
        self.query = self.query.pods(filter.selector().clone());
        self.pods = filter;
        let needs = self.query.needs().clone();
        self.details(needs)
    }

    /// Sets which images count.
    #[must_use]
    pub fn images(mut self, filter: ImageFilter) -> Self {
        self.images = filter;
        self
    }

    /// The filter of images in effect.
    #[must_use]
    pub fn image_filter(&self) -> &ImageFilter {
        &self.images
    }

    /// Whether pods of which nothing runs are left out.
    #[must_use]
    pub fn ignores_not_running(&self) -> bool {
        self.ignore_not_running
    }

    /// The filter of pods in effect.
    #[must_use]
    pub fn pod_filter(&self) -> &PodFilter {
        &self.pods
    }

    fn needed_by_filters(&self) -> Details {
        let labels = self.pods.selector().keys();
        let details = labels.fold(Details::default(), Details::with_label);
        let annotations = self.pods.excluded().iter();
        annotations.fold(details, |details, it| details.with_annotation(it.key()))
    }

    /// The image that a container counts with, where it counts, and whether one of its texts is no
    /// image reference.
    pub(crate) fn image_of(&self, container: &Container) -> (Option<Image>, bool) {
        let (outcome, errors) = judge(&self.missing_tag_policy, &self.images, container);
        let image = match outcome {
            Outcome::Image(image) => Some(image),
            Outcome::Filtered(_) | Outcome::Dropped | Outcome::NoRepository => None,
        };
        (image, errors.iter().any(Option::is_some))
    }

    /// Whether neither its namespace nor a filter leaves a pod out.
    pub(crate) fn admits(&self, pod: &Pod) -> bool {
        self.selector().selects(&pod.namespace) && self.pods.admits(pod)
    }

    /// Whether the containers of a pod count, where it is admitted.
    pub(crate) fn counts(&self, pod: &Pod) -> bool {
        pod.is_running() || !self.ignore_not_running
    }

    /// Sets what to do with an image that is known by its digest only.
    #[must_use]
    pub fn missing_tag_policy(mut self, policy: MissingTagPolicy) -> Self {
        self.missing_tag_policy = policy;
        self
    }

    /// Sets whether pods of which nothing runs are left out.
    #[must_use]
    pub fn ignore_not_running(mut self, ignore: bool) -> Self {
        self.ignore_not_running = ignore;
        self
    }

    /// The selector in effect.
    #[must_use]
    pub fn selector(&self) -> &NamespaceSelector {
        self.query.selector()
    }

    /// What a source is asked for.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }
}

/// Applies the rules to one fact after another.
///
/// [`walk`](crate::walk) drives it over a source. Its memory grows with distinct images and
/// namespaces, not with pods.
#[derive(Debug)]
pub struct Collector<'o> {
    options: &'o CollectOptions,
    judge: Judge<'o>,
    /// Named namespaces of which no fact has come yet.
    awaited: BTreeMap<&'o str, &'o NamespaceName>,
    skipped: BTreeSet<String>,
}

impl<'o> Collector<'o> {
    /// A collector that has seen nothing yet.
    #[must_use]
    pub fn new(options: &'o CollectOptions) -> Self {
        let named = options.selector().included().into_iter().flatten();
        Self {
            options,
            judge: Judge::new(&options.missing_tag_policy, &options.images),
            awaited: named.map(|name| (name.as_str(), name)).collect(),
            skipped: BTreeSet::new(),
        }
    }

    /// Applies the rules to a fact.
    pub fn observe(&mut self, fact: &Observed, visitor: &mut impl Visitor) {
        match fact {
            Observed::Namespace(namespace) => {
                if let (CLUSTER, Some(uid)) = (&*namespace.name, &namespace.uid) {
                    visitor.cluster(uid);
                }
                if self.covers(&namespace.name) {
                    visitor.namespace(namespace);
                }
            }
            Observed::Node(node) => visitor.node(node),
            Observed::Controller(controller) => {
                if self.covers(&controller.namespace) {
                    visitor.controller(controller);
                }
            }
            Observed::Pod(pod) => self.observe_pod(pod, visitor),
            Observed::Skipped(skipped) => {
                if self.covers(&skipped.namespace) {
                    self.skipped.insert(skipped.namespace.clone());
                    visitor.remark(Remark::NamespaceSkipped { skipped });
                }
            }
            Observed::Server(version) => visitor.server(version),
            Observed::Missing(missing) => visitor.remark(Remark::Missing { missing }),
        }
    }

    /// Applies the rules to a pod.
    pub(crate) fn observe_pod(&mut self, pod: &Pod, visitor: &mut impl Visitor) {
        if self.covers(&pod.namespace) {
            self.pod(pod, visitor);
        }
    }

    /// Ends the pass: a named namespace about which no fact came does not exist.
    pub fn finish(self, visitor: &mut impl Visitor) {
        for name in self.awaited.into_values() {
            visitor.remark(Remark::NamespaceNotFound { name });
            visitor.namespace(&Namespace::new(name.as_str()));
        }
    }

    /// Whether facts about a namespace count; notes that a fact about it came.
    pub(crate) fn covers(&mut self, namespace: &str) -> bool {
        self.awaited.remove(namespace);
        self.options.selector().selects(namespace) && !self.skipped.contains(namespace)
    }

    fn pod(&mut self, pod: &Pod, visitor: &mut impl Visitor) {
        visitor.pod(pod);
        if !self.options.pods.admits(pod) {
            visitor.remark(Remark::PodFiltered { pod });
            return;
        }
        if self.options.ignore_not_running && !pod.is_running() {
            visitor.remark(Remark::NotRunning { pod });
            return;
        }
        for container in &pod.containers {
            let verdict = self.judge.verdict(container);
            for (text, error) in ImageText::ALL.into_iter().zip(verdict.errors) {
                if let Some(error) = error {
                    visitor.remark(Remark::NotAReference { pod, container, text, error });
                }
            }
            match &verdict.outcome {
                Outcome::Image(image) => visitor.image(ImageUse::new(pod, container, image)),
                Outcome::Filtered(image) => {
                    visitor.remark(Remark::ImageFiltered { pod, container, image });
                }
                Outcome::Dropped => visitor.remark(Remark::Dropped { pod, container }),
                Outcome::NoRepository => visitor.remark(Remark::NoRepository { pod, container }),
            }
        }
    }
}
