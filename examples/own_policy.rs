//! A policy of one's own over the pods of a cluster, and its test without a cluster.
//!
//! The policy: in the namespaces that are checked, whatever comes from Docker Hub is pinned by a
//! digest. It is a [`Visitor`], so one pass over any source feeds it: a real cluster's
//! (`kai_k8s::ClusterPodSource`), a file's, or that of a test.
//!
//! ```sh
//! cargo run --example own_policy
//! cargo test --example own_policy
//! ```

use anyhow::Context as _;
use kai_core::{
    CollectOptions, Container, ContainerKind, ImageReference, ImageUse, InMemoryPodSource,
    NamespaceSelector, Pod, PodPhase, PodSource, Visitor, walk,
};

/// Collects what breaks the policy, as `namespace/pod/container: image`.
#[derive(Debug, Default)]
struct PinnedFromDockerHub {
    findings: Vec<String>,
}

impl Visitor for PinnedFromDockerHub {
    fn image(&mut self, seen: ImageUse<'_>) {
        // `seen.image` has the digest that the runtime resolved. Whether somebody pinned it is
        // what the spec says.
        let Ok(asked_for) = seen.container.image.parse::<ImageReference>() else { return };
        if asked_for.repository().registry() == "docker.io" && asked_for.digest().is_none() {
            let (pod, container) = (seen.pod, seen.container);
            self.findings
                .push(format!("{}/{}/{}: {asked_for}", pod.namespace, pod.name, container.name));
        }
    }
}

/// What breaks the policy in a namespace.
async fn check(source: &dyn PodSource, namespace: &str) -> anyhow::Result<Vec<String>> {
    let selector = NamespaceSelector::including([namespace])?;
    let options = CollectOptions::default().namespaces(selector);
    // An error is final: there is no verdict on half a cluster.
    let policy = walk(source, &options, PinnedFromDockerHub::default())
        .await
        .context("no verdict, since the source could not be read")?;
    Ok(policy.findings)
}

/// A running pod with a container of this image.
fn running(namespace: &str, name: &str, image: &str) -> Pod {
    let container = Container::new(ContainerKind::Regular, "main", image).running();
    Pod::new(namespace, name).with_phase(PodPhase::Running).with_container(container)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let source = InMemoryPodSource::new()
        .with_pod(running("shop", "web-0", "nginx:1.27"))
        .with_pod(running("shop", "cart-0", "registry.example:5000/shop/cart:3.2.1"))
        .with_pod(running("sandbox", "try-0", "python:3.13"));
    for finding in check(&source, "shop").await? {
        println!("not pinned: {finding}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kai_core::testing::{MockPodSource, stream_of};
    use kai_core::{Observed, SourceError, SourceErrorKind};

    use super::*;

    #[tokio::test]
    async fn an_image_of_docker_hub_needs_a_digest() {
        let digest = "0".repeat(64);
        let source = InMemoryPodSource::new()
            .with_pod(running("shop", "short", "nginx:1.27"))
            .with_pod(running("shop", "full", "docker.io/library/nginx:1.27"))
            .with_pod(running("shop", "pinned", &format!("nginx:1.27@sha256:{digest}")))
            .with_pod(running("shop", "elsewhere", "quay.io/team/app:1"))
            .with_pod(running("shop", "local", "localhost:5000/app:1"))
            .with_pod(running("shop", "host", "Registry/team/app:1"))
            .with_pod(running("shop", "port", "docker.io:443/app:1"))
            .with_pod(running("sandbox", "not-checked", "nginx:1.27"));
        let findings = check(&source, "shop").await.unwrap();
        assert_eq!(
            findings,
            ["shop/short/main: nginx:1.27", "shop/full/main: docker.io/library/nginx:1.27"]
        );
    }

    #[tokio::test]
    async fn only_the_namespace_in_question_is_asked_for() {
        let mut source = MockPodSource::new();
        source
            .expect_observe()
            .withf(|query| {
                let wanted = query.selector();
                wanted.selects("shop") && !wanted.selects("sandbox")
            })
            .once()
            .returning(|_| stream_of([]));
        assert!(check(&source, "shop").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn there_is_no_verdict_on_half_a_cluster() {
        let mut source = MockPodSource::new();
        source.expect_observe().returning(|_| {
            stream_of([
                Ok(Observed::Pod(running("shop", "web-0", "nginx:1.27"))),
                Err(SourceError::new(SourceErrorKind::Unreachable, "the connection broke")),
            ])
        });
        let error = check(&source, "shop").await.unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "no verdict, since the source could not be read: the connection broke"
        );
    }

    // A policy needs no runtime: any executor drives it.
    #[test]
    fn it_works_without_tokio() {
        let source = InMemoryPodSource::new().with_pod(running("shop", "web-0", "nginx:1.27"));
        let findings = futures_executor::block_on(check(&source, "shop")).unwrap();
        assert_eq!(findings, ["shop/web-0/main: nginx:1.27"]);
    }
}
