//! The real binary in a cluster: under the account, roles and configuration that the chart made.
//! All that is missing of the way that a cluster would take is the kubelet.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ContainerFixture, Credentials, Helm, PodFixture, Receiver, wait};

use crate::release::Release;
use crate::support::daemon::{Daemon, get, wait_for};
use crate::support::pod::Pod;
use crate::support::{Ended, make};
use crate::{cluster, helm};

/// Whether the pod's account may do something, once the API server says what is expected: it
/// learns of a role and its binding by a watch.
fn until(release: &Release, expected: bool, verb: &str, resource: &str, namespace: Option<&str>) {
    let account = &release.deployment()["spec"]["template"]["spec"]["serviceAccountName"];
    let account = account.as_str().unwrap();
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": format!("system:serviceaccount:{}:{account}", release.namespace),
            "resourceAttributes": {"verb": verb, "resource": resource, "namespace": namespace},
        },
    });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let deadline = Instant::now() + Duration::from_secs(30);
    while wait(cluster().api().post(path, &review)).unwrap()["status"]["allowed"] != expected {
        assert!(Instant::now() < deadline, "{verb} {resource} is never {expected}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Leaves the rules for a resource out of a release's `ClusterRole`.
fn take_away(release: &Release, resource: &str) {
    let role =
        format!("/apis/rbac.authorization.k8s.io/v1/clusterroles/{}-kai-read-only", release.name);
    let mut rules = wait(cluster().api().get(&role)).unwrap()["rules"].take();
    let before = rules.as_array().unwrap().len();
    rules.as_array_mut().unwrap().retain(|rule| rule["resources"] != json!([resource]));
    assert_eq!(rules.as_array().unwrap().len(), before - 1, "{resource}");
    wait(cluster().api().merge_patch(&role, &json!({"rules": rules}))).unwrap();
    until(release, false, "list", resource, None);
}

/// The pod of a release; `None` where it can't be run.
fn pod(release: &Release) -> Option<Pod> {
    let pod = Pod::new(&release.namespace, &[])?;
    for (path, text) in release.files() {
        pod.put(&path, &text);
    }
    pod.put("token", &release.token());
    pod.put("ca.crt", &cluster().ca_pem());
    Some(pod)
}

/// Runs kai as the pod would, but once; `None` where it can't be.
fn run(release: &Release) -> Option<Ended> {
    let ended = Ended::of(pod(release)?.command(cluster().url()).args(["-m", "adhoc"]));
    let read = "configuration from `/etc/xdg/kai/config.yaml`";
    assert!(ended.stderr.contains(read), "it is not read: {}", ended.stderr);
    Some(ended)
}

fn install(helm: &Helm, name: &'static str, files: &[&str], settings: &[&str]) -> Release {
    let release = Release::new(name);
    release.install(helm, files, settings);
    release
}

fn namespaces(ended: &Ended) -> Vec<(String, usize)> {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let results = report["results"].as_array().unwrap().iter();
    let count = |result: &Value| result["images"].as_array().unwrap().len();
    results.map(|it| (it["namespace"].as_str().unwrap().to_owned(), count(it))).collect()
}

#[test]
fn kai_runs_under_the_rights_of_the_chart() {
    let Some(helm) = helm() else { return };
    make("listed");
    for (name, files) in [("plain", &[][..]), ("old-run", &["go_kai"])] {
        let release = install(helm, name, files, &[]);
        until(&release, true, "list", "namespaces", None);
        let Some(ended) = run(&release) else { return };
        let namespaces = namespaces(&ended);
        assert!(namespaces.contains(&("listed".to_owned(), 1)), "{name}: {namespaces:?}");
        assert!(namespaces.iter().any(|(namespace, _)| namespace == "kube-system"));
    }
}

#[test]
fn a_role_in_each_namespace_suffices_for_these() {
    let Some(helm) = helm() else { return };
    make("chart-one");
    // Without pods: kai asks whether it exists.
    wait(cluster().api().create_namespace("chart-two")).unwrap();
    let release = install(helm, "narrow-run", &["namespaced"], &[]);
    until(&release, true, "list", "pods", Some("chart-two"));
    let Some(ended) = run(&release) else { return };
    let expected = [("chart-one".to_owned(), 1), ("chart-two".to_owned(), 0)];
    assert_eq!(namespaces(&ended), expected);
    assert!(!ended.stderr.contains("warn"), "{}", ended.stderr);

    // The Role's right to its own namespace is one that the server knows, and no more than that.
    let api = cluster().api_as(&Credentials::Token(release.token()));
    let status = |path: &str| wait(api.request(testkit::Method::GET, path, None)).unwrap().status;
    assert_eq!(status("/api/v1/namespaces/chart-two"), 200);
    for path in ["/api/v1/namespaces/default", "/api/v1/namespaces", "/api/v1/pods"] {
        assert_eq!(status(path), 403, "{path}");
    }
}

#[test]
fn kai_watches_under_the_rights_of_the_chart() {
    let Some(helm) = helm() else { return };
    make("watched");
    let roles =
        ["kai.mode=watch", "rbac.namespaced=true", "kai.namespaceSelectors.include={watched}"];
    for (name, settings) in [("watching", &roles[..1]), ("watching-one", &roles)] {
        let listed = [settings, &["kai.listenInventory=true", "kai.watch.quietSeconds=1"]].concat();
        let release = install(helm, name, &[], &listed);
        until(&release, true, "watch", "pods", Some("watched"));
        let Some(pod) = pod(&release) else { return };
        let daemon = Daemon::start(pod.command(cluster().url()).env("KAI_LISTEN", "127.0.0.1:0"));
        let address = daemon.address();
        let inventory = || get(&address, "/inventory").1;
        wait_for("watching", || {
            get(&address, "/metrics").1.contains("kai_watching 1").then_some(())
        });
        let image = format!("registry.example/{name}:1");
        assert!(!inventory().contains(&image));
        let container = ContainerFixture::new("app", &image).running();
        let came = PodFixture::new("watched", name).container(container);
        wait(cluster().api().create_pod(&came.to_json())).unwrap();
        wait_for("the pod that came", || inventory().contains(&image).then_some(()));
        let log = daemon.terminate();
        let warned = log.lines().filter(|line| line.starts_with("warn"));
        // All that there is to say is that anybody may read it.
        assert!(warned.clone().all(|line| line.contains("listen-inventory")), "{log}");
        assert!(!log.contains("error"), "{log}");
    }
}

#[test]
fn a_right_that_is_missing_ends_the_run_and_is_named() {
    let Some(helm) = helm() else { return };
    for (name, resource) in [("without-pods", "pods"), ("without-namespaces", "namespaces")] {
        let release = install(helm, name, &[], &[]);
        until(&release, true, "list", resource, None);
        take_away(&release, resource);
        let Some(ended) = run(&release) else { return };
        assert_eq!((ended.code, &*ended.stdout), (Some(3), ""), "{}", ended.stderr);
        let account = format!("system:serviceaccount:{}:{name}-kai", release.namespace);
        for part in [&account, &format!("cannot list resource \"{resource}\"")] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
    }
}

#[test]
fn nodes_may_be_listed_only_where_reports_may_have_them() {
    let Some(helm) = helm() else { return };
    let url = "kai.anchore.url=https://anchore.example";
    for (name, settings, may) in [
        ("nowhere", &[][..], false),
        ("to-v1", &[url, "kai.anchore.api=v1"], false),
        ("to-v2", &[url, "kai.anchore.api=v2"], true),
        ("to-either", &[url], true),
    ] {
        let release = install(helm, name, &["go_kai"], settings);
        until(&release, true, "list", "pods", None);
        let api = cluster().api_as(&Credentials::Token(release.token()));
        let answer = wait(api.request(testkit::Method::GET, "/api/v1/nodes", None)).unwrap();
        assert_eq!(answer.status == 200, may, "{name}");
        for path in ["/api/v1/secrets", "/api/v1/configmaps", "/apis/apps/v1/deployments"] {
            let answer = wait(api.request(testkit::Method::GET, path, None)).unwrap();
            assert_eq!(answer.status, 403, "{name}: {path}");
        }
    }
}

#[test]
fn what_controls_pods_may_be_listed_only_where_workloads_are_looked_up() {
    let Some(helm) = helm() else { return };
    for (name, settings, may) in
        [("inferred", &[][..], false), ("exact", &["kai.attribution=exact"], true)]
    {
        let release = install(helm, name, &["go_kai"], settings);
        until(&release, true, "list", "pods", None);
        let api = cluster().api_as(&Credentials::Token(release.token()));
        for path in ["/apis/apps/v1/replicasets", "/apis/batch/v1/jobs"] {
            let answer = wait(api.request(testkit::Method::GET, path, None)).unwrap();
            assert_eq!(answer.status == 200, may, "{name}: {path}");
        }
    }
}

#[test]
fn nodes_that_may_not_be_listed_are_a_warning() {
    let Some(helm) = helm() else { return };
    make("delivered");
    let anchore = Receiver::plain(testkit::anchore(2));
    let url = format!("kai.anchore.url={}", anchore.url());
    let release = install(helm, "without-nodes", &["go_kai"], &[&url, "kai.anchore.api=v2"]);
    until(&release, true, "list", "nodes", None);
    take_away(&release, "nodes");
    let Some(ended) = run(&release) else { return };
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let warning =
        ended.stderr.lines().find(|line| line.starts_with("warn") && line.contains("nodes"));
    assert!(warning.is_some(), "{}", ended.stderr);
    let report = anchore.requests().pop().unwrap();
    let report: Value = serde_json::from_slice(&report.body).unwrap();
    assert_eq!(report["nodes"], json!([]));
    assert!(!report["pods"].as_array().unwrap().is_empty());
}

#[test]
fn kai_delivers_again_and_again_and_takes_the_password_that_the_secret_has_now() {
    let Some(helm) = helm() else { return };
    make("repeated");
    let anchore = Receiver::start(testkit::anchore(2));
    let url = format!("kai.anchore.url={}", anchore.url());
    let ca = format!("kai.anchore.http.caCert={}", anchore.ca_pem());
    let settings = [
        &url,
        &ca,
        "kai.anchore.http.insecure=false",
        "kai.anchore.spool=true",
        "kai.pollingIntervalSeconds=1",
    ];
    let release = install(helm, "repeated", &["go_kai"], &settings);
    for resource in ["pods", "namespaces", "nodes"] {
        until(&release, true, "list", resource, None);
    }
    let Some(pod) = pod(&release) else { return };
    // All but the port, which another test or program may have.
    let daemon = Daemon::start(pod.command(cluster().url()).env("KAI_LISTEN", "127.0.0.1:0"));
    let with = |login: &str| {
        let mut requests = anchore.requests();
        requests.retain(|it| it.method == "POST" && it.header("authorization") == Some(login));
        requests
    };
    let old = "Basic YWRtaW46Zm9vYmFy"; // admin:foobar
    wait_for("three reports", || (with(old).len() > 2).then_some(()));
    let report: Value = serde_json::from_slice(&with(old).pop().unwrap().body).unwrap();
    let pods = report["pods"].as_array().unwrap();
    assert!(pods.iter().any(|pod| pod["name"] == "web-0"), "{report}");
    let address = daemon.address();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&address, path).0, 200, "{path}");
    }

    pod.put("/var/run/secrets/kai/password", "rotated");
    let new = "Basic YWRtaW46cm90YXRlZA=="; // admin:rotated
    wait_for("a report with the new password", || (!with(new).is_empty()).then_some(()));
    let log = daemon.terminate();
    assert!(!log.contains("warn") && !log.contains("error"), "{log}");
}
