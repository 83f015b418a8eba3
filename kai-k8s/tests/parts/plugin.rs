//! Credentials plugins: small shell scripts that count their runs.

mod ending;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use kai_core::SourceErrorKind;
use kai_k8s::{ClusterPodSource, ClusterSettings, Overrides};
use serde_json::json;
use tempfile::TempDir;
use testkit::{Credentials, Fault, FaultRelay, wait};

use super::{chain, cluster, later, lines, make, only, quick, run, token};

const V1: &str = "client.authentication.k8s.io/v1";

/// A folder with a plugin's script, its count of runs, and a kubeconfig that names it.
pub(super) struct Plugin {
    folder: TempDir,
    server: String,
    exec: serde_json::Value,
    cluster: serde_json::Value,
}

impl Plugin {
    /// A plugin whose script ends with this; before that it counts. `$n` is the number of the run.
    pub(super) fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let counting = format!(
            "echo run >> {0}/runs\nn=$(wc -l < {0}/runs)\ncd {0}\n{script}\n",
            folder.path().display()
        );
        fs::write(folder.path().join("script"), counting).unwrap();
        let script = folder.path().join("script");
        let exec = json!({
            "apiVersion": V1, "command": "sh", "args": [script], "interactiveMode": "Never",
        });
        Self { folder, server: cluster().url().to_owned(), exec, cluster: json!({}) }
    }

    /// A plugin that prints these statuses, one for each run, the last again and again.
    pub(super) fn printing(statuses: &[serde_json::Value]) -> Self {
        let plugin = Self::new(&format!("[ $n -gt {0} ] && n={0}\ncat answer-$n", statuses.len()));
        for (number, status) in statuses.iter().enumerate() {
            let answer = json!({"kind": "ExecCredential", "apiVersion": V1, "status": status});
            fs::write(plugin.path(&format!("answer-{}", number + 1)), answer.to_string()).unwrap();
        }
        plugin
    }

    fn via(mut self, server: &str) -> Self {
        server.clone_into(&mut self.server);
        self
    }

    fn with(mut self, field: &str, value: serde_json::Value) -> Self {
        self.exec[field] = value;
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn settings(&self) -> ClusterSettings {
        let mut at = self.cluster.clone();
        at["server"] = json!(self.server);
        if self.server.starts_with("https") {
            at["certificate-authority"] = json!("ca.pem");
            fs::write(self.path("ca.pem"), cluster().ca_pem()).unwrap();
        }
        let config = json!({
            "clusters": [{"name": "c", "cluster": at}],
            "users": [{"name": "u", "user": {"exec": self.exec}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        });
        fs::write(self.path("config"), config.to_string()).unwrap();
        ClusterSettings::Kubeconfig { path: self.path("config"), overrides: Overrides::default() }
    }

    pub(super) fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    async fn refused(&self) -> String {
        self.refused_within(Duration::from_secs(20)).await
    }

    async fn refused_within(&self, timeout: Duration) -> String {
        let options = quick().plugin_timeout(timeout);
        match ClusterPodSource::connect(&self.settings(), options).await {
            Ok(_) => panic!("the plugin is content"),
            Err(error) => {
                assert!(!error.is_configuration(), "{error}");
                chain(&error).replace(&self.folder.path().display().to_string(), "FOLDER")
            }
        }
    }
}

fn admin() -> String {
    token(&cluster().admin())
}

/// A time from now, as plugins print it.
fn after(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

#[tokio::test]
async fn a_plugin_runs_once_however_many_requests_there_are() {
    make("once", &[("a", 2), ("b", 1), ("c", 1)]);
    let plugin = Plugin::printing(&[json!({"token": admin()})]);
    let source = ClusterPodSource::connect(&plugin.settings(), quick()).await.unwrap();
    let names = only(&["once-a", "once-b", "once-c"]);
    for _ in 0..3 {
        let collected = kai_core::collect(&source, &names, std::time::UNIX_EPOCH).await.unwrap();
        assert_eq!(collected.summary.pods, 4);
    }
    assert_eq!(plugin.runs(), 1);
}

#[tokio::test]
async fn a_client_certificate_of_a_plugin_is_shown_to_the_server() {
    make("issued", &[("a", 1)]);
    let user = cluster().client_certificate("issued-user", None);
    cluster().grant("issued-user", Some("issued-a"), &["list"], &["pods"]);
    let Credentials::Certificate { certificate, key } = user.credentials else { panic!() };
    let plugin = Plugin::printing(&[json!({
        "clientCertificateData": certificate, "clientKeyData": key, "expirationTimestamp": after(600),
    })]);
    let collected = run(&plugin.settings(), quick(), &only(&["issued-a"])).await.unwrap();
    assert_eq!(lines(&collected), "issued-a: issued-a:1");
    let error = run(&plugin.settings(), quick(), &only(&["default"])).await.unwrap_err();
    assert!(chain(&error).contains(r#"User "issued-user" cannot list"#), "{}", chain(&error));
    assert_eq!(plugin.runs(), 2, "one for each client");
}

#[tokio::test]
async fn a_plugin_runs_once_per_expiry_also_in_the_middle_of_a_list() {
    make("expiry", &[("a", 12), ("b", 12)]);
    let user = cluster().fresh_user();
    for namespace in ["expiry-a", "expiry-b"] {
        cluster().grant(&user.name, Some(namespace), &["list"], &["pods"]);
    }
    let relay = FaultRelay::start(cluster(), |_| Fault::Delay(Duration::from_millis(300)));
    let plugin = Plugin::printing(&[
        json!({"token": token(&user.credentials), "expirationTimestamp": after(3)}),
        json!({"token": admin(), "expirationTimestamp": after(3600)}),
    ])
    .via(relay.url());
    let names = only(&["expiry-a", "expiry-b"]);
    let collected = run(&plugin.settings(), quick().page_size(1), &names).await.unwrap();
    assert_eq!(collected.summary.pods, 24);
    assert_eq!(plugin.runs(), 2);

    let requests = relay.requests();
    let lists: Vec<_> =
        requests.iter().filter(|request| request.path().ends_with("pods")).collect();
    assert_eq!(lists.len(), 24, "nothing was refused and asked for again");
    let mut tokens: Vec<_> =
        lists.iter().map(|list| list.header("authorization").unwrap()).collect();
    tokens.dedup();
    assert_eq!(
        tokens,
        [format!("Bearer {}", token(&user.credentials)), format!("Bearer {}", admin())]
    );
}

#[tokio::test]
async fn a_plugin_runs_again_once_when_the_server_refuses_its_token() {
    make("again", &[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
    let plugin = Plugin::printing(&[json!({"token": "expired"}), json!({"token": admin()})]);
    let names = only(&["again-a", "again-b", "again-c", "again-d"]);
    let collected = run(&plugin.settings(), quick(), &names).await.unwrap();
    assert_eq!(collected.summary.pods, 4);
    assert_eq!(plugin.runs(), 2, "all requests were refused, and one run helped all of them");
}

/// A plugin has a time of its own, also for those that wait for their turn meanwhile.
#[tokio::test]
async fn requests_that_wait_while_a_plugin_takes_longer_than_they_may_are_not_given_up() {
    make("patient", &[("a", 1)]);
    let answer = |token: &str| json!({"kind": "ExecCredential", "apiVersion": V1, "status": {"token": token}});
    let (expired, good) = (answer("expired"), answer(&admin()));
    let plugin =
        Plugin::new(&format!("[ $n = 1 ] && echo '{expired}' || {{ sleep 4; echo '{good}'; }}"));
    let options = quick().request_timeout(Duration::from_secs(2));
    let options = options.max_in_flight(std::num::NonZeroUsize::MIN);
    // Namespaces and pods are asked for at the same time, and one of them has the only turn.
    let collected = run(&plugin.settings(), options, &only(&[])).await.unwrap();
    assert!(collected.inventory.namespace("patient-a").is_some());
}

#[tokio::test]
async fn a_token_that_stays_refused_is_final() {
    let plugin = Plugin::printing(&[json!({"token": "expired"})]);
    let error = run(&plugin.settings(), quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unauthenticated);
    assert!(plugin.runs() <= 3, "the list's and the version's: {}", plugin.runs());
}

#[tokio::test]
async fn a_plugin_that_fails_in_the_middle_fails_the_run_once_for_all() {
    let expired =
        json!({"kind": "ExecCredential", "apiVersion": V1, "status": {"token": "expired"}});
    let plugin =
        Plugin::new(&format!("[ $n = 1 ] || {{ echo 'no more' >&2; exit 3; }}; echo '{expired}'"));
    let names = only(&["default", "kube-system", "kube-public"]);
    let source = ClusterPodSource::connect(&plugin.settings(), quick()).await.unwrap();
    let (pods, version) = futures_util::future::join(
        kai_core::collect(&source, &names, std::time::UNIX_EPOCH),
        source.server_version(),
    )
    .await;
    for error in [pods.unwrap_err(), version.unwrap_err()] {
        assert_eq!(error.kind(), SourceErrorKind::Unauthenticated);
        assert!(
            chain(&error).ends_with("it ended with exit status: 3: no more"),
            "{}",
            chain(&error)
        );
    }
    assert_eq!(plugin.runs(), 2);
}

#[tokio::test]
async fn a_token_is_kept_while_it_lasts_though_its_plugin_fails() {
    let status = json!({"token": admin(), "expirationTimestamp": after(600)});
    let answer = json!({"kind": "ExecCredential", "apiVersion": V1, "status": status});
    let plugin = Plugin::new(&format!("[ $n = 1 ] || exit 3; echo '{answer}'"));
    let source = ClusterPodSource::connect(&plugin.settings(), quick()).await.unwrap();
    let runs = async |seconds| {
        later(seconds).await;
        let result = source.server_version().await;
        (result.map(drop).map_err(|error| chain(&error)), plugin.runs())
    };
    assert_eq!(runs(560).await, (Ok(()), 1));
    assert_eq!(runs(20).await, (Ok(()), 2), "20 s before its end");
    assert_eq!(runs(1).await, (Ok(()), 2), "not for each request");
    let (result, count) = runs(30).await;
    let why = result.unwrap_err();
    assert!(why.contains("the credentials could not be renewed: the credentials plugin"), "{why}");
    assert_eq!(count, 3, "after its end");
}

#[tokio::test]
async fn a_plugin_is_told_of_the_cluster_and_gets_its_arguments_and_variables() {
    let mut plugin =
        Plugin::new("env > seen; echo \"$1\" >> seen; read word; echo input: $? >> seen; exit 1")
            .with("provideClusterInfo", json!(true))
            .with("env", json!([{"name": "KAI_TEST", "value": "of the file"}]));
    plugin.exec["args"].as_array_mut().unwrap().push(json!("an argument"));
    plugin.cluster = json!({
        "tls-server-name": "localhost",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "kai"}}],
    });
    let _ = plugin.refused().await;
    let seen = fs::read_to_string(plugin.path("seen")).unwrap();
    let lines: HashSet<_> = seen.lines().collect();
    for line in ["KAI_TEST=of the file", "an argument", "input: 1"] {
        assert!(lines.contains(line), "{line} in {seen}");
    }
    let info = seen.lines().find_map(|line| line.strip_prefix("KUBERNETES_EXEC_INFO=")).unwrap();
    let info: serde_json::Value = serde_json::from_str(info).unwrap();
    let ca = BASE64.encode(cluster().ca_pem());
    assert_eq!(
        info,
        json!({
            "kind": "ExecCredential", "apiVersion": V1,
            "spec": {"interactive": false, "cluster": {
                "server": cluster().url(), "certificate-authority-data": ca,
                "tls-server-name": "localhost", "config": {"audience": "kai"},
            }},
        })
    );
}

#[tokio::test]
async fn a_command_with_a_separator_is_beside_the_kubeconfig() {
    let plugin =
        Plugin::printing(&[json!({"token": admin()})]).with("command", json!("bin/plugin"));
    fs::create_dir(plugin.path("bin")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", plugin.path("bin/plugin")).unwrap();
    run(&plugin.settings(), quick(), &only(&["default"])).await.unwrap();
    assert_eq!(plugin.runs(), 1);
}

#[tokio::test]
async fn an_older_version_of_the_contract_is_spoken_too() {
    let beta = "client.authentication.k8s.io/v1beta1";
    let answer =
        json!({"kind": "ExecCredential", "apiVersion": beta, "status": {"token": admin()}});
    let mut plugin = Plugin::new(&format!("echo '{answer}'")).with("apiVersion", json!(beta));
    plugin.exec.as_object_mut().unwrap().remove("interactiveMode");
    run(&plugin.settings(), quick(), &only(&["default"])).await.unwrap();
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_with_what_it_says_and_never_with_what_it_prints() {
    let secret = "echo a-secret;";
    let long = format!("{secret} printf '\\033[31m%0300d' 7 >&2; exit 1");
    let rows = [
        ("exit", Plugin::new(&format!("{secret} echo 'log in' >&2; echo '  first' >&2; exit 3"))),
        ("nothing said", Plugin::new(&format!("{secret} exit 3"))),
        ("long", Plugin::new(&long)),
        ("signal", Plugin::new(&format!("{secret} kill -9 $$"))),
        ("no answer", Plugin::new("echo 'log in' >&2")),
        ("another answer", Plugin::new(secret)),
        ("endless", Plugin::new("yes a-secret")),
        (
            "missing",
            Plugin::new("")
                .with("command", json!("kai-no-such"))
                .with("installHint", json!("brew install\nit")),
        ),
        ("missing file", Plugin::new("").with("command", json!("./kai-no-such"))),
        ("a folder", Plugin::new("").with("command", json!("./"))),
        (
            "bad certificate",
            Plugin::printing(&[
                json!({"clientCertificateData": "a-secret", "clientKeyData": "a-secret"}),
            ]),
        ),
    ];
    let mut told = Vec::new();
    for (what, plugin) in rows {
        let error = plugin.refused().await;
        assert!(!error.contains("a-secret"), "{error}");
        told.push(format!("{what}\n  {error}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn other_credentials_make_a_plugin_superfluous() {
    let plugin = Plugin::new("exit 1");
    let user = json!({"token": admin(), "exec": plugin.exec});
    let text = wait(async { cluster().kubeconfig(&Credentials::Anonymous) });
    let text = text.replace("user: {}", &format!("user: {user}"));
    fs::write(plugin.path("config"), text).unwrap();
    let settings = ClusterSettings::Kubeconfig {
        path: plugin.path("config"),
        overrides: Overrides::default(),
    };
    run(&settings, quick(), &only(&["default"])).await.unwrap();
    assert_eq!(plugin.runs(), 0);
}
