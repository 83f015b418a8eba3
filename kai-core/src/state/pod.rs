//! A pod by numbers: what it has for itself is small, and what it shares with others is stored once.

use std::time::{Duration, SystemTime};

use super::interner::{Interner, NONE};
use crate::collect::CollectOptions;
use crate::fingerprints::id_of;
use crate::follow::Revision;
use crate::image::Image;
use crate::pod::{Container, ContainerKind, OwnerReference, Pod, PodDetails, PodPhase};

/// Which pod it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PodKey {
    /// Its uid, of the form that API servers give.
    Uid([u8; 16]),
    /// The number of a uid of another form, or of its namespace and name where it has none.
    Other([u8; 4]),
}

/// What a pod has for itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) revision: Revision,
    pub(super) namespace: u32,
    pub(super) node: u32,
    pub(super) shape: u32,
    pub(super) origin: u32,
    pub(super) created: Seconds,
    pub(super) started: Seconds,
    /// In which telling it was seen last.
    pub(super) round: u16,
    pub(super) phase: PodPhase,
    pub(super) flags: Flags,
}

/// What is known of a pod besides.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub(super) struct Flags {
    /// Something of it runs.
    pub(super) runs: bool,
    /// A container of it runs or ran.
    pub(super) ran: bool,
    /// No filter leaves it out.
    pub(super) admitted: bool,
    /// Its images are in use.
    pub(super) counted: bool,
    /// Its end was noted, or came before anybody followed.
    pub(super) ended: bool,
}

/// A time in whole seconds since 1970, of which 0 is none: those of the Kubernetes API have no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seconds(u32);

impl From<Option<SystemTime>> for Seconds {
    fn from(time: Option<SystemTime>) -> Self {
        let Some(time) = time else { return Self(0) };
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u32::try_from(since.as_secs()).unwrap_or(u32::MAX).max(1))
    }
}

impl From<Seconds> for Option<SystemTime> {
    fn from(seconds: Seconds) -> Self {
        let since = Duration::from_secs(seconds.0.into());
        (seconds.0 > 0).then(|| SystemTime::UNIX_EPOCH + since)
    }
}

/// The containers of a pod: those of one template are the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape(Box<[ShapeContainer]>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ShapeContainer {
    kind: ContainerKind,
    running: bool,
    ran: bool,
    name: u32,
    image: u32,
    status_image: u32,
    image_id: u32,
}

/// What tells whose a pod is, and what else was asked for of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The name of a pod that is needed to tell its workload, or to warn of it.
    name: u32,
    details: Option<OriginDetails>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OriginDetails {
    owner: Option<[u32; 3]>,
    labels: Box<[(u32, u32)]>,
    annotations: Box<[(u32, u32)]>,
}

/// What the rules say of the containers of a shape.
#[derive(Clone, Debug, Default)]
struct Judged {
    /// The number of the image that each counts with, where it counts.
    images: Box<[u32]>,
    /// Whether a text is no image reference, so that there will be a warning which names the pod.
    faulty: bool,
}

/// What many pods refer to.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) texts: Interner<str>,
    shapes: Interner<Shape>,
    origins: Interner<Origin>,
    pub(super) images: Interner<Image>,
    /// What the rules say of each shape, by its number.
    judged: Vec<Judged>,
    uids: Interner<str>,
}

impl Shared {
    /// Which pod it is, held once more.
    pub(super) fn hold_key(&mut self, pod: &Pod) -> PodKey {
        let uid = pod.uid.as_deref().unwrap_or_default();
        if let Some(bytes) = uid_bytes(uid) {
            return PodKey::Uid(bytes);
        }
        PodKey::Other(self.uids.hold(&id_of(pod)).0.to_be_bytes())
    }

    /// Which pod it is, if it is known.
    pub(super) fn find_key(&self, pod: &Pod) -> Option<PodKey> {
        let uid = pod.uid.as_deref().unwrap_or_default();
        match uid_bytes(uid) {
            Some(bytes) => Some(PodKey::Uid(bytes)),
            None => Some(PodKey::Other(self.uids.find(&id_of(pod))?.to_be_bytes())),
        }
    }

    pub(super) fn hold_key_again(&mut self, key: PodKey) {
        if let PodKey::Other(number) = key {
            self.uids.hold_again(u32::from_be_bytes(number));
        }
    }

    pub(super) fn release_key(&mut self, key: PodKey) {
        if let PodKey::Other(number) = key {
            drop(self.uids.release(u32::from_be_bytes(number)));
        }
    }

    /// The uid of a pod, where it has one.
    pub(super) fn uid(&self, key: PodKey) -> Option<String> {
        Some(self.id(key)).filter(|id| !id.starts_with('\0'))
    }

