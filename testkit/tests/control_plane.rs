//! Starting a control plane, its users and its clients.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use serde_json::json;
use testkit::{ControlPlane, Credentials, Error, Method, Options, wait};

#[test]
fn the_server_reports_the_version_it_was_built_from() {
    let version = wait(ControlPlane::shared().api().get("/version")).unwrap();
    let expected = std::env::var_os("KUBEBUILDER_ASSETS")
        .is_none()
        .then(|| format!("v{}", testkit::KUBERNETES_VERSION));
    if let Some(expected) = expected {
        assert_eq!(version["gitVersion"], expected);
    }
    assert_eq!(version["major"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_stop_the_client() {
    let api = ControlPlane::shared().api();
    let before = tokio::time::Instant::now();
    let namespaces = api.list("/api/v1/namespaces").await.unwrap();
    assert!(namespaces.len() >= 4, "{namespaces:?}");
    assert_eq!(before.elapsed(), std::time::Duration::ZERO);
}

#[test]
fn connections_survive_the_runtime_of_the_test_that_opened_them() {
    let api = ControlPlane::shared().api();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(api.get("/api/v1/namespaces")).unwrap();
    }
}

#[test]
fn a_fresh_user_may_do_exactly_what_was_granted() {
    let cluster = ControlPlane::shared();
    wait(cluster.api().create_namespace("rights")).unwrap();
    let user = cluster.fresh_user();
    let api = cluster.api_as(&user.credentials);
    let status =
        |path: &'static str| wait(api.request(Method::GET, path, None)).unwrap().status.as_u16();
    assert_eq!(status("/api/v1/namespaces/rights/pods"), 403);

    cluster.grant(&user.name, Some("rights"), &["list"], &["pods"]);
    assert_eq!(status("/api/v1/namespaces/rights/pods"), 200);
    assert_eq!(status("/api/v1/pods"), 403);
    assert_eq!(status("/api/v1/nodes"), 403);

    cluster.grant(&user.name, None, &["list"], &["nodes", "pods"]);
    assert_eq!(status("/api/v1/pods"), 200);
    assert_eq!(status("/api/v1/nodes"), 200);
    assert_eq!(status("/api/v1/namespaces"), 403);
}

#[test]
fn wrong_and_missing_tokens_are_refused() {
    let cluster = ControlPlane::shared();
    for (credentials, expected) in
        [(Credentials::Token("wrong".to_owned()), 401), (Credentials::Anonymous, 403)]
    {
        let answer = wait(cluster.api_as(&credentials).get("/api/v1/pods"));
        assert!(
            matches!(answer, Err(Error::Refused { status, .. }) if status == expected),
            "{credentials:?}: {answer:?}"
        );
    }
}

#[test]
fn a_service_account_logs_in_with_an_issued_token() {
    let cluster = ControlPlane::shared();
    wait(cluster.api().create_namespace("accounts")).unwrap();
    let user = cluster.service_account("accounts", "reader");
    cluster.grant(&user.name, None, &["list"], &["pods"]);
    wait(cluster.api_as(&user.credentials).list("/api/v1/pods")).unwrap();
}

#[test]
fn kubectl_logs_in_with_a_client_certificate() {
    let cluster = ControlPlane::shared();
    let user = cluster.client_certificate("jane", Some("system:masters"));
    let kubeconfig = cluster.write_kubeconfig(&user.credentials);
    let kubeconfig = kubeconfig.path().to_str().unwrap();
    let output = cluster.kubectl(&["--kubeconfig", kubeconfig, "auth", "whoami", "-o", "json"]);
    assert!(output.status.success(), "{output:?}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["status"]["userInfo"]["username"], "jane");
}

#[test]
fn a_deleted_namespace_is_gone_with_its_pods() {
    let api = ControlPlane::shared().api();
    wait(async {
        api.create_namespace("short-lived").await.unwrap();
        let pod = json!({
            "metadata": {"name": "web", "namespace": "short-lived"},
            "spec": {"containers": [{"name": "web", "image": "nginx"}], "nodeName": "node-1"},
            "status": {"phase": "Running"},
        });
        let created = api.create_pod(&pod).await.unwrap();
        assert_eq!(created["status"]["phase"], "Running");
        api.delete_namespace("short-lived").await.unwrap();
        let gone = api.get("/api/v1/namespaces/short-lived").await;
        assert!(matches!(gone, Err(Error::Refused { status: 404, .. })), "{gone:?}");
        let pods = api.list("/api/v1/namespaces/short-lived/pods").await.unwrap();
        assert!(pods.is_empty(), "{pods:?}");
    });
}

#[test]
fn a_refused_argument_fails_the_start_with_the_servers_own_words() {
    let options = Options::default().apiserver_argument("--no-such-argument");
    let Err(Error::Start { server, reason, log }) = ControlPlane::start(&options) else {
        panic!("an unknown argument must not start");
    };
    assert_eq!(server, "kube-apiserver");
    assert!(reason.contains("exit code 1"), "{reason}");
    assert!(log.contains("no-such-argument"), "{log}");
}

#[test]
fn a_stopped_apiserver_comes_back_on_its_port_with_its_data() {
    let cluster = ControlPlane::start(&Options::default()).unwrap();
    let api = cluster.api();
    wait(api.create_namespace("kept")).unwrap();
    cluster.stop_apiserver();
    let answer = wait(api.get("/api/v1/namespaces/kept"));
    assert!(matches!(answer, Err(Error::Unanswered { .. })), "{answer:?}");
    cluster.start_apiserver();
    wait(api.get("/api/v1/namespaces/kept")).unwrap();
}

#[test]
fn compaction_expires_continue_tokens_with_410_and_a_fresh_token() {
    let cluster = ControlPlane::start(&Options::default().without_list_snapshots()).unwrap();
    assert_tokens_expire(&cluster);
}

#[test]
fn continue_tokens_expire_from_snapshots_too() {
    let cluster = ControlPlane::start(&Options::default()).unwrap();
    assert_tokens_expire(&cluster);
}

fn assert_tokens_expire(cluster: &ControlPlane) {
    let api = cluster.api();
    for name in ["a", "b", "c"] {
        let pod = json!({
            "metadata": {"name": name},
            "spec": {"containers": [{"name": "web", "image": "nginx"}]},
        });
        wait(api.create_pod(&pod)).unwrap();
    }
    let page = wait(api.get("/api/v1/pods?limit=1")).unwrap();
    let next = |page: &serde_json::Value| {
        let token = page["metadata"]["continue"].as_str().expect("there are more pages");
        format!("/api/v1/pods?limit=1&continue={token}")
    };
    let second = wait(api.get(&next(&page))).unwrap();
    assert_eq!(second["items"][0]["metadata"]["name"], "b");

    let start = std::time::Instant::now();
    cluster.expire_continue_tokens();
    eprintln!("expired in {:?}", start.elapsed());

    let expired = wait(api.request(Method::GET, &next(&page), None)).unwrap();
    assert_eq!(expired.status.as_u16(), 410, "{expired:?}");
    let status = expired.json();
    assert_eq!(status["reason"], "Expired");
    let resumed = wait(api.get(&next(&status))).unwrap();
    assert_eq!(resumed["items"][0]["metadata"]["name"], "b");
}
