use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::error::chain;
use crate::{Error, background};

/// A request that takes longer found a broken control plane, not a slow one.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const JSON: &str = "application/json";
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const STRATEGIC_MERGE_PATCH: &str = "application/strategic-merge-patch+json";

pub(crate) type Connector = HttpsConnector<HttpConnector>;

/// Connects over TLS to whoever the CA vouches for, and over plain TCP.
pub(crate) fn connector(ca_pem: &str) -> Connector {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate.expect("a CA is PEM")).expect("a CA is a certificate");
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let tls = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp)
}

/// An HTTP answer with its whole body.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status code.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The answer's body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON, `null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// HTTP/1.1 over a pool of connections that live on the test kit's runtime.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
    base: String,
    token: Option<String>,
}

impl HttpClient {
    pub(crate) fn new(base: &str, ca_pem: &str, token: Option<String>) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(connector(ca_pem));
        let base = base.trim_end_matches('/').to_owned();
        Self { client, base, token }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Error> {
        let unanswered = {
            let (method, path) = (method.to_string(), path.to_owned());
            move |reason: String| Error::Unanswered { method, path, reason }
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", content_type)
            .header("accept", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = match request.body(Full::from(body)) {
            Ok(request) => request,
            Err(error) => return Err(unanswered(chain(&error))),
        };
        let client = self.client.clone();
        let exchange = async move {
            let answer = client.request(request).await.map_err(|error| chain(&error))?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|error| chain(&error))?;
            Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
        };
        background::run(async move {
            match tokio::time::timeout(PATIENCE, exchange).await {
                Ok(answered) => answered,
                Err(_) => Err(format!("nothing within {} s", PATIENCE.as_secs())),
            }
        })
        .await
        .map_err(unanswered)
    }
}
