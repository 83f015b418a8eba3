use super::HELM_VERSION;
use super::go_build::Module;

const GO_MOD: &str = include_str!("../../helm/go.mod");

/// helm.
pub(super) fn module() -> Module {
    Module {
        key: format!("helm-{HELM_VERSION}"),
        go_mod: GO_MOD,
        go_sum: include_str!("../../helm/go.sum"),
        program: None,
        what: "helm, once, in a minute or more",
        linker_flags: linker_flags(),
        rename: None,
        hint: "(hint: set HELM to a program that works)",
    }
}

/// Without these it takes clusters for Kubernetes 1.20 where it isn't connected to one.
fn linker_flags() -> String {
    let kubernetes = GO_MOD.split_once("k8s.io/client-go v0.").map(|(_, version)| version);
    let minor = kubernetes.and_then(|version| version.split('.').next()).unwrap_or_default();
    let package = "helm.sh/helm/v3";
    format!(
        "-s -w -X {package}/internal/version.version=v{HELM_VERSION} \
         -X {package}/pkg/chartutil.k8sVersionMajor=1 \
         -X {package}/pkg/chartutil.k8sVersionMinor={minor}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_key_names_the_version_of_go_mod() {
        assert!(GO_MOD.contains(&format!("helm.sh/helm/v3 v{HELM_VERSION}\n")));
    }

    #[test]
    fn the_version_of_kubernetes_is_that_of_the_client() {
        assert!(linker_flags().contains("k8sVersionMinor=3"), "{}", linker_flags());
    }
}
