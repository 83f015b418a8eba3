//! From the chart of Go kai to ours, in place.

use std::process::Output;

use serde_json::json;
use testkit::{Helm, wait};

use crate::release::Release;
use crate::{chart, cluster, fixture, helm, printed};

fn run(helm: &Helm, release: &Release, verb: &str, chart: &str, files: &[&str]) -> String {
    printed(try_to(helm, release, verb, chart, files, &[]))
}

fn try_to(
    helm: &Helm,
    release: &Release,
    verb: &str,
    chart: &str,
    files: &[&str],
    settings: &[&str],
) -> Output {
    let files: Vec<String> =
        files.iter().map(|file| fixture(&format!("values/{file}.yaml"))).collect();
    let mut arguments = vec![verb, release.name, chart, "--namespace", &release.namespace];
    arguments.extend(files.iter().flat_map(|file| ["--values", file]));
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    helm.run(Some(&release.kubeconfig()), &arguments)
}

fn is_ours(release: &Release) {
    let deployment = release.deployment();
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let ports = json!([{"name": "http", "containerPort": 8080, "protocol": "TCP"}]);
    assert_eq!(container["ports"], ports);
    assert_eq!(container["livenessProbe"]["exec"], serde_json::Value::Null);
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
    assert_eq!(container["envFrom"], serde_json::Value::Null);
    let mounts = container["volumeMounts"].as_array().unwrap();
    assert_eq!(mounts.len(), 1, "{mounts:?}");
    assert_eq!(mounts[0]["mountPath"], "/etc/xdg/kai");
}

#[test]
fn helm_upgrades_a_release_of_go_kai_s_chart() {
    let Some(helm) = helm() else { return };
    let release = Release::new("upgraded");
    run(helm, &release, "install", &fixture("go_kai"), &[]);
    let old = release.deployment();
    assert_eq!(old["spec"]["strategy"]["type"], "RollingUpdate");

    let said = run(helm, &release, "upgrade", chart().to_str().unwrap(), &["go_kai"]);
    is_ours(&release);
    // The old default's name of the cluster is worth a word.
    let notes = said.split_once("NOTES:").unwrap().1.trim();
    insta::assert_snapshot!(notes.replace(env!("CARGO_PKG_VERSION"), "[version]"));
    // And back, as who finds something wrong will want to go.
    let release_only = ["rollback", release.name, "1", "--namespace", &release.namespace];
    printed(helm.run(Some(&release.kubeconfig()), &release_only));
    assert_eq!(release.deployment()["spec"]["strategy"]["type"], "RollingUpdate");
}

#[test]
fn the_secret_of_the_release_is_kept_before_it_becomes_one_of_the_user_s() {
    let Some(helm) = helm() else { return };
    let release = Release::new("kept");
    run(helm, &release, "install", &fixture("go_kai"), &[]);
    let settings = ["kai.anchore.url=https://anchore.example", "kai.existingSecret=kept-kai"];
    let chart = chart();
    let chart = chart.to_str().unwrap();
    let upgrade = || try_to(helm, &release, "upgrade", chart, &["go_kai"], &settings);
    let refused = upgrade();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    let namespace = &release.namespace;
    let hint = format!("kubectl -n {namespace} annotate secret kept-kai helm.sh/resource-policy=");
    assert!(said.contains(&hint), "{said}");

    let path = format!("/api/v1/namespaces/{namespace}/secrets/kept-kai");
    let keep = json!({"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}});
    wait(cluster().api().merge_patch(&path, &keep)).unwrap();
    printed(upgrade());
    let secret = wait(cluster().api().get(&path)).unwrap();
    assert_eq!(secret["data"]["KAI_ANCHORE_PASSWORD"], "Zm9vYmFy");
}

#[test]
fn kubectl_apply_upgrades_it_too() {
    let Some(helm) = helm() else { return };
    let release = Release::new("reapplied");
    let old = fixture("go_kai");
    let namespace = ["--namespace", &release.namespace];
    let template = [&["template", release.name, &old], &namespace[..]].concat();
    // The old chart's pod is not restricted, of which the server warns.
    release.apply_changes(&printed(helm.run(None, &template)));
    assert_eq!(release.deployment()["spec"]["strategy"]["type"], "RollingUpdate");
    assert_eq!(release.apply_changes(&release.render(helm, &["go_kai"], &[])), "");
    is_ours(&release);
}
