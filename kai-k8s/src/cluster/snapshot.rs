//! One snapshot of a cluster: which lists are read, and when.

mod controllers;
mod revisions;

use std::future::ready;
use std::num::NonZeroUsize;
use std::sync::Arc;

use async_stream::try_stream;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use http::StatusCode;
use kai_core::{
    Detail, LabelSelector, Missing, Namespace, NamespaceSelector, Observed, Pod, PodFields, Query,
    Skipped, SourceError,
};

use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::frontier::{Frontier, Left};
use crate::cluster::listing::{Listing, PAGE};
use crate::cluster::plan::{self, Known};
use crate::cluster::request::{ApiClient, Named, SMALL_BODY_MAX};
use crate::cluster::settings::{OnForbidden, SourceOptions};
use crate::cluster::throttle::{FIRST, MOST, Place};
use crate::wire::item::{self, Item};
use crate::wire::{self, Continuation, ListKind, PagePart};

pub(crate) use revisions::{Revisions, Span};

/// The facts of a snapshot, each with the revision of its object; 0: it has none.
pub(crate) type FactStream<'s> = BoxStream<'s, Result<(Observed, u64), SourceError>>;

/// What comes of the requests that leave first, and of those that follow from them.
enum Event<'s> {
    Namespace(Namespace, u64),
    /// All namespaces are known.
    Named,
    /// What comes after the first page of pods, known before its pods.
    Head(After),
    /// A pod of the first page.
    Pod(Pod, u64),
    /// The first page of pods has ended; its further pages.
    Ended(After, Option<FactStream<'s>>),
    /// A fact from the list of a single namespace.
    Listed((Observed, u64)),
}

/// What comes after the first page of pods.
#[derive(Clone, Copy, Debug)]
enum After {
    Nothing,
    /// Pods, and how many where the server says it.
    Further(Option<u64>),
    /// Everything: pods may not be listed in all namespaces at once.
    Forbidden,
}

impl From<&Continuation> for After {
    fn from(end: &Continuation) -> Self {
        if end.next.is_empty() { Self::Nothing } else { Self::Further(end.remaining) }
    }
}

/// What the first answers have said so far.
#[derive(Debug, Default)]
struct Opening {
    names: Vec<String>,
    named: bool,
    rest: Option<After>,
}

type EventStream<'s> = BoxStream<'s, Result<Event<'s>, SourceError>>;

/// One snapshot of a cluster, by lists.
#[derive(Clone)]
pub(crate) struct Snapshot<'s> {
    api: &'s Arc<ApiClient>,
    options: &'s SourceOptions,
    query: Arc<Query>,
    /// Which fields of pods are read besides those that always are.
    fields: Arc<PodFields>,
    /// Where the revisions of its lists are noted.
    revisions: Arc<Revisions>,
}

impl<'s> Snapshot<'s> {
    pub(crate) fn new(api: &'s Arc<ApiClient>, options: &'s SourceOptions, query: &Query) -> Self {
        let fields = Arc::new(query.needs().pods().clone());
        let revisions = Arc::default();
        Self { api, options, query: Arc::new(query.clone()), fields, revisions }
    }

