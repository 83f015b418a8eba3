//! Which watches follow a snapshot, and from which revisions they go on.

use std::sync::Arc;

use futures_util::StreamExt;
use kai_core::{Query, SourceError};

use super::ToldStream;
use super::poll;
use super::watch::Watch;
use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::request::ApiClient;
use crate::cluster::snapshot::{Revisions, Snapshot, Span};
use crate::wire::ListKind;

/// How many namespaces are watched each for itself. Of more, all pods are.
const NAMESPACES: usize = 32;

/// The watches that follow a snapshot.
#[derive(Debug)]
pub(super) struct Plan {
    /// The revision of which everything was told.
    pub(super) synced: u64,
    pods: Vec<(Option<String>, Span)>,
    namespaces: Option<Span>,
    /// The namespaces that were named.
    named: Vec<String>,
    nodes: Option<Span>,
}

impl Plan {
    /// The watches after lists of these revisions.
    ///
    /// # Errors
    /// When the lists say no revisions: they were read in JSON.
    pub(super) fn new(query: &Query, revisions: &Revisions) -> Result<Self, SourceError> {
        let included = query.selector().included().into_iter().flatten();
        let named: Vec<_> = included.map(|name| name.as_str().to_owned()).collect();
        let of = |namespace: Option<&str>| {
            Some((namespace.map(str::to_owned), revisions.of(ListKind::Pods, namespace)?))
        };
        let pods: Vec<_> = if named.is_empty() {
            of(None).into_iter().collect()
        } else {
            named.iter().filter_map(|name| of(Some(name))).collect()
        };
        let least = pods.iter().map(|(_, span)| span.least).min();
        if least == Some(0) {
            return Err(Failure::NotProtobuf.of(&Call::WatchPods { namespace: None }));
        }
        Ok(Self {
            synced: least.unwrap_or_default(),
            pods: if pods.len() > NAMESPACES { vec![(None, all_of(&pods))] } else { pods },
            namespaces: revisions.of(ListKind::Namespaces, None).filter(|_| named.is_empty()),
            named,
            nodes: revisions.of(ListKind::Nodes, None),
        })
    }

    /// The numbers of the watches of pods.
    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        0..self.pods.len()
    }

    /// What the watches tell.
    pub(super) fn follow<'s>(
        &self,
        snapshot: &Snapshot<'s>,
        api: &'s Arc<ApiClient>,
    ) -> Vec<ToldStream<'s>> {
        let mut all: Vec<ToldStream<'s>> = Vec::new();
        let life = snapshot.options().watch_time;
        let watch = |call: &Call, kind, span| Watch::new(api, call, kind, span).lasting(life);
        for (number, (namespace, span)) in self.pods.iter().enumerate() {
            let call = Call::WatchPods { namespace: namespace.clone() };
            let watch = watch(&call, ListKind::Pods, *span);
            let watch = watch.select(snapshot.selector(), snapshot.fields()).numbered(number);
            all.push(watch.told(None).boxed());
        }
        if let Some(span) = self.namespaces {
            let watch = watch(&Call::WatchNamespaces, ListKind::Namespaces, span);
            all.push(watch.told(Some(poll::namespaces(snapshot.clone()))).boxed());
        }
        if let Some(span) = self.nodes {
            let watch = watch(&Call::WatchNodes, ListKind::Nodes, span);
            all.push(watch.told(Some(poll::nodes(snapshot.clone()))).boxed());
        }
        if !self.named.is_empty() {
            all.push(poll::named(snapshot.clone(), self.named.clone()));
        }
        all
    }
}

/// The revisions of several lists together.
fn all_of(lists: &[(Option<String>, Span)]) -> Span {
    let least = lists.iter().map(|(_, span)| span.least).min();
    let greatest = lists.iter().map(|(_, span)| span.greatest).max();
    Span { least: least.unwrap_or_default(), greatest: greatest.unwrap_or_default() }
}
