//! Servers that lie or stumble: whatever they answer, in either encoding and for each kind of list,
//! there is a right inventory or an error, after few requests and in the time that was given.
//!
//! A client of the caller's takes the place of a network, and time is paused.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod encode;
mod endless;
mod kinds;
mod late;
mod refusals;

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use encode::{Encoding, Object};
use http::{Request, Response};
use kai_core::{ClusterReport, CollectOptions, Details, NamespaceSelector, SourceError, collect};
use kai_k8s::kube::Client;
use kai_k8s::kube::client::Body;
use kai_k8s::{ClusterPodSource, SourceOptions, Split};
use tokio::time::Instant;

/// Which list or object is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Version,
    Namespaces,
    Nodes,
    Pods,
    /// The pods of namespace `a`.
    PodsOfOne,
    /// Namespace `a` itself.
    Namespace,
}

impl What {
    const LISTS: [Self; 4] = [Self::Namespaces, Self::Nodes, Self::Pods, Self::PodsOfOne];

    fn of(path: &str) -> Self {
        match path {
            "/version" => Self::Version,
            "/api/v1/namespaces" => Self::Namespaces,
            "/api/v1/nodes" => Self::Nodes,
            "/api/v1/pods" => Self::Pods,
            "/api/v1/namespaces/a/pods" => Self::PodsOfOne,
            "/api/v1/namespaces/a" => Self::Namespace,
            other => panic!("nobody asks for {other}"),
        }
    }

    /// What an honest server has: namespace `a` with a pod, and a node.
    fn honest(self) -> Answer {
        let object = Object::new("", "x");
        let list =
            |kind, object| Answer::List { kind, items: vec![object], next: "", remaining: 0 };
        match self {
            Self::Version => Answer::json(200, r#"{"major":"1","minor":"36"}"#),
            Self::Namespaces => list("NamespaceList", Object::new("", "a")),
            Self::Nodes => list("NodeList", object),
            Self::Pods | Self::PodsOfOne => list("PodList", Object::new("a", "p")),
            Self::Namespace => {
                let namespace = r#"{"kind":"Namespace","metadata":{"name":"a","uid":"u"}}"#;
                Answer::json(200, namespace)
            }
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug)]
enum Answer {
    List {
        kind: &'static str,
        items: Vec<Object>,
        next: &'static str,
        remaining: i64,
    },
    /// A Status with this code in its body, under this code of HTTP.
    Status {
        http: u16,
        code: u16,
        message: &'static str,
        next: &'static str,
    },
    Raw {
        http: u16,
        headers: Vec<(&'static str, &'static str)>,
        body: String,
    },
    /// None, ever.
    Never,
}

impl Answer {
    fn json(http: u16, body: &str) -> Self {
        Self::Raw { http, headers: Vec::new(), body: body.to_owned() }
    }

    /// An answer with this code, and a header if one is named.
    fn code(http: u16, header: Option<(&'static str, &'static str)>) -> Self {
        Self::Raw { http, headers: header.into_iter().collect(), body: "no".to_owned() }
    }

    async fn send(self, encoding: Encoding) -> Response<Body> {
        match self {
            Self::List { kind, items, next, remaining } => {
                encoding.response(200, encoding.list(kind, &items, next, remaining))
            }
            Self::Status { http, code, message, next } => {
                encoding.response(http, encoding.status(code, message, next))
            }
            Self::Raw { http, headers, body } => {
                let mut response = Response::builder().status(http);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(body.into_bytes())).unwrap()
            }
            Self::Never => pending().await,
        }
    }
}

/// What came of a run.
struct Outcome {
    result: Result<ClusterReport, SourceError>,
    requests: usize,
    took: Duration,
}

impl Outcome {
    /// The error with its causes.
    fn error(&self) -> String {
        let error = self.result.as_ref().unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// How a run asks: with request timeouts of 5 s, one page after another.
fn options() -> SourceOptions {
    let options = SourceOptions::default().request_timeout(Duration::from_secs(5));
    options.page_size(2).split(Split::Pages)
}

/// Runs against a server that answers by a script, which is given what is asked for, the number of
/// earlier requests for it and the token; honestly where the script has no answer. Nodes are asked
/// for, too, and namespace `a` alone where the list of its pods is what matters.
async fn run(
    encoding: Encoding,
    what: What,
    script: impl Fn(What, usize, &str) -> Option<Answer> + Send + Sync + 'static,
) -> Outcome {
    let named: &[&str] = match what {
        What::PodsOfOne | What::Namespace => &["a"],
        _ => &[],
    };
    let requests = Arc::new(AtomicUsize::new(0));
    let (counter, script) = (Arc::clone(&requests), Arc::new(script));
    let seen: Arc<[AtomicUsize; 6]> = Arc::default();
    let service = tower::service_fn(move |request: Request<Body>| {
        counter.fetch_add(1, Ordering::Relaxed);
        let asked = What::of(request.uri().path());
        let nth = seen[asked as usize].fetch_add(1, Ordering::Relaxed);
        let query = request.uri().query().unwrap_or_default();
        let token = query.split("continue=").nth(1).unwrap_or_default();
        let answer = script(asked, nth, token).unwrap_or_else(|| asked.honest());
        // Of these two no protobuf is asked for.
        let encoding = match asked {
            What::Version | What::Namespace => Encoding::Json,
            _ => encoding,
        };
        async move { Ok::<_, Infallible>(answer.send(encoding).await) }
    });
    let source = ClusterPodSource::from_client(Client::new(service, "default"), options());
    let options = CollectOptions::default()
        .namespaces(NamespaceSelector::including(named).unwrap())
        .details(Details::default().with_nodes().with_namespace_uids());
    let start = Instant::now();
    let result = collect(&source, &options, SystemTime::UNIX_EPOCH).await;
    let (requests, took) = (requests.load(Ordering::Relaxed), start.elapsed());
    Outcome { result, requests, took }
}

#[tokio::test(start_paused = true)]
async fn an_honest_server_is_read() {
    for encoding in Encoding::ALL {
        for what in What::LISTS {
            let outcome = run(encoding, what, |_, _, _| None).await;
            let collected = outcome.result.unwrap();
            assert_eq!((collected.summary.pods, collected.inventory.namespaces().len()), (1, 1));
            assert_eq!(outcome.took, Duration::ZERO);
        }
    }
}
