//! Who owns pods, inferred and exact, labels, annotations and times, on a real API server. No
//! controller runs there, so that the objects are made with the names and labels that these give.

use std::time::{Duration, SystemTime};

use kai_core::{
    ClusterReport, CollectOptions, Detail, Details, LabelSelector, LeftOutReason,
    NamespaceSelector, PodFilter, collect,
};
use kai_k8s::ClusterPodSource;
use serde_json::{Value, json};
use testkit::{ContainerFixture, Fault, FaultRelay, PodFixture, chain, wait};

use super::{cluster, lines, quick, settings};

/// Minutes since the epoch: for Jobs of `CronJobs`.
fn minute() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 60
}

fn owner(api: &str, kind: &str, name: &str) -> Value {
    json!([
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "uid": "0"},
        {"apiVersion": api, "kind": kind, "name": name, "uid": "1", "controller": true},
    ])
}

fn pod(namespace: &str, name: &str) -> Value {
    let web = ContainerFixture::new("app", &format!("{name}:1")).running();
    PodFixture::new(namespace, name).container(web).node("worker-1").to_json()
}

fn create(mut pod: Value, owner: Option<Value>, labels: Value) {
    if let Some(owner) = owner {
        pod["metadata"]["ownerReferences"] = owner;
    }
    pod["metadata"]["labels"] = labels;
    wait(cluster().api().create_pod(&pod)).unwrap();
}

/// A `ReplicaSet` or Job, and what controls it.
fn controller(namespace: &str, kind: &str, name: &str, owner: Option<Value>) {
    let (path, api) = match kind {
        "Job" => ("/apis/batch/v1", "batch/v1"),
        _ => ("/apis/apps/v1", "apps/v1"),
    };
    let template = json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"restartPolicy": if kind == "Job" { "Never" } else { "Always" },
                 "containers": [{"name": "app", "image": "x"}]},
    });
    let mut object = json!({
        "apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": template},
    });
    if kind == "ReplicaSet" {
        object["spec"]["selector"] = json!({"matchLabels": {"app": name}});
    }
    if let Some(owner) = owner {
        object["metadata"]["ownerReferences"] = owner;
    }
    let resource = format!("{path}/namespaces/{namespace}/{}s", kind.to_lowercase());
    wait(cluster().api().post(&resource, &object)).unwrap();
}

/// A namespace with pods of every kind of owner.
fn make(namespace: &str) {
    wait(cluster().api().create_namespace(namespace)).unwrap();
    let none = || json!({});
    let set = |name: &str| Some(owner("apps/v1", "ReplicaSet", name));
    let hash = |hash: &str| json!({"pod-template-hash": hash, "team": "a"});
    create(pod(namespace, "web-7f9c6d5b8-x2x9q"), set("web-7f9c6d5b8"), hash("7f9c6d5b8"));
    controller(
        namespace,
        "ReplicaSet",
        "web-7f9c6d5b8",
        Some(owner("apps/v1", "Deployment", "web")),
    );
    create(pod(namespace, "mine-7f9c6d5b8-x2x9q"), set("mine-7f9c6d5b8"), hash("7f9c6d5b8"));
    controller(namespace, "ReplicaSet", "mine-7f9c6d5b8", None);
    let rollout = json!({"rollouts-pod-template-hash": "5c689d88bb"});
    create(pod(namespace, "roll-5c689d88bb-a"), set("roll-5c689d88bb"), rollout);
    let of_rollout = owner("argoproj.io/v1alpha1", "Rollout", "roll");
    controller(namespace, "ReplicaSet", "roll-5c689d88bb", Some(of_rollout));
    create(
        pod(namespace, "db-0"),
        Some(owner("apps/v1", "StatefulSet", "db")),
        json!({"team": "b"}),
    );
    create(pod(namespace, "logs-a"), Some(owner("apps/v1", "DaemonSet", "logs")), none());
    create(pod(namespace, "main-0"), Some(owner("example.com/v1", "Database", "main")), none());
    create(pod(namespace, "proxy-worker-1"), Some(owner("v1", "Node", "worker-1")), none());
    create(pod(namespace, "debug"), None, none());
    let job = |name: &str| Some(owner("batch/v1", "Job", name));
    let scheduled = format!("backup-{}", minute());
    create(pod(namespace, "backup-x"), job(&scheduled), none());
    controller(namespace, "Job", &scheduled, Some(owner("batch/v1", "CronJob", "backup")));
    create(pod(namespace, "by-hand-x"), job("by-hand"), none());
    controller(namespace, "Job", "by-hand", Some(owner("batch/v1", "CronJob", "backup")));
    create(pod(namespace, "once-x"), job("once"), none());
    controller(namespace, "Job", "once", None);
    let mut config = pod(namespace, "dc-1-x");
    config["metadata"]["annotations"] = json!({"openshift.io/deployment-config.name": "dc"});
    create(config, Some(owner("v1", "ReplicationController", "dc-1")), none());
}

async fn report(url: &str, options: &CollectOptions) -> ClusterReport {
    let settings = settings(url, &cluster().admin());
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    collect(&source, options, SystemTime::UNIX_EPOCH).await.unwrap()
}

fn options(namespace: &str, details: Details) -> CollectOptions {
    let selector = NamespaceSelector::including([namespace]).unwrap();
    CollectOptions::default().namespaces(selector).details(details)
}

