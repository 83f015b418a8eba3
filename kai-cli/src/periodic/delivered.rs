//! The namespaces of the last delivered report.

use std::collections::BTreeMap;
use std::sync::Arc;

use kai_core::{ClusterReport, Namespace};

/// The namespaces that a receiver assumes to exist, with their UIDs, as far as this process has
/// reported them.
///
/// Receivers keep a namespace until a report changes it, so a deleted one is reported once more, as
/// empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeliveredNamespaces {
    uids: BTreeMap<String, Option<String>>,
}

impl DeliveredNamespaces {
    /// Adds to a report the namespaces that the receiver may still know but that no longer exist;
    /// for receivers of containers also previous UIDs of names that are in use again. A skipped
    /// namespace may still exist, and is not added.
    pub(crate) fn add_to(believed: &[&Self], report: Arc<ClusterReport>) -> Arc<ClusterReport> {
        let listed = report.inventory.namespaces();
        let exists = |name: &String| {
            listed.binary_search_by(|known| known.name().cmp(name)).is_ok()
                && !report.not_found.iter().any(|missing| missing.as_str() == name)
        };
        let is_skipped =
            |name: &String| report.skipped.iter().any(|skipped| skipped.namespace == *name);
        let with_uids = report.containers.as_ref().map(|table| table.namespaces());
        // If no UID is known, it may still be the previous one.
        let is_another = |name: &String, uid: &Option<String>| {
            let mut known = with_uids.into_iter().flatten();
            uid.is_some() && known.any(|known| known.name == *name && known.uid != *uid)
        };
        let gone = believed
            .iter()
            .flat_map(|delivered| &delivered.uids)
            .filter(|(name, uid)| !is_skipped(name) && (!exists(name) || is_another(name, uid)));
        let gone: Vec<_> = gone
            .map(|(name, uid)| match uid {
                Some(uid) => Namespace::new(name).with_uid(uid),
                None => Namespace::new(name),
            })
            .collect();
        if gone.is_empty() {
            return report;
        }
        let report = Arc::unwrap_or_clone(report);
        Arc::new(gone.into_iter().fold(report, ClusterReport::with_namespace))
    }

    /// What the receiver will know after a report, to which nothing was added yet. Of several
    /// possible states, the last takes precedence.
    pub(crate) fn after(believed: &[&Self], report: &ClusterReport) -> Self {
        let is_missing =
            |name: &str| report.not_found.iter().any(|missing| missing.as_str() == name);
        let mut uids: BTreeMap<_, _> = report
            .inventory
            .namespaces()
            .iter()
            .filter(|namespace| !is_missing(namespace.name()))
            .map(|namespace| (namespace.name().to_owned(), None))
            .collect();
        for namespace in report.containers.iter().flat_map(|table| table.namespaces()) {
            uids.insert(namespace.name.clone(), namespace.uid.clone());
        }
        for skipped in &report.skipped {
            let name = &skipped.namespace;
            let known = believed.iter().rev().find_map(|delivered| delivered.uids.get(name));
            if let Some(uid) = known {
                uids.insert(name.clone(), uid.clone());
            }
        }
        Self { uids }
    }

    pub(crate) fn new(uids: BTreeMap<String, Option<String>>) -> Self {
        Self { uids }
    }

    pub(crate) fn uids(&self) -> &BTreeMap<String, Option<String>> {
        &self.uids
    }
}
