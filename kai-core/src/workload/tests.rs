use std::time::{Duration, SystemTime};

use super::*;

fn pod(name: &str, owner: (&str, &str, &str)) -> Pod {
    Pod::new("shop", name).with_owner(OwnerReference::new(owner.0, owner.1, owner.2))
}

/// A time so many minutes after the epoch.
fn minutes(minutes: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(minutes * 60)
}

const MINUTE: u64 = 29_755_320;
const DAY: u64 = 24 * 60;

/// What a pod of this Job, created at a minute, belongs to.
fn of_job(job: &str, created: u64) -> String {
    told(&pod("p", ("batch/v1", "Job", job)).with_created(minutes(created)))
}

fn told(pod: &Pod) -> String {
    let workload = Workload::from(pod);
    format!("{workload} {}", workload.origin())
}

#[test]
fn a_controller_is_the_workload() {
    let table = [
        (("apps/v1", "StatefulSet", "db"), "statefulset/db owner"),
        (("apps/v1", "DaemonSet", "logs"), "daemonset/logs owner"),
        (("v1", "ReplicationController", "old"), "replicationcontroller/old owner"),
        (("batch/v1", "Job", "once"), "job/once owner"),
        (("example.com/v1", "Database", "main"), "database/main owner"),
        (("apps/v1", "ReplicaSet", "bare"), "replicaset/bare owner"),
    ];
    for (owner, expected) in table {
        assert_eq!(told(&pod("p", owner)), expected);
    }
    assert_eq!(told(&Pod::new("shop", "debug")), "pod/debug itself");
}

#[test]
fn a_replica_set_that_ends_in_the_hash_of_its_pods_is_a_deployments() {
    let of = |owner: (&str, &str, &str), label: (&str, &str)| {
        told(&pod("p", owner).with_label(label.0, label.1))
    };
    let set = |name| ("apps/v1", "ReplicaSet", name);
    let hash = |hash| (DEPLOYMENT_HASH, hash);
    assert_eq!(of(set("web-7f9c6d5b8"), hash("7f9c6d5b8")), "deployment/web inferred");
    assert_eq!(of(set("a-b-7f9c6d5b8x"), hash("7f9c6d5b8x")), "deployment/a-b inferred");
    // A pattern would take these for ones of a Deployment.
    assert_eq!(of(set("web-7f9c6d5b8"), hash("6d5b8")), "replicaset/web-7f9c6d5b8 owner");
    assert_eq!(of(set("web-7f9c6d5b8"), hash("")), "replicaset/web-7f9c6d5b8 owner");
    assert_eq!(of(set("web7f9c6d5b8"), hash("7f9c6d5b8")), "replicaset/web7f9c6d5b8 owner");
    assert_eq!(of(set("-7f9c6d5b8"), hash("7f9c6d5b8")), "replicaset/-7f9c6d5b8 owner");
    // Of another group, or another kind, it says nothing.
    let other = ("example.com/v1", "ReplicaSet", "web-7f9c6d5b8");
    assert_eq!(of(other, hash("7f9c6d5b8")), "replicaset/web-7f9c6d5b8 owner");
    let stateful = ("apps/v1", "StatefulSet", "web-7f9c6d5b8");
    assert_eq!(of(stateful, hash("7f9c6d5b8")), "statefulset/web-7f9c6d5b8 owner");
    // Argo's Rollout has a label of its own.
    let label = (ROLLOUT_HASH, "7f9c6d5b8");
    assert_eq!(of(set("web-7f9c6d5b8"), label), "rollout/web inferred");
}

#[test]
fn a_job_that_ends_in_its_minute_is_a_cron_jobs() {
    let job = format!("backup-{MINUTE}");
    let cron = "cronjob/backup inferred";
    let itself = format!("job/{job} owner");
    for (created, expected) in [
        (MINUTE, cron),
        (MINUTE + 7 * DAY, cron),
        (MINUTE + 7 * DAY + 1, &itself),
        (MINUTE - DAY, cron),
        (MINUTE - DAY - 1, &itself),
    ] {
        assert_eq!(of_job(&job, created), expected);
    }
    let cases =
        ["backup", "backup-2975532", "backup-297553200", "backup-2975532a", "backup-manual"];
    for job in cases {
        assert_eq!(of_job(job, MINUTE), format!("job/{job} owner"));
    }
    assert_eq!(of_job(&format!("-{MINUTE}"), MINUTE), format!("job/-{MINUTE} owner"));
    let without_time = pod("p", ("batch/v1", "Job", &job));
    assert_eq!(told(&without_time), itself);
    let volcano = pod("p", ("batch.volcano.sh/v1", "Job", &job)).with_created(minutes(MINUTE));
    assert_eq!(told(&volcano), itself);
}

/// What follows from names may be wrong; it always says that it was inferred.
#[test]
fn where_inference_lies_it_is_marked() {
    let set = |name: &str, hash: &str| {
        told(&pod("p", ("apps/v1", "ReplicaSet", name)).with_label(DEPLOYMENT_HASH, hash))
    };
    // The name of a Deployment is cut where that of its ReplicaSet would be too long.
    let cut = "d".repeat(242);
    assert_eq!(
        set(&format!("{cut}-7f9c6d5b8x"), "7f9c6d5b8x"),
        format!("deployment/{cut} inferred")
    );
    // A ReplicaSet that was made by hand, with the label of another.
    assert_eq!(set("mine-7f9c6d5b8", "7f9c6d5b8"), "deployment/mine inferred");
    // A Job that was made by hand, and ends in a plausible minute.
    assert_eq!(of_job(&format!("mine-{MINUTE}"), MINUTE + 5), "cronjob/mine inferred");
    // `kubectl create job --from=cronjob/backup` takes any name: it stays a Job, which is not wrong.
    assert_eq!(of_job("backup-by-hand", MINUTE), "job/backup-by-hand owner");
}

#[test]
fn a_static_pod_is_named_without_its_node() {
    let owner = ("v1", "Node", "worker-1");
    assert_eq!(told(&pod("kube-proxy-worker-1", owner)), "staticpod/kube-proxy owner");
    assert_eq!(told(&pod("kube-proxy", owner)), "staticpod/kube-proxy owner");
    assert_eq!(told(&pod("-worker-1", owner)), "staticpod/-worker-1 owner");
}

#[test]
fn a_replication_controller_of_openshift_is_a_deployment_config() {
    let owner = ("v1", "ReplicationController", "web-3");
    let of_config = pod("p", owner).with_annotation(DEPLOYMENT_CONFIG, "web");
    assert_eq!(told(&of_config), "deploymentconfig/web inferred");
    let other =
        pod("p", ("apps/v1", "StatefulSet", "db")).with_annotation(DEPLOYMENT_CONFIG, "web");
    assert_eq!(told(&other), "statefulset/db owner");
}
