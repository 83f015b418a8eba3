//! What may not be watched, or is only named, is asked for again and again.

use std::collections::BTreeMap;
use std::time::Duration;

use async_stream::stream;
use futures_util::stream::{BoxStream, StreamExt};
use kai_core::{Change, Namespace, Observed, Revision, SourceError};
use tokio::time::sleep;

use super::{Told, ToldStream};
use crate::cluster::snapshot::Snapshot;

/// How often.
const INTERVAL: Duration = Duration::from_secs(60);

/// The namespaces, listed.
pub(super) fn namespaces(snapshot: Snapshot<'_>) -> ToldStream<'_> {
    listed(move || {
        let namespaces = snapshot.list_namespaces();
        namespaces.map(|it| it.map(|(it, _)| Observed::Namespace(it))).boxed()
    })
}

/// The nodes, listed.
pub(super) fn nodes(snapshot: Snapshot<'_>) -> ToldStream<'_> {
    listed(move || snapshot.nodes().map(|it| it.map(|(it, _)| it)).boxed())
}

type Facts<'s> = BoxStream<'s, Result<Observed, SourceError>>;

/// What a list finds, at each interval, and what it finds no longer. One that fails changes nothing.
fn listed<'s>(list: impl Fn() -> Facts<'s> + Send + 's) -> ToldStream<'s> {
    let told = stream! {
        let mut known = BTreeMap::new();
        loop {
            let (mut facts, mut found, mut failed) = (list(), BTreeMap::new(), false);
            while let Some(fact) = facts.next().await {
                match fact {
                    Ok(fact) => {
                        if let Some(name) = name_of(&fact) {
                            found.insert(name, fact.clone());
                        }
                        yield set(fact);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a list that stands for a watch failed");
                        failed = true;
                        break;
                    }
                }
            }
            drop(facts);
            if !failed {
                for (name, fact) in std::mem::take(&mut known) {
                    if !found.contains_key(&name) {
                        yield gone(fact);
                    }
                }
                known = found;
            }
            sleep(INTERVAL).await;
        }
    };
    told.boxed()
}

/// The namespaces of these names, each asked for at each interval.
pub(super) fn named(snapshot: Snapshot<'_>, names: Vec<String>) -> ToldStream<'_> {
    let told = stream! {
        loop {
            sleep(INTERVAL).await;
            for name in &names {
                match Box::pin(snapshot.namespace(name.clone())).await {
                    Ok(Some(namespace)) => yield set(Observed::Namespace(namespace)),
                    Ok(None) => yield gone(Observed::Namespace(Namespace::new(name))),
                    Err(error) => tracing::debug!(%error, "a namespace could not be asked for"),
                }
            }
        }
    };
    told.boxed()
}

/// The name of a namespace or node.
fn name_of(fact: &Observed) -> Option<String> {
    match fact {
        Observed::Namespace(namespace) => Some(namespace.name.clone()),
        Observed::Node(node) => Some(node.name.clone()),
        _ => None,
    }
}

/// Without a revision, the last one told counts.
fn set(fact: Observed) -> Told {
    Told::Change(Change::Observed(fact, Revision::default()))
}

fn gone(fact: Observed) -> Told {
    Told::Change(Change::Gone(fact, Revision::default()))
}
