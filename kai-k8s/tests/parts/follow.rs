//! A cluster is followed: its lists, then watches, on a real API server.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use kai_core::{
    Change, ChangeStream, ClusterState, CollectOptions, Details, LivePodSource, NamespaceSelector,
    Window, collect,
};
use kai_k8s::{ClusterPodSource, SourceOptions};
use testkit::{ContainerFixture, PodFixture};

use super::{cluster, settings};

/// How long anything may take to be told.
const SOON: Duration = Duration::from_secs(10);

fn pod(namespace: &str, name: &str, image: &str) -> PodFixture {
    PodFixture::new(namespace, name).container(ContainerFixture::new("app", image).running())
}

fn options(namespaces: &[&str]) -> CollectOptions {
    CollectOptions::default()
        .namespaces(NamespaceSelector::including(namespaces.iter().copied()).unwrap())
        .details(Details::default().with_uses().with_containers())
}

/// A picture, and where its changes come from.
struct Followed<'s> {
    state: ClusterState,
    changes: ChangeStream<'s>,
}

impl<'s> Followed<'s> {
    /// Follows a source until all was told.
    async fn start(source: &'s ClusterPodSource, options: &CollectOptions) -> Self {
        let state = ClusterState::new(Arc::new(options.clone()));
        let changes = source.follow(options.query());
        let mut followed = Self { state, changes };
        followed.until("all is told", ClusterState::is_synced).await;
        followed
    }

    /// Takes changes in until the picture is as it should be.
    async fn until(&mut self, what: &str, is: impl Fn(&ClusterState) -> bool) -> Vec<Change> {
        let mut taken = Vec::new();
        let all = async {
            while !is(&self.state) {
                let change = self.changes.next().await.expect("it does not end").unwrap();
                taken.push(change.clone());
                self.state.apply(change, SystemTime::now());
            }
        };
        assert!(tokio::time::timeout(SOON, all).await.is_ok(), "{what}: {taken:?}");
        taken
    }

    fn images(&self, window: Window) -> Vec<String> {
        let report = self.state.report(window, SystemTime::now());
        let namespaces = report.inventory.namespaces().iter();
        let images =
            namespaces.flat_map(|it| it.images().iter().map(|it| it.reference().to_owned()));
        images.collect()
    }
}

#[tokio::test]
async fn what_happens_after_the_lists_is_told_as_it_happens() {
    let (namespace, api) = ("follow-happens", cluster().api());
    api.create_namespace(namespace).await.unwrap();
    api.create_pod(&pod(namespace, "first", "first:1").to_json()).await.unwrap();
    for selected in [vec![], vec![namespace]] {
        let settings = settings(cluster().url(), &cluster().admin());
        let source = ClusterPodSource::connect(&settings, SourceOptions::default()).await.unwrap();
        let options = options(&selected);
        let mut followed = Followed::start(&source, &options).await;
        let mark = followed.state.mark();
        let of_it = |state: &ClusterState| {
            let report = state.report(Window::Now, SystemTime::now());
            let of_it = report.inventory.namespace(namespace).map(|it| it.images().len());
            of_it.unwrap_or_default()
        };
        assert_eq!(of_it(&followed.state), 1);
        api.create_pod(&pod(namespace, "second", "second:1").to_json()).await.unwrap();
        followed.until("a pod comes", |state| of_it(state) == 2).await;
        api.delete_pod(namespace, "second").await.unwrap();
        followed.until("a pod goes", |state| of_it(state) == 1).await;
        let since = followed.images(Window::Since(mark));
        assert!(since.contains(&"second:1".to_owned()), "{since:?}");

        // One revision of the cluster, and what a pass finds.
        let now = SystemTime::now();
        let passed = collect(&source, &options, now).await.unwrap();
        let followed = followed.state.report(Window::Now, now);
        let document = |report: &kai_core::ClusterReport| {
            let inventory = report.inventory.clone().with_server_version(None);
            inventory.namespace(namespace).unwrap().clone()
        };
        assert_eq!(document(&followed), document(&passed));
    }
}
