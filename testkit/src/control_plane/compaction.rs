use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};

use super::ControlPlane;
use crate::{Error, wait};

/// The API servers of a cluster tell each other through this key how far etcd is compacted
/// (k8s.io/apiserver, pkg/storage/etcd3/compact.go).
const COMPACT_REVISION_KEY: &str = "compact_rev_key";

impl ControlPlane {
    /// Compacts etcd up to now, as the API server does every five minutes, and returns the
    /// revision below which nothing can be read any more.
    ///
    /// # Panics
    /// When etcd refuses.
    pub fn compact_etcd(&self) -> u64 {
        let put = async |revision: u64| {
            self.etcd.put(&[(COMPACT_REVISION_KEY.to_owned(), revision.to_string())]).await
        };
        wait(async {
            // The first write moves etcd past every token given out, the second announces it.
            let revision = put(1).await?;
            put(revision).await?;
            self.etcd.compact(revision).await?;
            Ok(revision)
        })
        .unwrap_or_else(|error: Error| panic!("{error}"))
    }

    /// Compacts etcd and returns when the API server answers every continue token of a list
    /// of pods or namespaces given out so far with 410 Gone.
    ///
    /// That takes up to 15 s, the interval at which the server's watch cache drops old
    /// snapshots, or no time with
    /// [`Options::without_list_snapshots`](crate::Options::without_list_snapshots). On a
    /// shared control plane it hits the other tests too.
    ///
    /// # Panics
    /// When tokens are still good after 60 s.
    pub fn expire_continue_tokens(&self) {
        let collections = ["/api/v1/namespaces", "/api/v1/pods"];
        let tokens = collections.map(|path| {
            let page = wait(self.api.get(&format!("{path}?limit=1")))
                .unwrap_or_else(|error| panic!("{error}"));
            page["metadata"]["continue"].as_str().map(str::to_owned)
        });
        self.compact_etcd();
        let deadline = Instant::now() + Duration::from_secs(60);
        // Every kind of object has its own cache. A collection that fits on one page gives
        // out no token.
        for (path, token) in collections.iter().zip(tokens) {
            let Some(token) = token else { continue };
            let next = format!("{path}?limit=1&continue={token}");
            while wait(self.api.request(Method::GET, &next, None))
                .unwrap_or_else(|error| panic!("{error}"))
                .status
                != StatusCode::GONE
            {
                assert!(Instant::now() < deadline, "continue tokens of {path} do not expire");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}