    /// What a pod is known by: its uid, or what stands for one.
    pub(super) fn id(&self, key: PodKey) -> String {
        match key {
            PodKey::Uid(bytes) => uid_text(bytes),
            PodKey::Other(number) => {
                let text = self.uids.get(u32::from_be_bytes(number));
                text.map(ToString::to_string).unwrap_or_default()
            }
        }
    }

    /// A pod by numbers, which holds what it refers to.
    pub(super) fn hold_pod(
        &mut self,
        pod: &Pod,
        revision: Revision,
        options: &CollectOptions,
    ) -> Slot {
        let shape = self.hold_shape(pod, options);
        // Of these the name tells the workload.
        let asked = options.query().needs().pods().owner();
        let named = asked && pod.owner().is_none_or(OwnerReference::is_told_by_the_pod);
        let named = named || self.judged.get(shape as usize).is_some_and(|it| it.faulty);
        let namespace = self.texts.hold(&pod.namespace).0;
        let node = pod.node.as_deref().map_or(NONE, |node| self.texts.hold(node).0);
        let details = pod.details.as_deref();
        Slot {
            revision,
            namespace,
            node,
            shape,
            origin: self.hold_origin(pod, named),
            created: details.and_then(|it| it.created).into(),
            started: details.and_then(|it| it.started).into(),
            round: 0,
            phase: pod.phase,
            flags: Flags {
                runs: pod.is_running(),
                ran: pod.containers.iter().any(Container::has_run),
                ..Flags::default()
            },
        }
    }

    /// Holds what a pod refers to once more.
    pub(super) fn hold_pod_again(&mut self, slot: &Slot) {
        self.texts.hold_again(slot.namespace);
        self.texts.hold_again(slot.node);
        self.shapes.hold_again(slot.shape);
        self.origins.hold_again(slot.origin);
    }

    pub(super) fn release_pod(&mut self, slot: &Slot) {
        drop(self.texts.release(slot.namespace));
        drop(self.texts.release(slot.node));
        if let Some(shape) = self.shapes.release(slot.shape) {
            self.release_texts(&shape);
            let judged = self.judged.get_mut(slot.shape as usize).map(std::mem::take);
            for image in judged.unwrap_or_default().images {
                drop(self.images.release(image));
            }
        }
        if let Some(origin) = self.origins.release(slot.origin) {
            for number in origin.texts() {
                drop(self.texts.release(number));
            }
        }
    }

    fn hold_shape(&mut self, pod: &Pod, options: &CollectOptions) -> u32 {
        let texts = &mut self.texts;
        let containers = pod.containers.iter().map(|it| ShapeContainer {
            kind: it.kind,
            running: it.running,
            ran: it.has_run(),
            name: texts.hold(&it.name).0,
            image: texts.hold(&it.image).0,
            status_image: texts.hold(&it.status_image).0,
            image_id: texts.hold(&it.image_id).0,
        });
        let shape = Shape(containers.collect());
        if let Some(number) = self.shapes.find(&shape) {
            self.release_texts(&shape);
            self.shapes.hold_again(number);
            return number;
        }
        let mut judged = Judged::default();
        let images = pod.containers.iter().map(|container| {
            let (image, faulty) = options.image_of(container);
            judged.faulty |= faulty;
            image.map_or(NONE, |image| self.images.hold_owned(image).0)
        });
        judged.images = images.collect();
        let number = self.shapes.hold_owned(shape).0;
        let end = self.judged.len().max(number as usize + 1);
        self.judged.resize(end, Judged::default());
        self.judged[number as usize] = judged;
        number
    }

    fn release_texts(&mut self, shape: &Shape) {
        for it in &shape.0 {
            for number in [it.name, it.image, it.status_image, it.image_id] {
                drop(self.texts.release(number));
            }
        }
    }

    fn hold_origin(&mut self, pod: &Pod, keeps_name: bool) -> u32 {
        let texts = &mut self.texts;
        let name = if keeps_name { texts.hold(&pod.name).0 } else { NONE };
        let details = pod.details.as_deref().map(|details| {
            let mut entries = |entries: &[(_, Box<str>)]| {
                let numbers = entries.iter().map(|(key, value): &(std::sync::Arc<str>, _)| {
                    (texts.hold(key).0, texts.hold(value).0)
                });
                numbers.collect()
            };
            let labels = entries(&details.labels);
            let annotations = entries(&details.annotations);
            let owner = details.owner.as_ref().map(|owner| {
                [&*owner.api_version, &*owner.kind, &*owner.name].map(|text| texts.hold(text).0)
            });
            OriginDetails { owner, labels, annotations }
        });
        let origin = Origin { name, details };
        if let Some(number) = self.origins.find(&origin) {
            for text in origin.texts() {
                drop(self.texts.release(text));
            }
            self.origins.hold_again(number);
            return number;
        }
        self.origins.hold_owned(origin).0
    }

