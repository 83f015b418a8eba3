//! Two tellings of a cluster compared, pod by pod, in little memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::pod::Pod;
use crate::visit::{ImageUse, Visitor};

/// A [`Visitor`] that keeps a hash of what each pod runs, some 20 bytes a pod: of two tellings of the
/// same cluster it shows whether they agree.
///
/// ```
/// use kai_core::{Fingerprints, Pod, Visitor};
///
/// let tell = |node: &str| {
///     let mut told = Fingerprints::default();
///     told.pod(&Pod::new("shop", "web-0").with_node(node));
///     told
/// };
/// assert_eq!(tell("node-1").differences(&tell("node-1")).count(), 0);
/// assert_eq!(tell("node-1").differences(&tell("node-2")).count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fingerprints {
    pods: HashMap<PodPrint, u64>,
    /// The pod that is being told, and its hash so far.
    last: Option<(PodPrint, DefaultHasher)>,
}

/// Which pod it is, by a hash of its uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodPrint(u64);

impl PodPrint {
    /// That of a pod.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let mut hasher = DefaultHasher::new();
        id_of(pod).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The uid of a pod, else what no uid is: its namespace and name.
pub(crate) fn id_of(pod: &Pod) -> Cow<'_, str> {
    match pod.uid.as_deref() {
        Some(uid) if !uid.is_empty() => Cow::Borrowed(uid),
        _ => Cow::Owned(format!("\0{}/{}", pod.namespace, pod.name)),
    }
}

/// How what was told of a pod differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Difference {
    /// Only the other telling has it.
    Missing,
    /// Only this telling has it.
    Extra,
    /// What it runs, or where.
    Other,
}

impl Fingerprints {
    /// The pods of which another telling tells otherwise.
    pub fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (PodPrint, Difference)> + 'a {
        let here = self.prints().filter_map(|(pod, print)| match other.print(pod) {
            Some(same) if same == print => None,
            Some(_) => Some((pod, Difference::Other)),
            None => Some((pod, Difference::Extra)),
        });
        let there = other.prints().filter(|(pod, _)| self.print(*pod).is_none());
        here.chain(there.map(|(pod, _)| (pod, Difference::Missing)))
    }

    /// Whether two tellings tell the same of a pod, or both nothing.
    #[must_use]
    pub fn agree(&self, other: &Self, pod: PodPrint) -> bool {
        self.print(pod) == other.print(pod)
    }

    fn prints(&self) -> impl Iterator<Item = (PodPrint, u64)> {
        let last = self.last.as_ref().map(|(pod, hasher)| (*pod, hasher.finish()));
        let before = self.pods.iter().map(|(pod, print)| (*pod, *print));
        before.filter(move |(pod, _)| last.is_none_or(|(last, _)| last != *pod)).chain(last)
    }

    fn print(&self, pod: PodPrint) -> Option<u64> {
        let last = self.last.as_ref().filter(|(last, _)| *last == pod);
        last.map(|(_, hasher)| hasher.finish()).or_else(|| self.pods.get(&pod).copied())
    }
}

impl Visitor for Fingerprints {
    fn pod(&mut self, pod: &Pod) {
        if let Some((pod, hasher)) = self.last.take() {
            self.pods.insert(pod, hasher.finish());
        }
        let mut hasher = DefaultHasher::new();
        (&pod.namespace, &pod.node, pod.phase).hash(&mut hasher);
        if let Some(owner) = pod.owner() {
            (&owner.kind, &owner.name).hash(&mut hasher);
        }
        self.last = Some((PodPrint::of(pod), hasher));
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        let Some((_, hasher)) = &mut self.last else { return };
        let container = seen.container;
        (container.kind, &container.name, &container.image, seen.image).hash(hasher);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;
    use crate::pod::{Container, ContainerKind};
    use std::sync::Arc;

    fn told(pods: &[(&str, &str)]) -> Fingerprints {
        let mut told = Fingerprints::default();
        for (name, image) in pods {
            let container = Container::new(ContainerKind::Regular, "app", *image);
            let pod = Pod::new("shop", *name).with_container(container);
            told.pod(&pod);
            let image = Arc::new(Image::parse(&format!("web:{image}"), None).unwrap());
            told.image(ImageUse::new(&pod, &pod.containers[0], &image));
        }
        told
    }

    #[test]
    fn what_is_missing_gone_or_different_is_told() {
        let (here, there) = (
            told(&[("same", "1"), ("other", "1"), ("extra", "1")]),
            told(&[("missing", "1"), ("other", "2"), ("same", "1")]),
        );
        let print = |name: &str| PodPrint::of(&Pod::new("shop", name));
        let mut differences: Vec<_> = here.differences(&there).collect();
        let mut expected = vec![
            (print("other"), Difference::Other),
            (print("extra"), Difference::Extra),
            (print("missing"), Difference::Missing),
        ];
        differences.sort_by_key(|(pod, _)| *pod);
        expected.sort_by_key(|(pod, _)| *pod);
        assert_eq!(differences, expected);
        assert!(here.agree(&there, print("same")) && here.agree(&there, print("nobody")));
        assert!(!here.agree(&there, print("other")));
    }
}
