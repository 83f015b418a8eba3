//! One pass over a cluster: which lists are read, and when.

use std::future::ready;
use std::sync::Arc;

use async_stream::{stream, try_stream};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use http::StatusCode;
use kai_core::{Namespace, NamespaceSelector, Observed, PodStream, Skipped, SourceError};

use crate::error::{Call, Failure};
use crate::listing::{Listed, Listing};
use crate::plan::{self, Known};
use crate::request::Named;
use crate::settings::OnForbidden;
use crate::source::{ClusterPodSource, SMALL_BODY_MAX};
use crate::wire::Continuation;

/// What comes of the first answers.
enum Begun<'s> {
    Namespace(Result<Observed, SourceError>),
    Pod(Observed),
    /// The first page of pods has ended, or failed.
    Ended(Result<Rest<'s>, SourceError>),
}

/// The pods after the first page.
enum Rest<'s> {
    Nothing,
    /// They may not be listed in all namespaces at once.
    Forbidden,
    Further(PodStream<'s>, Continuation),
}

impl ClusterPodSource {
    fn listing(&self, call: &Call) -> Listing {
        Listing::new(call.path(), self.options.page_size)
    }

    /// The facts of a whole list.
    pub(crate) fn facts(
        &self,
        call: Call,
    ) -> impl Stream<Item = Result<Observed, SourceError>> + use<> {
        let list = self.listing(&call).read(Arc::clone(&self.session));
        list.filter_map(move |listed| ready(listed.map(Listed::fact).named(&call).transpose()))
    }

    /// The pods of the namespaces that were named.
    pub(crate) fn named(&self, namespaces: Vec<String>) -> PodStream<'_> {
        self.each(namespaces, None, true)
    }

    /// Every namespace and every pod. Namespaces and the first page of pods are asked for at once;
    /// what they say decides how the other pods are listed.
    pub(crate) fn everything(
        &self,
        wanted: NamespaceSelector,
    ) -> impl Stream<Item = Result<Observed, SourceError>> {
        try_stream! {
            let namespaces = self.facts(Call::ListNamespaces).map(Begun::Namespace);
            let mut both = stream::select(namespaces.boxed(), self.first_page().boxed());
            let (mut names, mut first_page) = (Vec::new(), Rest::Nothing);
            let mut last = None;
            while let Some(begun) = both.next().await {
                match begun {
                    Begun::Namespace(fact) => match fact? {
                        Observed::Namespace(namespace) if wanted.selects(&namespace.name) => {
                            names.push(namespace.name.clone());
                            yield Observed::Namespace(namespace);
                        }
                        _ => {}
                    },
                    Begun::Pod(fact) => {
                        if let Observed::Pod(pod) = &fact {
                            last = Some(format!("{}/{}", pod.namespace, pod.name));
                        }
                        yield fact;
                    }
                    Begun::Ended(rest) => first_page = rest?,
                }
            }
            drop(both);
            let mut rest = match first_page {
                Rest::Nothing => return,
                Rest::Forbidden => self.each(names, None, false),
                Rest::Further(pages, end) => {
                    let last = last.unwrap_or_default();
                    let reached = last.split('/').next().unwrap_or_default();
                    // As texts with the slash, since that is how the server orders them.
                    names.retain(|name| format!("{name}/") >= format!("{reached}/"));
                    let known = Known {
                        pods: end.remaining,
                        page_size: self.options.page_size,
                        namespaces: names.len(),
                        in_flight: self.options.max_in_flight,
                    };
                    let rest = plan::choose(self.options.split, known);
                    tracing::debug!(?known, "the rest of the pods is listed by {rest}");
                    match rest {
                        plan::Rest::Pages => pages,
                        plan::Rest::Namespaces => self.each(names, Some(last), false),
                    }
                }
            };
            while let Some(fact) = rest.next().await {
                yield fact?;
            }
        }
    }

    /// The first page of the pods of all namespaces, and then what the rest of them is.
    fn first_page(&self) -> impl Stream<Item = Begun<'_>> {
        let call = Call::ListPods { namespace: None };
        let mut list: BoxStream<'_, _> =
            self.listing(&call).read(Arc::clone(&self.session)).boxed();
        stream! {
            let mut begun = false;
            loop {
                match list.next().await {
                    None => {
                        yield Begun::Ended(Ok(Rest::Nothing));
                        return;
                    }
                    Some(Ok(Listed::Fact(fact))) => yield Begun::Pod(fact),
                    Some(Ok(Listed::Turn(end))) => {
                        let pages = list.filter_map(move |listed| {
                            ready(listed.map(Listed::fact).named(&call).transpose())
                        });
                        let pages = pages.boxed();
                        yield Begun::Ended(Ok(Rest::Further(pages, end)));
                        return;
                    }
                    // A right that is withdrawn in the middle is no reason to begin again: what was
                    // given out would come twice.
                    Some(Err(failure)) if !begun && failure.is_status(StatusCode::FORBIDDEN) => {
                        tracing::debug!(%failure, "listing pods namespace by namespace");
                        yield Begun::Ended(Ok(Rest::Forbidden));
                        return;
                    }
                    Some(Err(failure)) => {
                        yield Begun::Ended(Err(failure.of(&call)));
                        return;
                    }
                }
                begun = true;
            }
        }
    }

    /// The pods of some namespaces, side by side; strictly after a key, where one is given.
    fn each(&self, namespaces: Vec<String>, after: Option<String>, named: bool) -> PodStream<'_> {
        let lists = stream::iter(namespaces).map(move |name| {
            let after = after.as_ref().filter(|key| key.split('/').next() == Some(&name));
            self.pods_of(name, after.cloned(), named).boxed()
        });
        lists.flatten_unordered(self.options.max_in_flight.get()).boxed()
    }

    /// The pods of a namespace, strictly after a key; of a named one without pods, whether it
    /// exists.
    fn pods_of(
        &self,
        name: String,
        after: Option<String>,
        named: bool,
    ) -> impl Stream<Item = Result<Observed, SourceError>> {
        try_stream! {
            let call = Call::ListPods { namespace: Some(name.clone()) };
            let list = self.listing(&call).after(after.unwrap_or_default());
            let pods = list.read(Arc::clone(&self.session));
            let mut pods = pods.filter_map(|listed| ready(listed.map(Listed::fact).transpose())).boxed();
            let mut empty = true;
            while let Some(fact) = pods.next().await {
                match fact {
                    Err(failure) if self.may_skip(&failure) => {
                        yield Observed::Skipped(Skipped::new(name, format!("cannot {call}: {failure}")));
                        return;
                    }
                    fact => yield fact.named(&call)?,
                }
                empty = false;
            }
            if empty && named && self.exists(&name).await? {
                yield Observed::Namespace(Namespace::new(name));
            }
        }
    }

    fn may_skip(&self, failure: &Failure) -> bool {
        self.options.on_forbidden == OnForbidden::Skip && failure.is_status(StatusCode::FORBIDDEN)
    }

    /// Whether a namespace exists; one that may not be asked for is taken to.
    async fn exists(&self, name: &str) -> Result<bool, SourceError> {
        let call = Call::GetNamespace { name: name.to_owned() };
        match self.session.get_whole(&call.path(), &mut self.session.budget(), SMALL_BODY_MAX).await
        {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_status(StatusCode::FORBIDDEN) => Ok(true),
            Err(failure) if failure.is_status(StatusCode::NOT_FOUND) => Ok(false),
            Err(failure) => Err(failure.of(&call)),
        }
    }
}
