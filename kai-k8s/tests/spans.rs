//! The spans of a pass. Alone in its process: what others trace on other threads decides what a
//! thread sees.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use http::{Request, Response};
use kai_core::{CollectOptions, NamespaceSelector, collect};
use kai_k8s::{ClusterPodSource, SourceOptions};
use kube::Client;
use kube::client::Body;
use tracing::subscriber::with_default;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_request_is_a_span_within_that_of_its_pass_without_its_query() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_span_events(FmtSpan::NEW)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let service = tower::service_fn(async |request: Request<Body>| {
        let body = match request.uri().path() {
            "/version" => r#"{"gitVersion": "v1.36.3"}"#,
            _ => r#"{"kind": "PodList", "items": []}"#,
        };
        Ok::<_, io::Error>(Response::new(Body::from(body.as_bytes().to_vec())))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = with_default(subscriber, || {
        runtime.block_on(async {
            let client = Client::new(service, "default");
            let source = ClusterPodSource::from_client(client, SourceOptions::default());
            let options = CollectOptions::default().namespaces(NamespaceSelector::all());
            collect(&source, &options, UNIX_EPOCH).await
        })
    });
    // That the answers are none of a server is another matter.
    drop(report);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for path in ["/version", "/api/v1/namespaces", "/api/v1/pods"] {
        let span = format!("pass:request{{method=\"GET\" path={path}}}: ");
        assert!(text.contains(&span), "{span}\n{text}");
    }
}
