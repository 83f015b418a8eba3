//! The real binary in a cluster: under the account, roles and configuration that the chart made.
//! All that is missing of the way that a cluster would take is the kubelet.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ContainerFixture, Credentials, Helm, PodFixture, Receiver, wait};

use crate::release::Release;
use crate::support::{Ended, pod};
use crate::{cluster, helm};

/// Makes a namespace with a pod of one image.
fn make(namespace: &str) {
    let web = ContainerFixture::new("web", &format!("{namespace}:1")).running();
    let pod = PodFixture::new(namespace, "web-0").container(web);
    wait(async {
        cluster().api().create_namespace(namespace).await.unwrap();
        cluster().api().create_pod(&pod.to_json()).await.unwrap();
    });
}

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

/// Runs kai as the pod would, but once; `None` where it can't be.
fn run(release: &Release) -> Option<Ended> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kai")).unwrap();
    fs::write(folder.path().join("kai/config.yaml"), release.config()).unwrap();
    let (token, ca) = (release.token(), cluster().ca_pem());
    let files = [("token", &*token), ("ca.crt", &*ca), ("kai/password", "foobar\n")];
    let ended = pod::run(cluster().url(), &release.namespace, &files, |command| {
        command.args(["-m", "adhoc"]).env("XDG_CONFIG_DIRS", folder.path());
    })?;
    let read = format!("{}/kai/config.yaml", folder.path().display());
    assert!(ended.stderr.contains(&read), "the configuration is not read: {}", ended.stderr);
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
