use std::future::Future;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::Load;
use crate::{ControlPlane, Error, background, wait};

/// etcd takes 128 writes and 1.5 MiB at once.
const BATCH: usize = 100;

impl Load {
    /// Creates the load on a control plane as clients would, with `parallel` requests at a
    /// time; about four seconds per thousand pods on two cores.
    ///
    /// # Errors
    /// [`Error::Refused`] when the server does not take an object.
    pub fn apply(&self, control_plane: &ControlPlane, parallel: usize) -> Result<(), Error> {
        let api = control_plane.api();
        let namespaces = {
            let api = api.clone();
            move |namespace| {
                let api = api.clone();
                async move { api.create_object("/api/v1/namespaces", namespace).await }
            }
        };
        let pods = move |pod| {
            let api = api.clone();
            async move { api.create_pod_unread(pod).await }
        };
        wait(async {
            each(self.namespace_objects(), parallel, namespaces).await?;
            each(self.pod_objects(), parallel, pods).await
        })
    }

    /// Writes the load into etcd, past the API server: ten times as fast as [`Self::apply`],
    /// and every field stays as it was made, ids, times and managed fields included.
    ///
    /// The objects are stored as JSON where the server itself writes protobuf. It reads both;
    /// lists are served from its memory, so their speed is the same.
    ///
    /// # Errors
    /// [`Error::Refused`] when etcd does not take an object.
    pub fn inject(&self, control_plane: &ControlPlane) -> Result<(), Error> {
        let namespaces = self.namespace_objects().map(|namespace| {
            let name = namespace["metadata"]["name"].as_str().unwrap_or_default();
            (format!("/registry/namespaces/{name}"), stored(namespace))
        });
        let pods = self.pod_objects().map(|pod| {
            let metadata = &pod["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or_default();
            let name = metadata["name"].as_str().unwrap_or_default();
            (format!("/registry/pods/{namespace}/{name}"), stored(pod))
        });
        let mut pairs = namespaces.chain(pods);
        let batches = std::iter::from_fn(move || {
            let batch: Vec<(String, String)> = pairs.by_ref().take(BATCH).collect();
            (!batch.is_empty()).then_some(batch)
        });
        let etcd = control_plane.etcd.clone();
        wait(each(batches, 2, move |batch| {
            let etcd = etcd.clone();
            async move { etcd.put(&batch).await.map(drop) }
        }))
    }
}

/// An object as it lies in etcd, where its revision is the key's.
fn stored(mut object: Value) -> String {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    object.to_string()
}

/// Does something with all items, some at a time; the first error ends it.
async fn each<T, D>(
    items: impl Iterator<Item = T> + Send + 'static,
    parallel: usize,
    deed: impl Fn(T) -> D + Clone + Send + 'static,
) -> Result<(), Error>
where
    T: Send + 'static,
    D: Future<Output = Result<(), Error>> + Send,
{
    let items = Arc::new(Mutex::new(items.fuse()));
    let workers: Vec<_> = (0..parallel.max(1))
        .map(|_| {
            let (items, deed) = (Arc::clone(&items), deed.clone());
            background::spawn(async move {
                loop {
                    let next = items.lock().expect("making an item does not panic").next();
                    let Some(item) = next else { return Ok(()) };
                    deed(item).await?;
                }
            })
        })
        .collect();
    let mut result = Ok(());
    for worker in workers {
        let ended = match worker.await {
            Ok(ended) => ended,
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        };
        result = result.and(ended);
    }
    result
}
