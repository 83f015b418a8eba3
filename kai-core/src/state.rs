//! The picture of a cluster that changes are put together to.

mod effect;
mod ended;
mod in_use;
mod names;
mod objects;
mod pod;
mod pods;
mod replay;
mod reports;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::collect::CollectOptions;
use crate::follow::{Change, Interruption, Revision};
use crate::pod::Pod;
use crate::source::Observed;
use ended::Ended;
use names::Names;
use objects::Objects;
use pod::{Flags, PodKey, Shared, Slot};
use pods::Pods;

pub use effect::{Effect, ImageTransition, Window};
pub use ended::Mark;

/// The cluster as its changes tell it, in little memory: some 60 bytes a pod, and what the pods of a
/// workload have in common once.
///
/// It is idempotent: a change that is older than what is known of its object does nothing. Time is
/// given. Changes come from a [`LivePodSource`](crate::LivePodSource).
///
/// ```
/// use std::sync::Arc;
/// use std::time::SystemTime;
/// use kai_core::{
///     Change, ClusterState, CollectOptions, Container, ContainerKind, Observed, Pod, PodPhase,
///     Revision, Window,
/// };
///
/// let mut state = ClusterState::new(Arc::new(CollectOptions::default()));
/// let now = SystemTime::now();
/// let pod = Pod::new("shop", "web-0")
///     .with_phase(PodPhase::Running)
///     .with_container(Container::new(ContainerKind::Regular, "web", "nginx:1.27"));
/// state.apply(Change::Began, now);
/// let effect = state.apply(Change::Observed(Observed::Pod(pod), Revision::new(7)), now);
/// assert_eq!(effect.images[0].to_string(), "+ shop nginx:1.27");
/// state.apply(Change::Synced(Revision::new(7)), now);
///
/// let report = state.report(Window::Now, now);
/// assert_eq!(report.inventory.namespaces()[0].images()[0].reference(), "nginx:1.27");
/// ```
#[derive(Debug)]
pub struct ClusterState {
    options: Arc<CollectOptions>,
    pods: Pods,
    shared: Shared,
    names: Names,
    objects: Objects,
    /// In how many containers of a namespace an image is in use.
    in_use: HashMap<(u32, u32), u32>,
    /// The newest revision that was told of the pods of a namespace: an older one of a pod that is
    /// not known was told before.
    newest: HashMap<u32, Revision>,
    /// The revision of the last [`Change::Synced`].
    synced: Revision,
    /// The ends that came before all of the cluster was told: a list may be older.
    gone: HashMap<PodKey, Revision>,
    telling: Telling,
    round: u16,
    ended: Ended,
    complete_through: Option<SystemTime>,
    interrupted: Option<Interruption>,
}

/// How much of the cluster was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// Never all of it.
    First,
    /// All of it, and it is told anew.
    Again,
    /// All of it.
    Done,
}

impl ClusterState {
    /// The picture of a cluster of which nothing is known yet. It keeps what the
    /// [details](CollectOptions::details) of the options ask for.
    #[must_use]
    pub fn new(options: Arc<CollectOptions>) -> Self {
        let mut names = Names::default();
        if options.query().needs().containers() {
            names.keep();
        }
        Self {
            options,
            pods: Pods::default(),
            shared: Shared::default(),
            names,
            objects: Objects::default(),
            in_use: HashMap::new(),
            newest: HashMap::new(),
            synced: Revision::default(),
            gone: HashMap::new(),
            telling: Telling::First,
            round: 0,
            ended: Ended::default(),
            complete_through: None,
            interrupted: None,
        }
    }

    /// The same picture, which keeps the name of each pod and the ids of its containers, also where
    /// no detail needs them: some 150 bytes a pod.
    #[must_use]
    pub fn with_names(mut self) -> Self {
        self.names.keep();
        self
    }

    /// Puts a change into the picture, at a time that the caller gives.
    pub fn apply(&mut self, change: Change, at: SystemTime) -> Effect {
        let mut effect = Effect::default();
        match change {
            Change::Began => self.begin(),
            Change::Restored => self.forget_revisions(),
            Change::Observed(Observed::Pod(pod), revision) => {
                self.observed(&pod, revision, at, &mut effect);
            }
            Change::Observed(Observed::Skipped(skipped), _) => {
                let name = skipped.namespace.clone();
                self.objects.skip(skipped, self.round);
                self.uncount_namespace(&name, &mut effect);
            }
            Change::Observed(fact, revision) => {
                effect.namespaces = self.objects.observed(fact, revision, self.round);
            }
            Change::Gone(Observed::Pod(pod), revision) => {
                self.gone(&pod, revision, at, &mut effect);
            }
            Change::Gone(fact, revision) => {
                let telling = self.telling != Telling::Done;
                effect.namespaces = self.objects.gone(&fact, revision, telling);
                if let Observed::Namespace(namespace) = &fact {
                    self.forget_namespace(&namespace.name);
                }
            }
            Change::Synced(revision) => self.sync(revision, at, &mut effect),
            Change::Progress => self.progressed(at),
            Change::Interrupted(why) => self.interrupted = Some(why),
            Change::Resumed => self.interrupted = None,
        }
        effect
    }

