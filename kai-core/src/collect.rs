//! The rules: facts in, visitor calls out. Synchronous, so that anything can drive them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::image::{Image, ReferenceError, merge};
use crate::namespace::{NamespaceName, NamespaceSelector};
use crate::pod::{Container, Namespace, Pod};
use crate::source::Observed;
use crate::tag_policy::MissingTagPolicy;
use crate::visit::{ImageText, Remark, Sighting, Visitor};

#[cfg(test)]
mod tests;

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
    namespaces: NamespaceSelector,
    missing_tag_policy: MissingTagPolicy,
    ignore_not_running: bool,
}

impl Default for CollectOptions {
    /// Every namespace, the digest as the tag where there is none, running pods only.
    fn default() -> Self {
        Self {
            namespaces: NamespaceSelector::all(),
            missing_tag_policy: MissingTagPolicy::default(),
            ignore_not_running: true,
        }
    }
}

impl CollectOptions {
    /// Sets which namespaces are covered.
    #[must_use]
    pub fn namespaces(mut self, selector: NamespaceSelector) -> Self {
        self.namespaces = selector;
        self
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

    /// The selector in force.
    #[must_use]
    pub fn selector(&self) -> &NamespaceSelector {
        &self.namespaces
    }
}

/// Applies the rules to one fact after another.
///
/// [`walk`](crate::walk) drives it over a source. Its memory grows with distinct images and
/// namespaces, not with pods.
#[derive(Debug)]
pub struct Collector<'o> {
    options: &'o CollectOptions,
    /// What became of each distinct triple of texts, of a container that runs or does not.
    verdicts: Vec<Verdict>,
    /// Where the verdict of a triple stands.
    judged: HashMap<Box<[u8]>, usize>,
    /// The key of the triple at hand; one buffer for all.
    key: Vec<u8>,
    /// One `Arc` per distinct image.
    images: HashSet<Arc<Image>>,
    /// Named namespaces of which nothing was told yet.
    awaited: BTreeMap<&'o str, &'o NamespaceName>,
    skipped: BTreeSet<String>,
}

/// What becomes of a container with certain texts.
#[derive(Debug)]
struct Verdict {
    outcome: Outcome,
    errors: [Option<ReferenceError>; 3],
}

#[derive(Debug)]
enum Outcome {
    Image(Arc<Image>),
    Dropped,
    NoRepository,
}

impl<'o> Collector<'o> {
    /// A collector that has seen nothing yet.
    #[must_use]
    pub fn new(options: &'o CollectOptions) -> Self {
        let named = options.namespaces.included().into_iter().flatten();
        Self {
            options,
            verdicts: Vec::new(),
            judged: HashMap::new(),
            key: Vec::new(),
            images: HashSet::new(),
            awaited: named.map(|name| (name.as_str(), name)).collect(),
            skipped: BTreeSet::new(),
        }
    }

    /// Applies the rules to a fact.
    pub fn observe(&mut self, fact: &Observed, visitor: &mut impl Visitor) {
        match fact {
            Observed::Namespace(namespace) => {
                if self.covers(&namespace.name) {
                    visitor.namespace(namespace);
                }
            }
            Observed::Node(node) => visitor.node(node),
            Observed::Pod(pod) => {
                if self.covers(&pod.namespace) {
                    self.pod(pod, visitor);
                }
            }
            Observed::Skipped(skipped) => {
                if self.covers(&skipped.namespace) {
                    self.skipped.insert(skipped.namespace.clone());
                    visitor.remark(Remark::NamespaceSkipped { skipped });
                }
            }
        }
    }

    /// Ends the pass: a named namespace of which nothing was told does not exist.
    pub fn finish(self, visitor: &mut impl Visitor) {
        for name in self.awaited.into_values() {
            visitor.remark(Remark::NamespaceNotFound { name });
            visitor.namespace(&Namespace::new(name.as_str()));
        }
    }

    /// Whether facts about a namespace count; notes that it was told of.
    fn covers(&mut self, namespace: &str) -> bool {
        self.awaited.remove(namespace);
        self.options.namespaces.selects(namespace) && !self.skipped.contains(namespace)
    }

    fn pod(&mut self, pod: &Pod, visitor: &mut impl Visitor) {
        visitor.pod(pod);
        if self.options.ignore_not_running && !pod.is_running() {
            visitor.remark(Remark::NotRunning { pod });
            return;
        }
        for container in &pod.containers {
            let verdict = self.verdict(container);
            for (text, error) in ImageText::ALL.into_iter().zip(verdict.errors) {
                if let Some(error) = error {
                    visitor.remark(Remark::NotAReference { pod, container, text, error });
                }
            }
            match &verdict.outcome {
                Outcome::Image(image) => visitor.image(Sighting::new(pod, container, image)),
                Outcome::Dropped => visitor.remark(Remark::Dropped { pod, container }),
                Outcome::NoRepository => visitor.remark(Remark::NoRepository { pod, container }),
            }
        }
    }

    /// Looks the container's texts up, and judges them where they are new.
    fn verdict(&mut self, container: &Container) -> &Verdict {
        self.key.clear();
        self.key.push(u8::from(container.running));
        for text in ImageText::ALL {
            let text = text.of(container).as_bytes();
            // With its length before it, no other triple makes the same key.
            self.key.extend_from_slice(&text.len().to_le_bytes());
            self.key.extend_from_slice(text);
        }
        let known = self.judged.get(self.key.as_slice()).copied();
        let at = known.unwrap_or_else(|| {
            let verdict = self.judge(container);
            self.verdicts.push(verdict);
            let at = self.verdicts.len() - 1;
            self.judged.insert(self.key.as_slice().into(), at);
            at
        });
        &self.verdicts[at]
    }

    fn judge(&mut self, container: &Container) -> Verdict {
        let merged = merge(
            &container.image,
            &container.status_image,
            &container.image_id,
            container.running,
        );
        let outcome = match merged.image.map(|image| image.under(&self.options.missing_tag_policy))
        {
            None => Outcome::NoRepository,
            Some(None) => Outcome::Dropped,
            Some(Some(image)) => Outcome::Image(self.share(image)),
        };
        Verdict { outcome, errors: merged.errors }
    }

    fn share(&mut self, image: Image) -> Arc<Image> {
        if let Some(known) = self.images.get(&image) {
            return Arc::clone(known);
        }
        let image = Arc::new(image);
        self.images.insert(Arc::clone(&image));
        image
    }
}
