//! The namespaces of the last report that was delivered.

use std::collections::BTreeMap;

use kai_anchore::KubernetesInventory;
use kai_core::Namespace;

use crate::collect::Taken;

/// What the receiver believes to exist, as far as it was told by this process.
///
/// It keeps what it was told of a namespace until it is told something else of it, so that one that
/// is gone is told of once more, as one in which nothing runs.
#[derive(Debug, Default)]
pub(crate) struct Former {
    uids: BTreeMap<String, Option<String>>,
}

impl Former {
    /// Adds to a report the namespaces that are gone since the last one was delivered. One that was
    /// skipped may still be there, and is not told of.
    pub(crate) fn add_to(&self, mut taken: Taken) -> Taken {
        let Taken { inventory, not_found, skipped, .. } = &taken;
        let listed = inventory.namespaces();
        let gone = self.uids.iter().filter(|(name, _)| {
            let exists = listed.binary_search_by(|known| known.name().cmp(name)).is_ok()
                && !not_found.contains(name);
            !exists && !skipped.contains(name)
        });
        let gone: Vec<_> = gone.map(|(name, uid)| (name.clone(), uid.clone())).collect();
        for (name, uid) in gone {
            taken.inventory = taken.inventory.with_namespace(&name);
            if let (Some(kubernetes), Some(uid)) = (taken.kubernetes.take(), uid) {
                let gone = Namespace::new(name).with_uid(uid);
                taken.kubernetes = Some(kubernetes.with_namespace(gone));
            }
        }
        taken
    }

    /// What the receiver will believe once it has a report, to which nothing was added as yet.
    pub(crate) fn after(&self, taken: &Taken) -> Self {
        let mut uids: BTreeMap<_, _> = taken
            .inventory
            .namespaces()
            .iter()
            .map(|namespace| (namespace.name().to_owned(), None))
            .filter(|(name, _)| !taken.not_found.contains(name))
            .collect();
        let with_uids = taken.kubernetes.iter().flat_map(KubernetesInventory::namespaces);
        for namespace in with_uids {
            uids.insert(namespace.name.clone(), namespace.uid.clone());
        }
        for name in &taken.skipped {
            if let Some(uid) = self.uids.get(name) {
                uids.insert(name.clone(), uid.clone());
            }
        }
        Self { uids }
    }

    pub(crate) fn of(uids: BTreeMap<String, Option<String>>) -> Self {
        Self { uids }
    }

    pub(crate) fn uids(&self) -> &BTreeMap<String, Option<String>> {
        &self.uids
    }
}
