//! The composition root: from settings to the pod source.

use std::collections::HashSet;
use std::future::ready;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use kai_core::{LivePodSource, Observed, PodSource, PodStream, Query, SourceError};
use kai_k8s::{ClusterPodSource, ClusterSettings, FilePodSource, RequestObserver};
use tokio::task::spawn_blocking;
use tracing::{debug, info};

use crate::error::Error;
use crate::escape::Excerpt;
use crate::settings::{Cluster, Input, Source};
use crate::version;
use crate::words::Took;

/// A connected pod source.
pub(crate) struct Connected {
    /// The source.
    pub(crate) source: Arc<dyn PodSource>,
    /// The same source, where its changes can be followed.
    pub(crate) live: Option<Arc<dyn LivePodSource>>,
    /// The cluster's name according to the source; `None` if it isn't a cluster.
    pub(crate) cluster_name: Option<String>,
}

/// Opens the configured source. The observer is notified of requests to a cluster.
pub(crate) async fn connect(
    source: &Source,
    observer: Option<Arc<dyn RequestObserver>>,
) -> Result<Connected, Error> {
    match source {
        Source::Inputs(inputs) => open_inputs(inputs).await,
        Source::Cluster(settings) => cluster(settings, observer).await,
    }
}

/// Opens inputs.
pub(crate) async fn open_inputs(inputs: &[Input]) -> Result<Connected, Error> {
    let mut sources = Vec::with_capacity(inputs.len());
    for input in inputs {
        sources.push(open(input).await?);
    }
    Ok(Connected { source: Arc::new(Inputs(sources)), live: None, cluster_name: None })
}

/// Inputs, read one after another. A pod that several of them have comes once.
struct Inputs(Vec<FilePodSource>);

impl PodSource for Inputs {
    fn observe(&self, query: &Query) -> PodStream<'_> {
        if let [one] = self.0.as_slice() {
            return one.observe(query);
        }
        let query = query.clone();
        let facts = stream::iter(&self.0).flat_map(move |input| input.observe(&query));
        let mut seen = HashSet::new();
        let mut is_new = move |fact: &Result<Observed, SourceError>| match fact {
            // Of another cluster, a pod of the same name has another uid.
            Ok(Observed::Pod(pod)) => {
                let uid = pod.uid.as_deref().unwrap_or_default();
                seen.insert([&pod.namespace, &pod.name, uid].join("/"))
            }
            _ => true,
        };
        facts.filter(move |fact| ready(is_new(fact))).boxed()
    }
}

async fn open(input: &Input) -> Result<FilePodSource, Error> {
    match input {
        Input::File(path) => {
            debug!("opening `{}`", Excerpt(&path.to_string_lossy()));
            let to_open = path.clone();
            // Opening a named pipe blocks until it has a writer; signals must be handled meanwhile.
            let file = spawn_blocking(move || FilePodSource::open(to_open))
                .await
                .map_err(|error| Error::Start(io::Error::other(error)))??;
            info!("reading pods from `{}`", Excerpt(&path.to_string_lossy()));
            Ok(file)
        }
        Input::Stdin => {
            if io::stdin().is_terminal() {
                info!("reading pods from stdin, which is a terminal: Ctrl-D ends what is typed");
            } else {
                info!("reading pods from stdin");
            }
            Ok(FilePodSource::stdin())
        }
    }
}

fn or_auto(chosen: Option<impl ToString>) -> String {
    chosen.map_or_else(|| "auto".to_owned(), |chosen| chosen.to_string())
}

async fn cluster(
    cluster: &Cluster,
    observer: Option<Arc<dyn RequestObserver>>,
) -> Result<Connected, Error> {
    let options = &cluster.options;
    debug!(
        page = %or_auto(options.page_size),
        at_once = %or_auto(options.max_in_flight),
        timeout = %Took(options.request_timeout),
        on_forbidden = %options.on_forbidden,
        compression = %options.compression,
        "how the cluster is asked",
    );
    let options = options.clone().user_agent(version::user_agent());
    let options = match observer {
        Some(observer) => options.observer(observer),
        None => options,
    };
    let source = ClusterPodSource::connect(&cluster.settings, options).await;
    let source = source.map_err(|error| Error::of_connect(error, cluster.named_by.as_deref()))?;
    // In-cluster configuration has no cluster name, and neither has an inline cluster.
    let name = match cluster.settings {
        ClusterSettings::Inline(_) => String::new(),
        _ => source.cluster_name().unwrap_or_default().to_owned(),
    };
    let server = source.server().unwrap_or_default();
    match name.as_str() {
        "" => info!("reading the cluster at {}", Excerpt(&server)),
        name => info!("reading cluster `{}` at {}", Excerpt(name), Excerpt(&server)),
    }
    let source = Arc::new(source);
    let live: Arc<dyn LivePodSource> = Arc::clone(&source) as _;
    Ok(Connected { source, live: Some(live), cluster_name: Some(name) })
}
