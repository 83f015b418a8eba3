//! Since when uses of images have been seen, over many reports.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::image::Image;
use crate::interner::Interner;
use crate::pod::ContainerKind;
use crate::uses::{Seen, UseRow, UseTable};
use crate::workload::Workload;

/// Since when uses have been seen, of a cluster whose reports it is shown one after another.
///
/// It is about uses, not about pods: a workload whose pods come and go keeps its span. Those that
/// are in use take some 100 bytes each; of those that are over, the last [`Self::OVER_MAX`] are kept.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use kai_core::{
///     Container, ContainerKind, Image, ImageUse, Pod, Spans, UseTableBuilder, Visitor,
/// };
///
/// let uses = || {
///     let container = Container::new(ContainerKind::Regular, "web", "nginx:1.27");
///     let pod = Pod::new("shop", "web-0").with_container(container);
///     let image = "nginx:1.27".parse::<kai_core::ImageReference>()?;
///     let image = Image::new(image.repository(), image.tag().ok_or("no tag")?, None).into();
///     let mut builder = UseTableBuilder::default();
///     builder.pod(&pod);
///     builder.image(ImageUse::new(&pod, &pod.containers[0], &image));
///     Ok::<_, Box<dyn std::error::Error>>(builder.finish())
/// };
/// let (monday, tuesday) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(86_400));
/// let mut spans = Spans::default();
/// spans.observe(&mut uses()?, monday);
/// let mut table = uses()?;
/// spans.observe(&mut table, tuesday);
/// let seen = table.row(0).and_then(|row| row.seen).ok_or("not seen")?;
/// assert_eq!((seen.first, seen.last), (monday, tuesday));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Spans {
    texts: Interner<str>,
    workloads: Interner<Workload>,
    images: Interner<Image>,
    seen: HashMap<Key, Span>,
    /// How many of them are over.
    over: usize,
    round: u32,
}

/// Which use it is, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    namespace: u32,
    workload: u32,
    container: u32,
    kind: ContainerKind,
    image: u32,
}

/// When it was seen, in seconds of Unix time.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: u32,
    last: u32,
    /// In which round it was in use; `None`: it is over.
    round: Option<u32>,
}

impl Span {
    fn seen(self) -> Seen {
        let time = |seconds: u32| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into());
        Seen { first: time(self.first), last: time(self.last) }
    }
}

impl Spans {
    /// How many uses that are over are kept.
    pub const OVER_MAX: usize = 10_000;

    /// How many uses are kept, those that are over included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Notes the uses of a report, as of a time, and tells each of them since when it was seen.
    pub fn observe(&mut self, uses: &mut UseTable, at: SystemTime) {
        self.round = self.round.wrapping_add(1);
        for index in 0..uses.len() {
            if let Some(row) = uses.row(index) {
                let seen = self.see(&row, at);
                uses.set_seen(index, seen);
            }
        }
        let round = Some(self.round);
        for span in self.seen.values_mut() {
            if span.round.is_some() && span.round != round {
                span.round = None;
                self.over += 1;
            }
        }
        if self.over > Self::OVER_MAX {
            self.forget_oldest();
        }
    }

    fn see(&mut self, row: &UseRow<'_>, at: SystemTime) -> Seen {
        let (last, round) = match row.ended {
            Some(ended) => (seconds(ended), None),
            None => (seconds(at), Some(self.round)),
        };
        if let Some(span) = self.find(row).and_then(|key| self.seen.get_mut(&key)) {
            self.over += usize::from(round.is_none() && span.round.is_some());
            self.over -= usize::from(round.is_some() && span.round.is_none());
            *span = Span { last: last.max(span.last), round, ..*span };
            return span.seen();
        }
        // What ended before it was seen ran from its start on.
        let first = row.since.filter(|_| row.ended.is_some()).map_or(last, seconds).min(last);
        let span = Span { first, last, round };
        let key = self.hold(row);
        self.seen.insert(key, span);
        self.over += usize::from(round.is_none());
        span.seen()
    }

    fn find(&self, row: &UseRow<'_>) -> Option<Key> {
        Some(Key {
            namespace: self.texts.find(row.namespace)?,
            workload: self.workloads.find(row.workload)?,
            container: self.texts.find(row.container)?,
            kind: row.kind,
            image: self.images.find(row.image)?,
        })
    }

    fn hold(&mut self, row: &UseRow<'_>) -> Key {
        Key {
            namespace: self.texts.hold(row.namespace).0,
            workload: self.workloads.hold_owned(row.workload.clone()).0,
            container: self.texts.hold(row.container).0,
            kind: row.kind,
            image: self.images.hold_owned(Image::clone(row.image)).0,
        }
    }

    /// Forgets a tenth of those that are over, so that this is done rarely.
    fn forget_oldest(&mut self) {
        let over = self.seen.iter().filter(|(_, span)| span.round.is_none());
        let mut over: Vec<_> = over.map(|(key, span)| (span.last, *key)).collect();
        let count = over.len().saturating_sub(Self::OVER_MAX - Self::OVER_MAX / 10);
        over.select_nth_unstable_by_key(count.saturating_sub(1), |(last, _)| *last);
        for (_, key) in over.drain(..count) {
            self.seen.remove(&key);
            drop(self.texts.release(key.namespace));
            drop(self.texts.release(key.container));
            drop(self.workloads.release(key.workload));
            drop(self.images.release(key.image));
        }
        self.over -= count;
    }
}

/// Seconds of Unix time, until 2106.
fn seconds(time: SystemTime) -> u32 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
