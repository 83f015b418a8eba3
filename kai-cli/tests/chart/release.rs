//! A release of the chart, as helm renders it and the API server takes it.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
#[cfg(target_os = "linux")]
use testkit::Credentials;
use testkit::{Helm, wait};

use crate::{chart, cluster, fixture, printed};

/// A release in a namespace of its own, in which the restricted standard is enforced.
pub(crate) struct Release {
    pub(crate) name: &'static str,
    pub(crate) namespace: String,
    folder: TempDir,
}

impl Release {
    /// Makes the namespace.
    pub(crate) fn new(name: &'static str) -> Self {
        let namespace = format!("{name}-home");
        let labels = ["enforce", "warn"]
            .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), "restricted"));
        let labels = labels.into_iter().collect::<std::collections::BTreeMap<_, _>>();
        let object = json!({"metadata": {"name": namespace, "labels": labels}});
        wait(cluster().api().post("/api/v1/namespaces", &object)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = cluster().kubeconfig(&cluster().admin());
        // What names no namespace goes into this one, and what names another one there.
        let kubeconfig =
            kubeconfig.replacen("    user:", &format!("    namespace: {namespace}\n    user:"), 1);
        assert!(kubeconfig.contains(&namespace), "{kubeconfig}");
        fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
        Self { name, namespace, folder }
    }

    pub(crate) fn kubeconfig(&self) -> std::path::PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// What helm renders with these files of values and settings (`key=value`).
    pub(crate) fn render(&self, helm: &Helm, files: &[&str], settings: &[&str]) -> String {
        printed(template(helm, self.name, &self.namespace, files, settings))
    }

    /// Lets the API server take manifests as they are, and returns what it says to that.
    pub(crate) fn apply(&self, manifests: &str) -> String {
        self.kubectl_apply(manifests, &["--server-side", "--field-manager=helm"])
    }

    /// The same with the changes that kubectl finds, as Argo CD does it.
    pub(crate) fn apply_changes(&self, manifests: &str) -> String {
        self.kubectl_apply(manifests, &[])
    }

    fn kubectl_apply(&self, manifests: &str, flags: &[&str]) -> String {
        let file = self.folder.path().join("manifests.yaml");
        fs::write(&file, manifests).unwrap();
        let kubeconfig = format!("--kubeconfig={}", self.kubeconfig().display());
        let file = file.to_str().unwrap();
        let arguments = [&kubeconfig, "apply", "--validate=strict", "-f", file];
        let output = cluster().kubectl(&[&arguments[..], flags].concat());
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        printed(output);
        said
    }

    /// Renders and applies.
    pub(crate) fn install(&self, helm: &Helm, files: &[&str], settings: &[&str]) -> String {
        self.apply(&self.render(helm, files, settings))
    }

    /// One of its objects, by the path of its kind, such as `api/v1` and `configmaps`.
    pub(crate) fn object(&self, group: &str, kind: &str) -> Value {
        let Self { name, namespace, .. } = self;
        let path = format!("/{group}/namespaces/{namespace}/{kind}/{name}-kai");
        wait(cluster().api().get(&path)).unwrap()
    }

    /// The Deployment.
    pub(crate) fn deployment(&self) -> Value {
        self.object("apis/apps/v1", "deployments")
    }

    /// The text of the configuration file.
    pub(crate) fn config(&self) -> String {
        let map = self.object("api/v1", "configmaps");
        map["data"]["config.yaml"].as_str().unwrap().to_owned()
    }

    /// The files that a kubelet would put into the container, by their paths; of a volume that is
    /// empty at first, its folder.
    #[cfg(target_os = "linux")]
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let spec = &self.deployment()["spec"]["template"]["spec"];
        let mut files = Vec::new();
        for mount in spec["containers"][0]["volumeMounts"].as_array().unwrap() {
            let mut volumes = spec["volumes"].as_array().unwrap().iter();
            let volume = volumes.find(|volume| volume["name"] == mount["name"]).unwrap();
            let folder = mount["mountPath"].as_str().unwrap();
            if let Some(map) = volume["configMap"]["name"].as_str() {
                let path = format!("/api/v1/namespaces/{}/configmaps/{map}", self.namespace);
                let map = wait(cluster().api().get(&path)).unwrap();
                for (name, text) in map["data"].as_object().unwrap() {
                    files.push((format!("{folder}/{name}"), text.as_str().unwrap().to_owned()));
                }
            } else if let Some(secret) = volume["secret"]["secretName"].as_str() {
                for item in volume["secret"]["items"].as_array().unwrap() {
                    let text = self.secret(secret, item["key"].as_str().unwrap());
                    files.push((format!("{folder}/{}", item["path"].as_str().unwrap()), text));
                }
            } else {
                assert!(volume["emptyDir"].is_object(), "{volume}");
                files.push((format!("{folder}/"), String::new()));
            }
        }
        files
    }

    /// What a Secret holds under a key.
    #[cfg(target_os = "linux")]
    fn secret(&self, name: &str, key: &str) -> String {
        let template = format!("go-template={{{{index .data {key:?} | base64decode}}}}");
        let namespace = format!("--namespace={}", self.namespace);
        printed(cluster().kubectl(&["get", "secret", name, &namespace, "-o", &template]))
    }

    /// A token of the service account under which the pod runs.
    #[cfg(target_os = "linux")]
    pub(crate) fn token(&self) -> String {
        let account = &self.deployment()["spec"]["template"]["spec"]["serviceAccountName"];
        let account = account.as_str().unwrap();
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}", self.namespace);
        wait(cluster().api().get(&path)).expect("the chart makes the account");
        match cluster().service_account(&self.namespace, account).credentials {
            Credentials::Token(token) => token,
            _ => panic!("a token"),
        }
    }
}

/// `helm template` with these files of values and settings (`key=value`).
pub(crate) fn template(
    helm: &Helm,
    release: &str,
    namespace: &str,
    files: &[&str],
    settings: &[&str],
) -> std::process::Output {
    let chart = chart();
    let files: Vec<String> =
        files.iter().map(|file| fixture(&format!("values/{file}.yaml"))).collect();
    let mut arguments =
        vec!["template", release, chart.to_str().unwrap(), "--namespace", namespace];
    for file in &files {
        arguments.extend(["--values", file]);
    }
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    helm.run(None, &arguments)
}
