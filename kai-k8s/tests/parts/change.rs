//! Clusters that change while they are read.

use std::sync::atomic::{AtomicBool, Ordering};

use kai_core::CollectOptions;
use kai_k8s::Split;
use testkit::{ContainerFixture, ControlPlane, Fault, FaultRelay, Options, PodFixture, wait};

use super::{cluster, lines, make, quick, run, settings};

#[tokio::test]
async fn a_namespace_that_is_deleted_in_the_middle_is_no_error() {
    make("vanish", &[("a", 2), ("b", 2)]);
    let deleted = AtomicBool::new(false);
    let relay = FaultRelay::start(cluster(), move |request| {
        let later = request.path() == "/api/v1/pods" && request.query("continue").is_some();
        if later && !deleted.swap(true, Ordering::Relaxed) {
            wait(cluster().api().delete_namespace("vanish-b")).unwrap();
        }
        Fault::Pass
    });
    let via_relay = settings(relay.url(), &cluster().admin());
    let everything = CollectOptions::default();
    let collected =
        run(&via_relay, quick().page_size(1).split(Split::Pages), &everything).await.unwrap();
    assert!(lines(&collected).contains("vanish-a: vanish-a:1"), "{}", lines(&collected));

    let after = run(&via_relay, quick(), &everything).await.unwrap();
    assert!(!lines(&after).contains("vanish-b"), "{}", lines(&after));
}

#[tokio::test]
async fn a_list_that_really_expires_goes_on_and_sees_each_pod_once() {
    let own = ControlPlane::start(&Options::default().without_list_snapshots()).unwrap();
    let api = own.api();
    wait(async {
        api.create_namespace("old").await.unwrap();
        for number in 0..30 {
            let web = ContainerFixture::new("web", "web:1").running();
            let pod = PodFixture::new("old", &format!("web-{number:02}")).container(web);
            api.create_pod(&pod.to_json()).await.unwrap();
        }
    });
    let own: &'static ControlPlane = Box::leak(Box::new(own));
    let expired = AtomicBool::new(false);
    let relay = FaultRelay::start(own, move |request| {
        let third = request.path() == "/api/v1/pods" && request.nth == 2;
        if third && !expired.swap(true, Ordering::Relaxed) {
            own.expire_continue_tokens();
        }
        Fault::Pass
    });
    let (_, path) = own.write_kubeconfig_via(relay.url(), &own.admin()).keep().unwrap();
    let via_relay =
        kai_k8s::ClusterSettings::Kubeconfig { path, overrides: kai_k8s::Overrides::default() };
    let collected =
        run(&via_relay, quick().page_size(10).split(Split::Pages), &CollectOptions::default())
            .await
            .unwrap();
    assert_eq!(collected.summary.pods, 30);
    let pages = relay.requests().iter().filter(|request| request.path() == "/api/v1/pods").count();
    assert_eq!(pages, 4, "one page was refused with 410 and asked for anew");
}
