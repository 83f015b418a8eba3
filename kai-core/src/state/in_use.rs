//! In how many containers of a namespace an image is in use.

use std::sync::Arc;

use super::pod::{PodKey, Slot};
use super::replay::Replay;
use super::{ClusterState, Effect, ImageTransition};
use crate::workload::Workload;

impl ClusterState {
    pub(super) fn count(&mut self, key: PodKey, slot: &Slot, effect: &mut Effect) {
        let images: Vec<_> = self.shared.images_of(slot).collect();
        for image in images {
            let count = self.in_use.entry((slot.namespace, image)).or_default();
            *count += 1;
            if *count == 1 {
                self.shared.images.hold_again(image);
                self.shared.texts.hold_again(slot.namespace);
                effect.images.extend(self.transition(key, slot, image, true));
            }
        }
    }

    pub(super) fn uncount(&mut self, key: PodKey, slot: &Slot, effect: &mut Effect) {
        let images: Vec<_> = self.shared.images_of(slot).collect();
        for image in images {
            let used = (slot.namespace, image);
            let Some(count) = self.in_use.get_mut(&used) else { continue };
            *count -= 1;
            if *count == 0 {
                self.in_use.remove(&used);
                effect.images.extend(self.transition(key, slot, image, false));
                drop(self.shared.images.release(image));
                drop(self.shared.texts.release(slot.namespace));
            }
        }
    }

    /// Takes the pods of a namespace that may not be read out of what is in use.
    pub(super) fn uncount_namespace(&mut self, name: &str, effect: &mut Effect) {
        let Some(number) = self.shared.texts.find(name) else { return };
        let of_it = self.pods.slots_mut().filter(|(_, it)| it.namespace == number);
        let mut counted = Vec::new();
        for (key, slot) in of_it {
            if slot.flags.counted {
                counted.push((key, *slot));
            }
            (slot.flags.counted, slot.flags.admitted) = (false, false);
        }
        for (key, slot) in counted {
            self.uncount(key, &slot, effect);
        }
    }

    fn transition(
        &self,
        key: PodKey,
        slot: &Slot,
        image: u32,
        appeared: bool,
    ) -> Option<ImageTransition> {
        let image = Arc::clone(self.shared.images.get(image)?);
        let asked = self.options.query().needs().pods().owner();
        let workload =
            asked.then(|| Workload::from(&*Replay::new(&self.shared, &self.names).pod(key, slot)));
        let namespace = self.shared.text(slot.namespace).into();
        Some(ImageTransition { namespace, image, workload, appeared })
    }
}
