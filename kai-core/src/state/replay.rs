//! Pods of their numbers again.

use super::ended::EndedPod;
use super::interner::NONE;
use super::names::Names;
use super::pod::{PodKey, Shared, Slot};
use crate::pod::{ContainerKind, Pod};

/// Makes pods of their numbers again, one after another, each of what the one before had already.
#[derive(Debug)]
pub(super) struct Replay<'s> {
    shared: &'s Shared,
    names: &'s Names,
    pod: Pod,
    last: Option<Slot>,
    tells_ids: bool,
}

impl<'s> Replay<'s> {
    pub(super) fn new(shared: &'s Shared, names: &'s Names) -> Self {
        Self { shared, names, pod: Pod::default(), last: None, tells_ids: false }
    }

    /// The same, which tells what a pod is known by as its uid.
    pub(super) fn telling_ids(mut self) -> Self {
        self.tells_ids = true;
        self
    }

    /// The pod that was put in by these numbers.
    pub(super) fn pod(&mut self, key: PodKey, slot: &Slot) -> &mut Pod {
        let Self { shared, pod, last, .. } = self;
        let other = |number: fn(&Slot) -> u32| {
            last.as_ref().is_none_or(|last| number(last) != number(slot))
        };
        if other(|it| it.namespace) {
            shared.text(slot.namespace).clone_into(&mut pod.namespace);
        }
        if other(|it| it.node) {
            pod.node = (slot.node != NONE).then(|| shared.text(slot.node).to_owned());
        }
        if other(|it| it.shape) {
            pod.containers = shared.containers(slot.shape);
        }
        if other(|it| it.origin) {
            (pod.name, pod.details) = shared.origin(slot.origin);
        }
        if let Some(details) = &mut pod.details {
            (details.created, details.started) = (slot.created.into(), slot.started.into());
        }
        pod.phase = slot.phase;
        if self.names.are_kept() {
            pod.uid = shared.uid(key);
            self.names.restore(key, pod);
        }
        if self.tells_ids {
            pod.uid = Some(shared.id(key));
        }
        *last = Some(*slot);
        pod
    }

    /// The pod as it ran, of which something runs no longer.
    pub(super) fn ended(&mut self, ended: &EndedPod) -> &mut Pod {
        let EndedPod { key, slot, names, at, .. } = ended;
        self.pod(*key, slot);
        if let Some(names) = names {
            self.names.read(names, &mut self.pod);
        }
        // What changes here is no more what the numbers say.
        self.last = None;
        let (shared, pod) = (self.shared, &mut self.pod);
        let mut ran = shared.ran(slot.shape);
        pod.containers.retain(|_| ran.next().unwrap_or_default());
        pod.containers.iter_mut().for_each(|it| it.running = it.kind != ContainerKind::ImageVolume);
        pod.details.get_or_insert_default().ended = Some(*at);
        pod
    }
}