    /// Whether all of the cluster was told once.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.telling != Telling::First
    }

    /// Until when all that happened is known.
    #[must_use]
    pub fn complete_through(&self) -> Option<SystemTime> {
        self.complete_through
    }

    /// Why the source lost touch, until it has it again.
    #[must_use]
    pub fn interrupted(&self) -> Option<&Interruption> {
        self.interrupted.as_ref()
    }

    /// How many pods there are, those of namespaces that aren't selected included.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// The moment up to which a report of now has all that ended: the next one of the same receiver
    /// is that of [`Window::Since`] this mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.ended.mark()
    }

    /// Forgets what ended until a mark, since every receiver has it.
    pub fn forget(&mut self, until: Mark) {
        while let Some(ended) = self.ended.pop_until(until) {
            self.shared.release_pod(&ended.slot);
            self.shared.release_key(ended.key);
        }
    }

    /// How many containers ran and ended that no report will have, since there were more than
    /// [`Self::ENDED_MAX`] that not every receiver had.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.ended.lost()
    }

    /// How many containers that ran and ended are kept, until every receiver has them.
    pub const ENDED_MAX: usize = ended::MAX;

    fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.telling == Telling::Done {
            self.telling = Telling::Again;
        }
    }

    /// Takes any state that comes for a newer one than what is known.
    fn forget_revisions(&mut self) {
        for (_, slot) in self.pods.slots_mut() {
            slot.revision = Revision::default();
        }
        self.objects.forget_revisions();
        for namespace in std::mem::take(&mut self.newest).into_keys() {
            drop(self.shared.texts.release(namespace));
        }
        self.synced = Revision::default();
        self.gone.clear();
    }

    fn progressed(&mut self, at: SystemTime) {
        if self.telling == Telling::Done {
            self.complete_through = Some(at);
        }
        self.interrupted = None;
    }

    /// Removes what was not told again.
    fn sync(&mut self, revision: Revision, at: SystemTime, effect: &mut Effect) {
        let round = self.round;
        let swept = self.pods.iter().filter(|(_, slot)| slot.round != round);
        let swept: Vec<_> = swept.map(|(key, _)| *key).collect();
        for key in swept {
            self.remove(key, None, at, effect);
        }
        effect.namespaces |= self.objects.sweep(round);
        effect.synced = self.telling == Telling::First;
        self.synced = self.synced.max(revision);
        (self.gone, self.telling) = (HashMap::new(), Telling::Done);
        self.progressed(at);
    }

    /// Whether a change of a pod that is not known was told before, and was followed by its end.
    fn is_past(&self, key: Option<PodKey>, namespace: &str, revision: Revision) -> bool {
        if revision == Revision::default() {
            return false;
        }
        if self.telling != Telling::Done {
            return key.and_then(|key| self.gone.get(&key)).is_some_and(|gone| revision <= *gone);
        }
        let newest = self.shared.texts.find(namespace).and_then(|it| self.newest.get(&it));
        revision <= self.synced.max(newest.copied().unwrap_or_default())
    }

    fn observed(&mut self, pod: &Pod, revision: Revision, at: SystemTime, effect: &mut Effect) {
        let known = self.shared.find_key(pod);
        let before = known.and_then(|key| self.pods.get_mut(key));
        if let Some(before) = before {
            before.round = self.round;
            let is_new = revision > before.revision || revision == Revision::default();
            if !is_new {
                return;
            }
        } else if self.is_past(known, &pod.namespace, revision) {
            return;
        }
        let mut slot = self.hold(pod, revision);
        let key = self.shared.hold_key(pod);
        let before = self.pods.get(key).copied();
        slot.flags.ended = match before {
            Some(before) => self.ends(key, &before, &slot, at, effect),
            None => self.came_ended(key, &slot, at, effect),
        };
        self.names.set(key, pod);
        self.pods.insert(key, slot);
        if self.telling == Telling::Done {
            self.told(slot.namespace, revision);
        }
        if slot.flags.counted {
            self.count(key, &slot, effect);
        }
        if let Some(before) = before {
            if before.flags.counted {
                self.uncount(key, &before, effect);
            }
            self.shared.release_pod(&before);
            self.shared.release_key(key);
        }
    }

    /// A pod by numbers, with what the rules say of it.
    fn hold(&mut self, pod: &Pod, revision: Revision) -> Slot {
        let options = Arc::clone(&self.options);
        let mut slot = self.shared.hold_pod(pod, revision, &options);
        let skipped = self.objects.is_skipped(&pod.namespace);
        slot.round = self.round;
        slot.flags.admitted = options.admits(pod) && !skipped;
        slot.flags.counted = slot.flags.admitted && options.counts(pod);
        slot
    }

    /// Notes the end of a pod, or of some of its containers; whether its end was noted.
    fn ends(
        &mut self,
        key: PodKey,
        before: &Slot,
        after: &Slot,
        at: SystemTime,
        effect: &mut Effect,
    ) -> bool {
        let (was, is) = (before.flags, after.flags);
        if !before.flags.admitted {
            return was.ended;
        }
        if is.runs || is.counted {
            let lost = self
                .shared
                .images_of(before)
                .any(|image| !self.shared.images_of(after).any(|other| other == image));
            if was.ran && lost {
                self.note_end(key, before, at, effect);
            }
            return false;
        }
        if was.ended {
            return true;
        }
        let last = if is.ran { Some(after) } else { was.ran.then_some(before) };
        last.is_some_and(|last| {
            self.note_end(key, last, at, effect);
            true
        })
    }

    /// Whether the end of a pod that comes new need not be noted any more.
    fn came_ended(
        &mut self,
        key: PodKey,
        slot: &Slot,
        at: SystemTime,
        effect: &mut Effect,
    ) -> bool {
        let Flags { runs, ran, admitted, counted, .. } = slot.flags;
        if runs || counted || !ran {
            return false;
        }
        // What ended before anybody followed is no news.
        if self.telling != Telling::First && admitted {
            self.note_end(key, slot, at, effect);
        }
        true
    }

    fn note_end(&mut self, key: PodKey, slot: &Slot, at: SystemTime, effect: &mut Effect) {
        self.shared.hold_pod_again(slot);
        self.shared.hold_key_again(key);
        let uses = self.shared.containers_of(slot);
        let names = self.names.get(key).map(Into::into);
        for lost in self.ended.push(key, *slot, names, uses, at) {
            self.shared.release_pod(&lost.slot);
            self.shared.release_key(lost.key);
        }
        effect.ended = true;
    }

    fn gone(&mut self, pod: &Pod, revision: Revision, at: SystemTime, effect: &mut Effect) {
        let known = self.shared.find_key(pod);
        if let Some(key) = known
            && let Some(before) = self.pods.get(key)
        {
            if revision >= before.revision || revision == Revision::default() {
                self.remove(key, Some((pod, revision)), at, effect);
                self.note_gone(key, revision);
            }
            return;
        }
        if self.is_past(known, &pod.namespace, revision) {
            return;
        }
        // It came and went while nobody looked, and may have run.
        let slot = self.hold(pod, revision);
        let key = self.shared.hold_key(pod);
        self.told(slot.namespace, revision);
        if slot.flags.admitted && slot.flags.ran {
            self.names.set(key, pod);
            self.note_end(key, &slot, at, effect);
            self.names.remove(key);
        }
        self.note_gone(key, revision);
        self.shared.release_pod(&slot);
        self.shared.release_key(key);
    }

    /// Remembers an end until all of the cluster was told.
    fn note_gone(&mut self, key: PodKey, revision: Revision) {
        // A uid of another form is known by a number, which another one may get.
        if self.telling != Telling::Done && matches!(key, PodKey::Uid(_)) {
            self.gone.insert(key, revision);
        }
    }

    /// Removes a pod, of which this was the last state, if it is known.
    fn remove(
        &mut self,
        key: PodKey,
        last: Option<(&Pod, Revision)>,
        at: SystemTime,
        effect: &mut Effect,
    ) {
        let Some(before) = self.pods.remove(key) else { return };
        let last = last.map(|(pod, revision)| (self.hold(pod, revision), pod));
        if before.flags.admitted && !before.flags.ended {
            let ran = last.as_ref().filter(|(last, _)| last.flags.ran);
            if let Some((slot, pod)) = ran {
                self.names.set(key, pod);
                self.note_end(key, &slot.clone(), at, effect);
            } else if before.flags.ran {
                self.note_end(key, &before, at, effect);
            }
        }
        if let Some((slot, _)) = &last {
            self.told(slot.namespace, slot.revision);
            self.shared.release_pod(slot);
        }
        if before.flags.counted {
            self.uncount(key, &before, effect);
        }
        self.names.remove(key);
        self.shared.release_pod(&before);
        self.shared.release_key(key);
    }

    /// Notes the revision of a change that is not of a list.
    fn told(&mut self, namespace: u32, revision: Revision) {
        let newest = self.newest.entry(namespace).or_insert_with(|| {
            // Its number belongs to the namespace from here on.
            self.shared.texts.hold_again(namespace);
            revision
        });
        *newest = revision.max(*newest);
    }

    fn forget_namespace(&mut self, name: &str) {
        if let Some(number) = self.shared.texts.find(name)
            && self.newest.remove(&number).is_some()
        {
            drop(self.shared.texts.release(number));
        }
    }
}