    /// How the cluster is asked.
    pub(crate) fn options(&self) -> &'s SourceOptions {
        self.options
    }

    /// Which pods are selected.
    pub(crate) fn selector(&self) -> &LabelSelector {
        self.query.pod_selector()
    }

    /// Which fields of pods are read besides those that always are.
    pub(crate) fn fields(&self) -> &Arc<PodFields> {
        &self.fields
    }

    /// The revisions of its lists, as far as they were read.
    pub(crate) fn revisions(&self) -> Arc<Revisions> {
        Arc::clone(&self.revisions)
    }

    /// All facts but the server's version.
    pub(crate) fn facts(self) -> FactStream<'s> {
        let namespaces = self.query.selector();
        let facts = match namespaces.included() {
            Some(names) => {
                let names = names.map(|name| name.as_str().to_owned()).collect();
                self.clone().named(names)
            }
            None => self.clone().everything(namespaces.clone()).boxed(),
        };
        let needs = self.query.needs();
        let facts =
            if needs.controllers() { controllers::after(self.clone(), facts) } else { facts };
        if needs.nodes() { stream::select(facts, self.nodes()).boxed() } else { facts }
    }

    /// The list of the pods of a namespace, or of all, that are selected.
    fn pods(&self, call: &Call) -> Listing {
        self.listing(call, ListKind::Pods).select(self.query.pod_selector(), &self.fields)
    }

    fn listing(&self, call: &Call, kind: ListKind) -> Listing {
        Listing::new(call, kind, self.options.page_size)
    }

    /// All namespaces.
    pub(crate) fn list_namespaces(
        &self,
    ) -> impl Stream<Item = Result<(Namespace, u64), SourceError>> + use<> {
        let call = Call::ListNamespaces;
        let list = self.read(self.listing(&call, ListKind::Namespaces));
        list.filter_map(move |fact| {
            ready(match fact.named(&call) {
                Ok((Observed::Namespace(namespace), revision)) => Some(Ok((namespace, revision))),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        })
    }

    /// The facts that a list yields; its revision is noted.
    fn read(&self, list: Listing) -> impl Stream<Item = Result<(Observed, u64), Failure>> + use<> {
        let (revisions, kind) = (Arc::clone(&self.revisions), list.kind());
        // Lists of namespaces that were not named are parts of one of all.
        let named = self.query.selector().included().is_some();
        let namespace = list.namespace().filter(|_| named).map(str::to_owned);
        facts(list.read(Arc::clone(self.api)), move |page| {
            revisions.note(kind, namespace.as_ref(), page);
        })
    }

    /// The pods of the namespaces that were named, side by side.
    fn named(self, namespaces: Vec<String>) -> FactStream<'s> {
        let left = stream::iter(namespaces.into_iter().map(Left::whole));
        self.side_by_side(left, true).boxed()
    }

    /// Every namespace and every pod. Namespaces and the first page of pods are asked for at once.
    /// How the other pods are listed is decided as soon as their number is known; lists of single
    /// namespaces begin while the page still comes in.
    fn everything(
        self,
        wanted: NamespaceSelector,
    ) -> impl Stream<Item = Result<(Observed, u64), SourceError>> + Send + 's {
        try_stream! {
            let frontier = Arc::new(Frontier::default());
            let page = self.clone().first_page(Arc::clone(&frontier));
            let first = stream::select(self.namespaces(), page);
            let mut told = stream::select(first, self.clone().left(Arc::clone(&frontier)));
            let (mut opening, mut decided, mut pages) = (Opening::default(), None, None);
            while let Some(next) = told.next().await {
                match next? {
                    Event::Namespace(namespace, revision) => {
                        if wanted.selects(&namespace.name) {
                            opening.names.push(namespace.name.clone());
                        }
                        // Those that aren't selected tell which cluster it is.
                        yield (Observed::Namespace(namespace), revision);
                    }
                    Event::Pod(pod, revision) if frontier.admits(&pod.namespace, &pod.name) => {
                        yield (Observed::Pod(pod), revision);
                    }
                    Event::Pod(..) => {}
                    Event::Listed(fact) => yield fact,
                    Event::Named => opening.named = true,
                    Event::Head(rest) => opening.rest = Some(rest),
                    Event::Ended(rest, further) => {
                        frontier.end();
                        opening.rest.get_or_insert(rest);
                        pages = further;
                    }
                }
                if decided.is_none() {
                    let names = &mut opening.names;
                    decided = opening.rest.take_if(|_| opening.named).map(|rest| {
                        self.decide(rest, std::mem::take(names), &frontier)
                    });
                }
            }
            if let (Some(plan::Rest::Pages), Some(mut pages)) = (decided, pages) {
                while let Some(fact) = pages.next().await {
                    yield fact?;
                }
            }
        }
    }

    /// Decides how the rest of the pods is listed.
    fn decide(&self, rest: After, names: Vec<String>, frontier: &Frontier) -> plan::Rest {
        let decided = match rest {
            After::Nothing => plan::Rest::Pages,
            After::Forbidden => plan::Rest::Namespaces,
            After::Further(pods) => {
                // Of selected pods a server doesn't say how many are left: there is one at the least.
                let pods = pods.or((!self.query.pod_selector().is_empty()).then_some(1));
                let known = Known {
                    pods,
                    page_size: self.options.page_size.unwrap_or(PAGE),
                    namespaces: frontier.count_ahead(&names),
                    in_flight: self.options.max_in_flight.map_or(FIRST, NonZeroUsize::get),
                };
                let decided = plan::choose(self.options.split, known);
                tracing::debug!(
                    pods = known.pods,
                    page = known.page_size,
                    namespaces = known.namespaces,
                    at_once = known.in_flight,
                    "the rest of the pods is listed by {decided}",
                );
                decided
            }
        };
        frontier.open(match decided {
            plan::Rest::Pages => Vec::new(),
            plan::Rest::Namespaces => names,
        });
        decided
    }

    fn namespaces(&self) -> EventStream<'s> {
        let facts = self.list_namespaces().map_ok(|(it, revision)| Event::Namespace(it, revision));
        facts.chain(stream::once(ready(Ok(Event::Named)))).boxed()
    }

    /// The pods of what the frontier leaves, side by side.
    fn left(self, frontier: Arc<Frontier>) -> EventStream<'s> {
        let left = stream::poll_fn(move |cx| frontier.poll_next(cx));
        self.side_by_side(left, false).map_ok(Event::Listed).boxed()
    }

    /// The pods of namespaces, of as many at the same time as there are requests in flight. One is
    /// taken when it is its turn.
    fn side_by_side(
        self,
        left: impl Stream<Item = Left> + Send + 's,
        named: bool,
    ) -> impl Stream<Item = Result<(Observed, u64), SourceError>> + Send + 's {
        let most = self.options.max_in_flight.map_or(MOST, NonZeroUsize::get);
        let lists =
            stream::unfold((self, Box::pin(left)), move |(snapshot, mut left)| async move {
                let turn = snapshot.api.list().await;
                let next = left.next().await?;
                Some((snapshot.clone().pods_of(next, named, turn).boxed(), (snapshot, left)))
            });
        lists.flatten_unordered(most)
    }

    /// The first page of the pods of all namespaces, as far as the frontier wants it.
    fn first_page(self, frontier: Arc<Frontier>) -> EventStream<'s> {
        let call = Call::ListPods { namespace: None };
        let list = self.pods(&call).first_page_alone();
        let mut list = list.read(Arc::clone(self.api)).boxed();
        let revisions = self.revisions();
        let note = move |page: &Continuation| revisions.note(ListKind::Pods, None, page);
        let told = try_stream! {
            let mut begun = false;
            while let Some(listed) = list.next().await {
                match listed {
                    Ok(PagePart::Head(end)) => {
                        note(&end);
                        yield Event::Head(After::from(&end));
                    }
                    Ok(PagePart::Fact(Observed::Pod(pod), revision)) => {
                        yield Event::Pod(pod, revision);
                    }
                    Ok(PagePart::Fact(..)) => {}
                    Ok(PagePart::End(end)) => {
                        note(&end);
                        let pages = facts(list, note).map(move |fact| fact.named(&call));
                        yield Event::Ended(After::from(&end), Some(pages.boxed()));
                        return;
                    }
                    // A right that is withdrawn in the middle is no reason to begin again: what was
                    // given out would come twice.
                    Err(failure) if !begun && failure.is_status(StatusCode::FORBIDDEN) => {
                        tracing::debug!(%failure, "listing pods namespace by namespace");
                        yield Event::Ended(After::Forbidden, None);
                        return;
                    }
                    Err(failure) => Err(failure.of(&call))?,
                }
                begun = true;
                if frontier.has_ended() {
                    break;
                }
            }
            yield Event::Ended(After::Nothing, None);
        };
        told.boxed()
    }

    /// The pods of a namespace, strictly after a key; of a named one without pods, whether it
    /// exists. Its turn ends with it.
    fn pods_of(
        self,
        Left { namespace: name, after }: Left,
        named: bool,
        turn: Place<'s>,
    ) -> impl Stream<Item = Result<(Observed, u64), SourceError>> + Send + 's {
        try_stream! {
            let _turn = turn;
            let call = Call::ListPods { namespace: Some(name.clone()) };
            let list = self.pods(&call).after(after);
            let mut pods = self.read(list).boxed();
            let mut empty = true;
            while let Some(fact) = pods.next().await {
                match fact {
                    Err(failure) if self.may_skip(&failure) => {
                        let why = format!("cannot {call}: {failure}");
                        yield (Observed::Skipped(Skipped::new(name, why)), 0);
                        return;
                    }
                    fact => yield fact.named(&call)?,
                }
                empty = false;
            }
            let is_asked_for = named && (empty || self.query.needs().namespace_uids());
            let found = if is_asked_for { Box::pin(self.namespace(name)).await? } else { None };
            if let Some(namespace) = found {
                yield (Observed::Namespace(namespace), 0);
            }
        }
    }

    fn may_skip(&self, failure: &Failure) -> bool {
        self.options.on_forbidden == OnForbidden::Skip && failure.is_status(StatusCode::FORBIDDEN)
    }

    /// A namespace, where it exists; one that may not be asked for is taken to.
    pub(crate) async fn namespace(&self, name: String) -> Result<Option<Namespace>, SourceError> {
        let call = Call::GetNamespace { name: name.clone() };
        match self.api.get_whole(&call.path(), &mut self.api.budget(), SMALL_BODY_MAX).await {
            Ok(body) => match item::read(&body, 0, Some("NamespaceList"), &PodFields::default()) {
                Ok(Item::Fact { fact: Observed::Namespace(found), .. }) if found.name == name => {
                    Ok(Some(found))
                }
                Ok(_) => Err(Failure::Malformed(wire::not_a_namespace()).of(&call)),
                Err(error) => Err(Failure::Malformed(error).of(&call)),
            },
            Err(failure) if failure.is_status(StatusCode::FORBIDDEN) => {
                Ok(Some(Namespace::new(name)))
            }
            Err(failure) if failure.is_status(StatusCode::NOT_FOUND) => Ok(None),
            Err(failure) => Err(failure.of(&call)),
        }
    }

    /// The nodes; where they may not be listed, that they are missing.
    pub(crate) fn nodes(
        &self,
    ) -> impl Stream<Item = Result<(Observed, u64), SourceError>> + Send + use<'s> {
        let call = Call::ListNodes;
        let list = self.read(self.listing(&call, ListKind::Nodes));
        list.map(move |fact| match fact {
            Err(failure) if failure.is_status(StatusCode::FORBIDDEN) => {
                let missing = Missing::new(Detail::Nodes, failure.of(&call));
                Ok((Observed::Missing(missing), 0))
            }
            fact => fact.named(&call),
        })
    }
}

/// The facts that a list yields, and where its pages say what they are of.
fn facts(
    list: impl Stream<Item = Result<PagePart, Failure>>,
    mut note: impl FnMut(&Continuation),
) -> impl Stream<Item = Result<(Observed, u64), Failure>> {
    list.filter_map(move |part| {
        ready(match part {
            Ok(PagePart::Fact(fact, revision)) => Some(Ok((fact, revision))),
            Ok(PagePart::Head(page) | PagePart::End(page)) => {
                note(&page);
                None
            }
            Err(failure) => Some(Err(failure)),
        })
    })
}
