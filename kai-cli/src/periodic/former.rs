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
    /// Adds to a report what is gone of what the receiver may believe: namespaces, and for API v2
    /// also those of another uid whose name is in use again. One that was skipped may still be
    /// there, and is not told of.
    pub(crate) fn add_to(believed: &[&Self], mut taken: Taken) -> Taken {
        let Taken { inventory, kubernetes, not_found, skipped, .. } = &taken;
        let listed = inventory.namespaces();
        let exists = |name: &String| {
            listed.binary_search_by(|known| known.name().cmp(name)).is_ok()
                && !not_found.contains(name)
        };
        let with_uids = kubernetes.as_ref().map(KubernetesInventory::namespaces);
        // Where no uid is known it may be the former one.
        let is_another = |name: &String, uid: &Option<String>| {
            let mut known = with_uids.into_iter().flatten();
            uid.is_some() && known.any(|known| known.name == *name && known.uid != *uid)
        };
        let gone = believed.iter().flat_map(|former| &former.uids).filter(|(name, uid)| {
            !skipped.contains(name) && (!exists(name) || is_another(name, uid))
        });
        let gone: Vec<_> = gone.map(|(name, uid)| (name.clone(), uid.clone())).collect();
        for (name, uid) in gone {
            taken.inventory = taken.inventory.with_namespace(&name);
            if let Some(uid) = uid {
                let gone = Namespace::new(name).with_uid(uid);
                taken.kubernetes =
                    taken.kubernetes.take().map(|kubernetes| kubernetes.with_namespace(gone));
            }
        }
        taken
    }

    /// What the receiver will believe once it has a report, to which nothing was added as yet. Of
    /// what it may believe now, the last counts.
    pub(crate) fn after(believed: &[&Self], taken: &Taken) -> Self {
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
            if let Some(uid) = believed.iter().rev().find_map(|former| former.uids.get(name)) {
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
