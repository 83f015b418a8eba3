use std::process::Stdio;

use serde_json::Value;
use testkit::{ControlPlane, Fault, FaultRelay, Load, Options, wait};

use crate::support::{Ended, kai, run_with_input, start};
use crate::{cluster, kai_at};

/// A control plane of its own, since the whole of it is compared.
fn loaded() -> ControlPlane {
    let cluster = ControlPlane::start(&Options::default()).unwrap();
    Load::new(1000, 50).inject(&cluster).unwrap();
    // A server makes its own four namespaces a moment after it is ready.
    while wait(cluster.api().list("/api/v1/namespaces")).unwrap().len() < 50 + 4 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    cluster
}

fn without_timestamp(report: &str) -> String {
    let lines = report.lines().filter(|line| !line.contains("\"timestamp\""));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_thousand_pods_are_reported_alike_by_every_page_size_and_from_kubectl_s_output() {
    let cluster = loaded();
    let kubeconfig = cluster.write_kubeconfig(&cluster.admin());
    let reports = ["7", "100", "0"].map(|size| {
        let mut command = kai(["-k"]);
        command.arg(kubeconfig.path()).env("KAI_KUBERNETES_REQUEST_BATCH_SIZE", size);
        let ended = Ended::of(&mut command);
        assert_eq!(ended.code, Some(0), "pages of {size}: {}", ended.stderr);
        assert_eq!(ended.stdout.lines().filter(|line| line.contains("\"timestamp\"")).count(), 1);
        without_timestamp(&ended.stdout)
    });
    for report in &reports[1..] {
        let differs = reports[0].lines().zip(report.lines()).find(|(one, other)| one != other);
        assert_eq!(differs, None);
        assert_eq!(reports[0].lines().count(), report.lines().count());
    }

    let printed = cluster.kubectl(&["get", "namespaces,pods", "-A", "-o", "json"]);
    assert!(printed.status.success());
    let from_kubectl = run_with_input(&printed.stdout, []);
    assert_eq!(from_kubectl.code, Some(0), "{}", from_kubectl.stderr);
    let direct: Value = serde_json::from_str(&format!("{}\n", reports[0])).unwrap();
    let from_kubectl: Value = serde_json::from_str(&from_kubectl.stdout).unwrap();
    assert_eq!(direct["results"], from_kubectl["results"]);
    assert!(direct["results"].as_array().unwrap().len() >= 50);
    assert!(direct["serverVersionMetadata"]["gitVersion"].as_str().unwrap().starts_with("v1."));
    assert!(from_kubectl.get("serverVersionMetadata").is_none());
}

#[test]
fn yaml_as_kubectl_prints_it_gives_the_same() {
    let cluster = super::cluster();
    super::make("yaml-a");
    let print =
        |format| cluster.kubectl(&["get", "namespaces,pods", "-n", "yaml-a", "-o", format]).stdout;
    let run = |input: Vec<u8>| {
        let ended = run_with_input(&input, ["-n", "yaml-a"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        without_timestamp(&ended.stdout)
    };
    let json = run(print("json"));
    assert!(json.contains("\"yaml-a:1\""), "{json}");
    assert_eq!(run(print("yaml")), json);
}

#[test]
fn a_reader_that_has_enough_ends_a_run_well() {
    let cluster = super::cluster();
    let kubeconfig = cluster.write_kubeconfig(&cluster.admin());
    let mut child = start(kai(["-o", "table", "-k"]).arg(kubeconfig.path()).stdin(Stdio::null()));
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn answers_are_compressed_as_it_is_configured() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    // An address of this machine that isn't a loopback one.
    let far = relay.url().replace("127.0.0.1", "0.0.0.0");
    for (server, value, expected) in [
        (relay.url(), "auto", None),
        (relay.url(), "on", Some("gzip")),
        (&far, "auto", Some("gzip")),
        (&far, "off", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = kai_at(folder.path(), server, &cluster().admin(), &["-n", "default"]);
        let ended = Ended::of(command.env("KAI_KUBERNETES_COMPRESSION", value));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let requests = relay.requests();
        let accepted = requests.last().unwrap().header("accept-encoding");
        assert_eq!(accepted, expected, "{value} at {server}");
    }
}
