use hyper::Method;
use serde_json::{Value, json};

use crate::http::{Answer, HttpClient};
use crate::{Credentials, Error, http};

/// A minimal client of the Kubernetes API that speaks plain JSON values. It shares no code
/// with the client under test and works from any runtime.
#[derive(Debug, Clone)]
pub struct Api {
    client: HttpClient,
}

impl Api {
    /// A client of any server, with a token or anonymous; the CA is not needed for a plain
    /// one.
    ///
    /// # Panics
    /// For a certificate: use a kubeconfig and another client.
    #[must_use]
    pub fn connect(url: &str, ca_pem: &str, credentials: &Credentials) -> Self {
        let token = match credentials {
            Credentials::Anonymous => None,
            Credentials::Token(token) => Some(token),
            Credentials::Certificate { .. } => {
                panic!("the test kit's own client knows tokens only")
            }
        };
        Self { client: HttpClient::new(url, ca_pem, token.cloned()) }
    }

    /// Sends a request and returns its answer, whatever the status.
    ///
    /// # Errors
    /// [`Error::Unanswered`] when there is none.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let content_type = match method {
            Method::PATCH => http::MERGE_PATCH,
            _ => http::JSON,
        };
        self.send_unchecked(method, path, content_type, body).await
    }

    /// GETs a path like `/api/v1/pods?limit=500`.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn get(&self, path: &str) -> Result<Value, Error> {
        self.exchange(Method::GET, path, None).await
    }

    /// POSTs an object to a collection.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn post(&self, path: &str, object: &Value) -> Result<Value, Error> {
        self.exchange(Method::POST, path, Some(object)).await
    }

    /// Changes the given fields of an object.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn merge_patch(&self, path: &str, change: &Value) -> Result<Value, Error> {
        self.exchange(Method::PATCH, path, Some(change)).await
    }

    /// The items of a collection, in one answer.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Error> {
        match self.get(path).await?["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// POSTs an object unless one of its name is there.
    pub(crate) async fn create_if_missing(&self, path: &str, object: &Value) -> Result<(), Error> {
        match self.post(path, object).await {
            Err(Error::Refused { status: 409, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Creates a namespace.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn create_namespace(&self, name: &str) -> Result<Value, Error> {
        self.post("/api/v1/namespaces", &json!({"metadata": {"name": name}})).await
    }

    /// Really removes a namespace with its pods: no controller does it here, so a deleted
    /// namespace would stay `Terminating`.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn delete_namespace(&self, name: &str) -> Result<(), Error> {
        let path = format!("/api/v1/namespaces/{name}");
        let now = json!({"gracePeriodSeconds": 0});
        self.exchange(Method::DELETE, &format!("{path}/pods"), Some(&now)).await?;
        let mut namespace = self.exchange(Method::DELETE, &path, None).await?;
        if namespace["kind"] == "Namespace" {
            namespace["spec"]["finalizers"] = json!([]);
            self.exchange(Method::PUT, &format!("{path}/finalize"), Some(&namespace)).await?;
        }
        Ok(())
    }

    /// Creates a pod and writes its status, as a kubelet would. Ephemeral containers, which
    /// a pod cannot be created with, are added through their subresource.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn create_pod(&self, pod: &Value) -> Result<Value, Error> {
        Ok(self.put_pod(pod.clone()).await?.json())
    }

    /// Like [`Self::create_pod`], without reading what the server made of it.
    pub(crate) async fn create_pod_unread(&self, pod: Value) -> Result<(), Error> {
        self.put_pod(pod).await.map(drop)
    }

    async fn put_pod(&self, mut pod: Value) -> Result<Answer, Error> {
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
        let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let pods = format!("/api/v1/namespaces/{namespace}/pods");
        let status = pod["status"].take();
        let ephemeral = pod["spec"]["ephemeralContainers"].take();
        strip_server_fields(&mut pod);

        let mut answer = self.send(Method::POST, &pods, http::JSON, Some(&pod)).await?;
        if !ephemeral.is_null() {
            let path = format!("{pods}/{name}/ephemeralcontainers");
            let change = json!({"spec": {"ephemeralContainers": ephemeral}});
            answer =
                self.send(Method::PATCH, &path, http::STRATEGIC_MERGE_PATCH, Some(&change)).await?;
        }
        if !status.is_null() {
            let path = format!("{pods}/{name}/status");
            let change = json!({"status": status});
            answer = self.send(Method::PATCH, &path, http::MERGE_PATCH, Some(&change)).await?;
        }
        Ok(answer)
    }

    /// Creates an object as a server wrote it, without reading what becomes of it.
    pub(crate) async fn create_object(&self, path: &str, mut object: Value) -> Result<(), Error> {
        strip_server_fields(&mut object);
        self.send(Method::POST, path, http::JSON, Some(&object)).await.map(drop)
    }

    /// Changes the given fields of a pod's status.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn set_pod_status(
        &self,
        namespace: &str,
        name: &str,
        status: &Value,
    ) -> Result<Value, Error> {
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/status");
        self.merge_patch(&path, &json!({"status": status})).await
    }

    /// Removes a pod at once, without waiting for a kubelet.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn delete_pod(&self, namespace: &str, name: &str) -> Result<(), Error> {
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
        let now = json!({"gracePeriodSeconds": 0});
        self.exchange(Method::DELETE, &path, Some(&now)).await?;
        Ok(())
    }

    /// Creates a node; pods may name nodes that don't exist.
    ///
    /// # Errors
    /// [`Error::Refused`] unless it succeeds.
    pub async fn create_node(&self, name: &str) -> Result<Value, Error> {
        self.post("/api/v1/nodes", &json!({"metadata": {"name": name}})).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        self.request(method.clone(), path, body).await?.success(&method, path).map(|a| a.json())
    }

    /// Sends a request that has to succeed.
    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let answer = self.send_unchecked(method.clone(), path, content_type, body).await?;
        answer.success(&method, path)
    }

    async fn send_unchecked(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.client.send(method, path, content_type, body).await
    }
}

/// A pod as a server wrote it carries fields that a server refuses on creation.
fn strip_server_fields(pod: &mut Value) {
    if let Some(metadata) = pod["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            metadata.remove(field);
        }
    }
    if let Some(spec) = pod["spec"].as_object_mut() {
        spec.remove("ephemeralContainers");
    }
    if let Some(pod) = pod.as_object_mut() {
        pod.remove("status");
    }
}

impl Answer {
    /// The answer, if it is a success.
    pub(crate) fn success(self, method: &Method, path: &str) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Error::Refused {
            method: method.to_string(),
            path: path.to_owned(),
            status: self.status.as_u16(),
            body: String::from_utf8_lossy(&self.body).into_owned(),
        })
    }
}
