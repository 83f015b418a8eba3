use super::go_build::Module;
use super::{ETCD_VERSION, KUBERNETES_VERSION};

const GO_MOD: &str = include_str!("../../control-plane/go.mod");

const HINT: &str = "(hint: install Go >= 1.26 to have them built, or set KUBEBUILDER_ASSETS to a \
                    folder that holds kube-apiserver, etcd and kubectl)";

/// kube-apiserver, etcd and kubectl.
pub(super) fn module() -> Module {
    Module {
        key: format!("kubernetes-{KUBERNETES_VERSION}-etcd-{ETCD_VERSION}"),
        go_mod: GO_MOD,
        go_sum: include_str!("../../control-plane/go.sum"),
        program: None,
        what: "kube-apiserver, etcd and kubectl, once, in about 5 minutes",
        linker_flags: linker_flags(),
        rename: Some(("server", "etcd")),
        hint: HINT,
    }
}

/// Without these the server calls itself v0.0.0-master.
fn linker_flags() -> String {
    let mut parts = KUBERNETES_VERSION.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    format!(
        "-s -w -X {package}.gitVersion=v{KUBERNETES_VERSION} -X {package}.gitMajor={major} \
         -X {package}.gitMinor={minor}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_key_names_the_versions_of_go_mod() {
        for line in [
            format!("\tk8s.io/kubernetes v{KUBERNETES_VERSION}\n"),
            format!("\tgo.etcd.io/etcd/server/v3 v{ETCD_VERSION}\n"),
        ] {
            assert!(GO_MOD.contains(&line), "go.mod has no line {line:?}");
        }
    }
}
