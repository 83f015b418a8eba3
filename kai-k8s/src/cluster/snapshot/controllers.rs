//! What controls the `ReplicaSets` and Jobs of pods: listed after these, where they have some.

use std::collections::BTreeMap;

use async_stream::try_stream;
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use kai_core::{Detail, Missing, Observed};

use super::{FactStream, Snapshot};
use crate::cluster::call::Call;
use crate::cluster::request::Named;
use crate::wire::ListKind;

/// In how many namespaces objects of a kind are listed one namespace at a time. With more, one list
/// of all is less work.
const LISTS: usize = 16;

/// The namespaces whose pods `ReplicaSets` or Jobs control.
#[derive(Debug, Default)]
struct Controlled {
    namespaces: BTreeMap<String, [bool; 2]>,
}

impl Controlled {
    fn note(&mut self, fact: &Observed) {
        let Observed::Pod(pod) = fact else { return };
        let Some(owner) = pod.owner() else { return };
        let number = match (&*owner.api_version, &*owner.kind) {
            ("apps/v1", "ReplicaSet") => 0,
            ("batch/v1", "Job") => 1,
            _ => return,
        };
        if let Some(known) = self.namespaces.get_mut(&pod.namespace) {
            known[number] = true;
        } else {
            let mut known = [false; 2];
            known[number] = true;
            self.namespaces.insert(pod.namespace.clone(), known);
        }
    }

    /// The namespaces with pods of a kind's objects.
    fn of(&self, number: usize) -> Vec<String> {
        let controlled = self.namespaces.iter().filter(|(_, kinds)| kinds[number]);
        controlled.map(|(name, _)| name.clone()).collect()
    }
}

/// The same facts, and then what controls the `ReplicaSets` and Jobs among the owners of their pods.
pub(super) fn after<'s>(snapshot: Snapshot<'s>, mut facts: FactStream<'s>) -> FactStream<'s> {
    let with_controllers = try_stream! {
        let mut controlled = Controlled::default();
        while let Some(fact) = facts.next().await {
            let fact = fact?;
            controlled.note(&fact.0);
            yield fact;
        }
        let kinds = [ListKind::ReplicaSets, ListKind::Jobs].into_iter().enumerate();
        let lists = kinds.map(|(number, kind)| all(snapshot.clone(), kind, controlled.of(number)));
        let mut lists = stream::select_all(lists);
        while let Some(fact) = lists.next().await {
            yield fact?;
        }
    };
    with_controllers.boxed()
}

/// The objects of a kind in these namespaces; where they may not be listed, that they are missing.
fn all(snapshot: Snapshot<'_>, kind: ListKind, namespaces: Vec<String>) -> FactStream<'_> {
    let objects = try_stream! {
        if namespaces.len() > LISTS {
            let mut objects = list(&snapshot, kind, None);
            let mut forbidden = false;
            while let Some(fact) = objects.next().await {
                match fact? {
                    (Observed::Missing(_), _) => forbidden = true,
                    fact => yield fact,
                }
            }
            if !forbidden {
                return;
            }
        }
        for namespace in namespaces {
            let mut objects = list(&snapshot, kind, Some(namespace));
            while let Some(fact) = objects.next().await {
                let fact = fact?;
                let forbidden = matches!(fact.0, Observed::Missing(_));
                yield fact;
                // The right that is missing in one is most likely missing in the others.
                if forbidden {
                    return;
                }
            }
        }
    };
    objects.boxed()
}

/// The objects of a kind in a namespace, or in all.
fn list<'s>(snapshot: &Snapshot<'s>, kind: ListKind, namespace: Option<String>) -> FactStream<'s> {
    let call = match kind {
        ListKind::Jobs => Call::ListJobs { namespace },
        _ => Call::ListReplicaSets { namespace },
    };
    let list = snapshot.listing(&call, kind);
    let objects = snapshot.read(list).map(move |fact| match fact {
        Err(failure) if failure.is_status(StatusCode::FORBIDDEN) => {
            let missing = Missing::new(Detail::Controllers, failure.of(&call));
            Ok((Observed::Missing(missing), 0))
        }
        fact => fact.named(&call),
    });
    objects.boxed()
}
