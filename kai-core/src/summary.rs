//! How much was seen, and how much was left out and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pod::Pod;
use crate::visit::{ImageUse, LeftOutReason, Remark, Visitor};

/// Counts of one pass, those of skipped namespaces taken out again.
///
/// ```
/// # use kai_core::Summary;
/// let json = serde_json::to_string(&Summary::default())?;
/// assert_eq!(json, r#"{"pods":0,"containers":0,"left_out":{}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Pods of the selected namespaces, whether or not their images count.
    pub pods: usize,
    /// Containers (image volumes included) whose image is in the inventory.
    pub containers: usize,
    /// Containers that were left out, by the one reason that each has.
    pub left_out: BTreeMap<LeftOutReason, usize>,
}

impl Summary {
    /// How many containers were left out for a reason.
    #[must_use]
    pub fn left_out(&self, reason: LeftOutReason) -> usize {
        self.left_out.get(&reason).copied().unwrap_or_default()
    }

    fn add(&mut self, other: Self) {
        self.pods += other.pods;
        self.containers += other.containers;
        for (reason, count) in other.left_out {
            *self.left_out.entry(reason).or_default() += count;
        }
    }
}

/// A visitor that counts.
#[derive(Debug, Default)]
pub struct SummaryBuilder {
    /// Per namespace, since one may be retracted.
    namespaces: BTreeMap<String, Summary>,
}

impl SummaryBuilder {
    /// The counts of the whole pass.
    #[must_use]
    pub fn finish(self) -> Summary {
        let mut total = Summary::default();
        self.namespaces.into_values().for_each(|namespace| total.add(namespace));
        total
    }

    fn update(&mut self, namespace: &str, change: impl FnOnce(&mut Summary)) {
        match self.namespaces.get_mut(namespace) {
            Some(known) => change(known),
            None => change(self.namespaces.entry(namespace.to_owned()).or_default()),
        }
    }
}

impl Visitor for SummaryBuilder {
    fn pod(&mut self, pod: &Pod) {
        self.update(&pod.namespace, |counts| counts.pods += 1);
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        self.update(&seen.pod.namespace, |counts| counts.containers += 1);
    }

    fn remark(&mut self, what: Remark<'_>) {
        if let (Some((reason, containers @ 1..)), Some(namespace)) =
            (what.left_out(), what.namespace())
        {
            self.update(namespace, |counts| {
                *counts.left_out.entry(reason).or_default() += containers;
            });
        }
        if let Remark::NamespaceSkipped { skipped } = what {
            self.namespaces.remove(&skipped.namespace);
        }
    }
}
