use hyper::Method;
use serde_json::{Value, json};

use crate::Error;
use crate::http::{self, HttpClient};
use crate::kubeconfig::base64;

/// etcd through its JSON gateway, which spares a gRPC client
/// (<https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/>).
#[derive(Debug, Clone)]
pub(crate) struct Etcd {
    client: HttpClient,
}

impl Etcd {
    pub(crate) fn new(url: &str) -> Self {
        Self { client: HttpClient::new(url, "", None) }
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.client.send(Method::GET, "/health", http::JSON, Vec::new()).await;
        answer.is_ok_and(|answer| answer.status.is_success())
    }

    /// Writes all keys at once, 128 at most, and returns the revision they have from then on.
    pub(crate) async fn put(&self, pairs: &[(String, String)]) -> Result<u64, Error> {
        let puts: Vec<Value> = pairs
            .iter()
            .map(
                |(key, value)| json!({"request_put": {"key": base64(key), "value": base64(value)}}),
            )
            .collect();
        let answer = self.call("/v3/kv/txn", &json!({"success": puts})).await?;
        let revision = answer["header"]["revision"].as_str().unwrap_or_default();
        Ok(revision.parse().expect("etcd's answers carry its revision"))
    }

    /// Forgets everything older than `revision`.
    pub(crate) async fn compact(&self, revision: u64) -> Result<(), Error> {
        self.call("/v3/kv/compaction", &json!({"revision": revision.to_string()})).await.map(drop)
    }

    async fn call(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let body = body.to_string().into_bytes();
        let answer = self.client.send(Method::POST, path, http::JSON, body).await?;
        Ok(answer.success(&Method::POST, path)?.json())
    }
}
