//! The names of pods and the ids of their containers, where they are needed.

use std::collections::HashMap;

use super::pod::PodKey;
use crate::containers::Prefixes;
use crate::pod::Pod;

/// Names and ids by pod, if they are kept at all.
#[derive(Debug, Default)]
pub(super) struct Names {
    kept: Option<HashMap<PodKey, Box<[u8]>>>,
    prefixes: Prefixes,
}

impl Names {
    /// Keeps them from here on.
    pub(super) fn keep(&mut self) {
        self.kept.get_or_insert_default();
    }

    pub(super) fn are_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Notes the name of a pod and the ids of its containers.
    pub(super) fn set(&mut self, key: PodKey, pod: &Pod) {
        if let Some(kept) = &mut self.kept {
            let stored = store(&mut self.prefixes, pod);
            kept.insert(key, stored);
        }
    }

    /// What was noted of a pod, which is forgotten.
    pub(super) fn remove(&mut self, key: PodKey) -> Option<Box<[u8]>> {
        let kept = self.kept.as_mut()?;
        let removed = kept.remove(&key);
        if kept.len() < kept.capacity() / 8 {
            kept.shrink_to(2 * kept.len());
        }
        removed
    }

    /// What was noted of a pod.
    pub(super) fn get(&self, key: PodKey) -> Option<&[u8]> {
        self.kept.as_ref()?.get(&key).map(|stored| &**stored)
    }

    /// Names a pod and its containers' ids.
    pub(super) fn restore(&self, key: PodKey, pod: &mut Pod) {
        if let Some(stored) = self.get(key) {
            self.read(stored, pod);
        }
    }

    /// The same, from what was noted before.
    pub(super) fn read(&self, stored: &[u8], pod: &mut Pod) {
        let mut rest = stored;
        pod.name.clear();
        pod.name.push_str(&String::from_utf8_lossy(take(&mut rest)));
        for container in &mut pod.containers {
            let id = take(&mut rest);
            container.container_id =
                if id.is_empty() { String::new() } else { self.prefixes.read(id).to_string() };
        }
    }
}

fn store(prefixes: &mut Prefixes, pod: &Pod) -> Box<[u8]> {
    let mut stored = Vec::with_capacity(4 + pod.name.len() + 40 * pod.containers.len());
    put(&mut stored, |stored| stored.extend_from_slice(pod.name.as_bytes()));
    for container in &pod.containers {
        put(&mut stored, |stored| {
            if !container.container_id.is_empty() {
                prefixes.write(&container.container_id, stored);
            }
        });
    }
    stored.into_boxed_slice()
}

/// Appends some bytes, with their length before them.
fn put(stored: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = stored.len();
    stored.extend_from_slice(&[0; LENGTH]);
    write(stored);
    let length = stored.len() - at - LENGTH;
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    stored[at..at + LENGTH].copy_from_slice(&length[..LENGTH]);
}

/// How many bytes a length takes: no text of a pod has 16 MiB.
const LENGTH: usize = 3;

/// The next bytes that were appended.
fn take<'s>(rest: &mut &'s [u8]) -> &'s [u8] {
    let Some((&[a, b, c], after)) = rest.split_first_chunk::<LENGTH>() else { return &[] };
    let length = u32::from_le_bytes([a, b, c, 0]) as usize;
    let (bytes, left) = after.split_at(length.min(after.len()));
    *rest = left;
    bytes
}