/// The workload of each pod by its image, which has the pod's name.
fn workloads(report: &ClusterReport) -> Vec<String> {
    let rows = report.uses.as_ref().unwrap().rows();
    let mut told: Vec<_> = rows
        .map(|row| {
            format!("{}: {} {}", row.image.repository(), row.workload, row.workload.origin())
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn workloads_are_inferred_without_a_request_and_exact_by_two_in_both_encodings() {
    let namespace = "owners";
    make(namespace);
    let inferred = [
        "backup-x: cronjob/backup inferred".to_owned(),
        "by-hand-x: job/by-hand owner".to_owned(),
        "db-0: statefulset/db owner".to_owned(),
        "dc-1-x: deploymentconfig/dc inferred".to_owned(),
        "debug: pod/debug itself".to_owned(),
        "logs-a: daemonset/logs owner".to_owned(),
        "main-0: database/main owner".to_owned(),
        "mine-7f9c6d5b8-x2x9q: deployment/mine inferred".to_owned(),
        "once-x: job/once owner".to_owned(),
        "proxy-worker-1: staticpod/proxy owner".to_owned(),
        "roll-5c689d88bb-a: rollout/roll inferred".to_owned(),
        "web-7f9c6d5b8-x2x9q: deployment/web inferred".to_owned(),
    ];
    let mut exact = inferred.clone();
    exact[0] = "backup-x: cronjob/backup owner".to_owned();
    exact[1] = "by-hand-x: cronjob/backup owner".to_owned();
    exact[7] = "mine-7f9c6d5b8-x2x9q: replicaset/mine-7f9c6d5b8 owner".to_owned();
    exact[10] = "roll-5c689d88bb-a: rollout/roll owner".to_owned();
    exact[11] = "web-7f9c6d5b8-x2x9q: deployment/web owner".to_owned();
    for json_only in [false, true] {
        for (details, expected, lists) in [
            (Details::default().with_uses(), &inferred, 0),
            (Details::default().with_uses().with_exact_workloads(), &exact, 2),
        ] {
            let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
            let relay = if json_only { relay.json_only() } else { relay };
            let report = report(relay.url(), &options(namespace, details)).await;
            assert_eq!(workloads(&report), *expected, "{json_only}");
            let requests = relay.requests();
            let listed = requests.iter().filter(|it| it.path().starts_with("/apis/")).count();
            assert_eq!(listed, lists, "{requests:?}");
            // Each was created just now, and the server of the test sets no start.
            let since: Vec<_> =
                report.uses.as_ref().unwrap().rows().filter_map(|row| row.since).collect();
            assert_eq!(since.len(), expected.len());
            let hour = Duration::from_secs(3600);
            assert!(since.iter().all(|it| it.elapsed().unwrap_or_default() < hour), "{since:?}");
        }
    }
}

#[tokio::test]
async fn without_the_right_to_list_what_controls_it_is_missing_once_and_workloads_are_inferred() {
    let namespace = "owners-unseen";
    make(namespace);
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some(namespace), &["list"], &["pods"]);
    let settings = settings(cluster().url(), &user.credentials);
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let options = options(namespace, Details::default().with_uses().with_exact_workloads());
    let report = collect(&source, &options, SystemTime::UNIX_EPOCH).await.unwrap();
    assert!(workloads(&report).contains(&"db-0: statefulset/db owner".to_owned()));
    assert!(
        workloads(&report).contains(&"web-7f9c6d5b8-x2x9q: deployment/web inferred".to_owned())
    );
    let missing: Vec<_> = report
        .missing
        .iter()
        .filter(|missing| missing.detail() == Detail::Controllers)
        .map(|missing| chain(missing.error()))
        .collect();
    assert_eq!(missing.len(), 2, "{missing:?}");
    let begin =
        format!("cannot list replicasets in namespace `{namespace}`: the server answered 403");
    assert!(missing.iter().any(|text| text.starts_with(&begin)), "{missing:?}");
}

#[tokio::test]
async fn a_label_selector_is_the_servers_work_and_annotations_are_kais() {
    let namespace = "selected";
    make(namespace);
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let selector: LabelSelector = "team in (a,b),team!=b".parse().unwrap();
    let filter = PodFilter::default().selecting(selector);
    let selected = report(relay.url(), &options(namespace, Details::default()).pods(filter)).await;
    let expected = "selected: mine-7f9c6d5b8-x2x9q:1 web-7f9c6d5b8-x2x9q:1";
    assert_eq!((lines(&selected).as_str(), selected.summary.pods), (expected, 2));
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    let requests = relay.requests();
    let asked = requests.iter().find(|request| request.path() == path).unwrap();
    let query = "team+in+%28a%2Cb%29%2Cteam%21%3Db";
    assert_eq!(asked.query("labelSelector"), Some(query));

    let filter =
        PodFilter::default().excluding(["openshift.io/deployment-config.name=dc".parse().unwrap()]);
    let excluded = report(relay.url(), &options(namespace, Details::default()).pods(filter)).await;
    assert_eq!(excluded.summary.left_out(LeftOutReason::Filter), 1);
    assert_eq!((excluded.summary.pods, excluded.summary.containers), (12, 11));
}
