//! Which watches follow a snapshot, and from which revisions they go on.

use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use kai_core::{Query, SourceError};

use super::poll;
use super::watch::Watch;
use super::{Told, ToldStream};
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
    /// The lists of pods.
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
            pods,
            namespaces: revisions.of(ListKind::Namespaces, None).filter(|_| named.is_empty()),
            named,
            nodes: revisions.of(ListKind::Nodes, None),
        })
    }

    /// The numbers of the watches of pods.
    pub(super) fn numbers(&self) -> Range<usize> {
        if self.is_wide() { 0..1 } else { 0..self.pods.len() }
    }

    /// Whether one watch of all pods stands for those of too many namespaces.
    fn is_wide(&self) -> bool {
        self.pods.len() > NAMESPACES
    }

    /// What the watches tell.
    pub(super) fn follow<'s>(
        &self,
        snapshot: &Snapshot<'s>,
        api: &'s Arc<ApiClient>,
    ) -> Vec<ToldStream<'s>> {
        let mut all: Vec<ToldStream<'s>> = Vec::new();
        let options = snapshot.options();
        let watch = |call: &Call, kind, span| Watch::new(api, call, kind, span).timed_by(options);
        let of_pods = |number: usize, (namespace, span): &(Option<String>, Span)| {
            let call = Call::WatchPods { namespace: namespace.clone() };
            let watch = watch(&call, ListKind::Pods, *span);
            watch.select(snapshot.selector(), snapshot.fields()).numbered(number)
        };
        let each = |first: usize| {
            let watches = (first..).zip(&self.pods).map(|(number, of)| of_pods(number, of));
            watches.map(|watch| watch.told(None).boxed()).collect::<Vec<_>>()
        };
        if self.is_wide() {
            // Who may not watch the pods of all namespaces may still watch those of each.
            let watch = of_pods(0, &(None, all_of(&self.pods)));
            all.push(watch.told(Some(in_place(1..self.pods.len() + 1, each(1)))).boxed());
        } else {
            all.extend(each(0));
        }
        if let Some(span) = self.namespaces {
            let watch = watch(&Call::WatchNamespaces, ListKind::Namespaces, span);
            let watch = watch.numbered(usize::MAX);
            all.push(watch.told(Some(poll::namespaces(snapshot.clone()))).boxed());
        }
        if let Some(span) = self.nodes {
            let watch = watch(&Call::WatchNodes, ListKind::Nodes, span).numbered(usize::MAX - 1);
            all.push(watch.told(Some(poll::nodes(snapshot.clone()))).boxed());
        }
        if !self.named.is_empty() {
            all.push(poll::named(snapshot.clone(), self.named.clone()));
        }
        all
    }
}

/// What watches of these numbers tell, in place of all others.
fn in_place(numbers: Range<usize>, watches: Vec<ToldStream<'_>>) -> ToldStream<'_> {
    stream::iter([Told::Instead(numbers)]).chain(stream::select_all(watches)).boxed()
}

/// The revisions of several lists together.
fn all_of(lists: &[(Option<String>, Span)]) -> Span {
    let least = lists.iter().map(|(_, span)| span.least).min();
    let greatest = lists.iter().map(|(_, span)| span.greatest).max();
    Span { least: least.unwrap_or_default(), greatest: greatest.unwrap_or_default() }
}
