//! Each rendering, on a real API server.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use testkit::{Method, wait};

use crate::release::Release;
use crate::{cluster, helm, printed};

/// The module that has the definition of a `ServiceMonitor`.
const PROMETHEUS_OPERATOR: &str = "github.com/prometheus-operator/prometheus-operator@v0.85.0";

/// Lets the API server know a `ServiceMonitor`; false, and a word, where there is no Go to fetch it.
fn define_service_monitors() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut go = Command::new("go");
    go.args(["mod", "download", "-json", PROMETHEUS_OPERATOR]).current_dir(folder.path());
    let Ok(output) = go.env("GOWORK", "off").output() else {
        println!("skipped, as there is no Go to fetch the definition of ServiceMonitors");
        return false;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let module: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let module = module["Dir"].as_str().unwrap_or_else(|| panic!("go mod download: {said}"));
    let file = "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml";
    let file = Path::new(module).join(file);
    let _ = printed(cluster().kubectl(&["create", "-f", file.to_str().unwrap()]));
    let definition = "crd/servicemonitors.monitoring.coreos.com";
    let _ = printed(cluster().kubectl(&["wait", "--for=condition=established", definition]));
    true
}

/// Creates the pod of a release's Deployment, without a Deployment that would swallow a refusal.
fn create_pod(release: &Release) -> testkit::Answer {
    let template = &release.deployment()["spec"]["template"];
    let mut pod = json!({"spec": template["spec"], "metadata": template["metadata"]});
    pod["metadata"]["name"] = "bare".into();
    let path = format!("/api/v1/namespaces/{}/pods", release.namespace);
    wait(cluster().api().request(Method::POST, &path, Some(&pod))).unwrap()
}

fn take(name: &'static str, files: &[&str], settings: &[&str]) -> Option<Release> {
    let helm = helm()?;
    let release = Release::new(name);
    let said = release.install(helm, files, settings);
    assert_eq!(said, "", "{name}");
    let answer = create_pod(&release);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    Some(release)
}

fn kinds(manifests: &str) -> Vec<&str> {
    let mut kinds: Vec<_> =
        manifests.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn the_defaults_are_taken_and_are_restricted() {
    let Some(release) = take("defaults", &[], &[]) else { return };
    let deployment = release.deployment();
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(pod["enableServiceLinks"], false);
    assert_eq!(pod["securityContext"]["runAsUser"], Value::Null, "OpenShift chooses one");
    let container = &pod["containers"][0];
    assert_eq!(container["resources"]["limits"], json!({"memory": "128Mi"}));
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
    assert_eq!(container["envFrom"], Value::Null);
}

#[test]
fn every_value_of_go_kai_s_chart_is_taken_but_the_image() {
    let Some(release) = take("old-values", &["go_kai"], &[]) else { return };
    let deployment = release.deployment();
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "anchore-kai");
    // Its empty security contexts take nothing away from ours.
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let config = release.config();
    for line in ["  level: \"debug\"", "  worker-pool-size: 100", "  cluster: \"docker-desktop\""] {
        assert!(config.lines().any(|it| it == line), "{line}\n{config}");
    }
    assert!(!config.contains("anchore"), "{config}");
}

#[test]
fn a_password_is_mounted_as_a_file_and_stands_in_no_variable_or_configuration() {
    let Some(release) = take("own-secret", &["existing_secret"], &[]) else { return };
    let pod = &release.deployment()["spec"]["template"]["spec"];
    let volumes = pod["volumes"].as_array().unwrap();
    let secret = volumes.iter().find_map(|volume| volume["secret"].as_object()).unwrap();
    assert_eq!(secret["secretName"], "kai-anchore-password");
    let items = json!([{"key": "KAI_ANCHORE_PASSWORD", "path": "password"}]);
    assert_eq!(secret["items"], items);
    let config = release.config();
    assert!(config.contains("password-file: /var/run/secrets/kai/password"), "{config}");

    let from_values = ["kai.anchore.url=https://anchore.example", "kai.anchore.password=hush-hush"];
    let release = take("made-secret", &["go_kai"], &from_values).unwrap();
    let secret = release.object("api/v1", "secrets");
    assert_eq!(secret["data"]["KAI_ANCHORE_PASSWORD"], "aHVzaC1odXNo");
    assert!(!release.config().contains("hush-hush"));
    assert!(!release.deployment().to_string().contains("hush-hush"));

    let injected = ["kai.anchore.url=https://anchore.example", "inject_secrets_via_env=true"];
    let release = take("injected", &["go_kai"], &injected).unwrap();
    assert!(!release.config().contains("password"), "{}", release.config());
    let pod = &release.deployment()["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"].as_array().unwrap().len(), 1, "{pod}");
}

#[test]
fn every_optional_part_is_taken() {
    let Some(helm) = helm() else { return };
    let manifests = Release::new("everything-seen").render(helm, &["everything"], &[]);
    let all = [
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "Deployment",
        "NetworkPolicy",
        "Secret",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
    ];
    assert_eq!(kinds(&manifests), all);
    if define_service_monitors() {
        let release = take("everything", &["everything"], &[]).unwrap();
        let template = &release.deployment()["spec"]["template"];
        assert_eq!(template["spec"]["priorityClassName"], "system-cluster-critical");
        // The pod's own win over those of all objects, and neither over those that select it.
        let labels = &template["metadata"]["labels"];
        let names = ["example.com/cost-centre", "example.com/tier", "release"];
        assert_eq!(
            names.map(|name| labels[name].as_str()),
            [Some("43"), Some("tools"), Some("kai")]
        );
        assert_eq!(labels["app.kubernetes.io/name"], "kai");
        let monitor = release.object("apis/monitoring.coreos.com/v1", "servicemonitors");
        let service = release.object("api/v1", "services");
        let wanted = monitor["spec"]["selector"]["matchLabels"].as_object().unwrap();
        assert!(!wanted.is_empty());
        for (label, value) in wanted {
            assert_eq!(&service["metadata"]["labels"][label], value);
        }
    }
}

#[test]
fn roles_for_single_namespaces_are_taken() {
    let Some(helm) = helm() else { return };
    for namespace in ["applied-one", "applied-two"] {
        wait(cluster().api().create_namespace(namespace)).unwrap();
    }
    let include = ["kai.namespaceSelectors.include={applied-one,applied-two}"];
    let manifests = Release::new("narrow-seen").render(helm, &["namespaced"], &include);
    assert!(!manifests.contains("kind: Cluster"), "{manifests}");
    take("narrow", &["namespaced"], &include).unwrap();
}

#[test]
fn names_of_digits_stay_texts() {
    take("2025", &[], &[]);
}

#[test]
fn a_pod_that_is_not_restricted_would_be_refused_here() {
    let Some(helm) = helm() else { return };
    let release = Release::new("careless");
    let said = release.install(helm, &[], &["securityContext.allowPrivilegeEscalation=true"]);
    assert!(said.contains("would violate PodSecurity"), "{said}");
    let answer = create_pod(&release);
    let said = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 403, "{said}");
    assert!(said.contains("violates PodSecurity"), "{said}");
}