    /// The numbers of the images of a pod, each as often as a container has it.
    pub(super) fn images_of(&self, slot: &Slot) -> impl Iterator<Item = u32> + '_ {
        let judged = self.judged.get(slot.shape as usize);
        let images = judged.into_iter().flat_map(|it| &it.images);
        images.copied().filter(|image| *image != NONE)
    }

    /// How many containers a pod has.
    pub(super) fn containers_of(&self, slot: &Slot) -> usize {
        self.judged.get(slot.shape as usize).map_or(0, |it| it.images.len())
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number).map_or("", |text| text)
    }

    /// How many values are held.
    #[cfg(test)]
    pub(super) fn len(&self) -> [usize; 5] {
        let Self { texts, shapes, origins, images, uids, .. } = self;
        [texts.len(), shapes.len(), origins.len(), images.len(), uids.len()]
    }
}

impl Origin {
    /// The numbers of the texts that it holds.
    fn texts(&self) -> impl Iterator<Item = u32> + '_ {
        let details = self.details.iter().flat_map(|details| {
            let entries = details.labels.iter().chain(&details.annotations);
            let entries = entries.flat_map(|(key, value)| [*key, *value]);
            details.owner.into_iter().flatten().chain(entries)
        });
        std::iter::once(self.name).chain(details)
    }
}

impl Shared {
    pub(super) fn containers(&self, shape: u32) -> Vec<Container> {
        let containers = self.shapes.get(shape).into_iter().flat_map(|shape| &shape.0);
        let container = |it: &ShapeContainer| {
            let mut container = Container::new(it.kind, self.text(it.name), self.text(it.image))
                .with_status(self.text(it.status_image), self.text(it.image_id));
            container.running = it.running;
            container
        };
        containers.map(container).collect()
    }

    /// Of each container of a shape, whether it is part of what ran.
    pub(super) fn ran(&self, shape: u32) -> impl Iterator<Item = bool> + '_ {
        let containers = self.shapes.get(shape).into_iter().flat_map(|shape| &shape.0);
        containers.map(|it| it.ran || it.kind == ContainerKind::ImageVolume)
    }

    /// The name of a pod, where it is kept, and its details.
    pub(super) fn origin(&self, number: u32) -> (String, Option<Box<PodDetails>>) {
        let Some(origin) = self.origins.get(number) else { return <_>::default() };
        let entries = |entries: &[(u32, u32)]| {
            let entry = |(key, value): &(u32, u32)| {
                let key = self.texts.get(*key).cloned().unwrap_or_else(|| "".into());
                (key, self.text(*value).into())
            };
            entries.iter().map(entry).collect()
        };
        let details = origin.details.as_ref().map(|details| {
            let owner = details.owner.map(|[version, kind, name]| {
                OwnerReference::new(self.text(version), self.text(kind), self.text(name))
            });
            let (labels, annotations) = (entries(&details.labels), entries(&details.annotations));
            Box::new(PodDetails { owner, labels, annotations, ..PodDetails::default() })
        });
        (self.text(origin.name).to_owned(), details)
    }
}

/// Where a uid of the usual form has its dashes.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a uid in the form that API servers give, in lower case: others could not be restored.
fn uid_bytes(uid: &str) -> Option<[u8; 16]> {
    let text = uid.as_bytes();
    if text.len() != 36 || DASHES.iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut digits = text.iter().enumerate().filter(|(at, _)| !DASHES.contains(at));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        let mut nibble = || match digits.next()?.1 {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = nibble()? << 4 | nibble()?;
    }
    Some(bytes)
}

fn uid_text(bytes: [u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if DASHES.contains(&text.len()) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0xf)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_comes_back_as_it_was() {
        let uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
        assert_eq!(uid_bytes(uid).map(uid_text).as_deref(), Some(uid));
        for other in ["", "1", &uid.to_uppercase(), &uid.replace('-', "0"), &uid.replace('f', "g")]
        {
            assert_eq!(uid_bytes(other), None, "{other}");
        }
    }

    #[test]
    fn a_pod_and_what_is_kept_of_it_are_small() {
        assert!(size_of::<(PodKey, Slot)>() <= 64, "{}", size_of::<(PodKey, Slot)>());
    }

    #[test]
    fn a_time_is_kept_in_whole_seconds() {
        for seconds in [1, 1_700_000_000, u64::from(u32::MAX)] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(Option::from(Seconds::from(Some(time))), Some(time));
        }
        assert_eq!(Option::<SystemTime>::from(Seconds::from(None)), None);
    }
}
