//! Lists of pods, as kubectl prints them: what a page is made of.

use serde_json::{Value, json};

const PRODUCTS: [&str; 12] = [
    "shop", "payments", "checkout", "identity", "search", "catalog", "pricing", "ledger", "notify",
    "media", "reports", "fraud",
];
const PARTS: [&str; 8] =
    ["api", "web", "worker", "consumer", "scheduler", "gateway", "indexer", "cache-warmer"];
const TAGS: [&str; 6] = ["1.4.2", "1.4.10", "2.0.0-rc.1", "2026.11.3", "main-3f9d2c1", "latest"];
const PUBLIC: [(&str, &str); 5] = [
    ("nginx", "1.27.3-alpine"),
    ("docker.io/bitnami/kafka", "3.9.0-debian-12-r1"),
    ("quay.io/keycloak/keycloak", "26.0.7"),
    ("gcr.io/google-samples/microservices-demo/frontend", "v0.10.2"),
    ("registry.acme.example:5000/platform/services/geo", "1.4.2"),
];

/// Names that mean something to a browser, a spreadsheet or a template.
pub(crate) const HOSTILE: [&str; 15] = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u{202e}gnp.exe",
    "=cmd|' /C calc'!A0",
    "+1",
    "-2",
    "@SUM(A1)",
    "quote\"d, 'and'",
    "line\nbreak\ttab\rreturn",
    "<!--<script>",
    "&lt;b&gt;",
    "\u{2028}\u{2029}",
    "__proto__",
    "constructor",
    "{{data}}",
];

/// A list of these pods.
pub(crate) fn list(pods: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": pods}).to_string()
}

/// Pods that a page has to survive.
pub(crate) fn hostile() -> Vec<Value> {
    let named = HOSTILE.iter().map(|name| {
        let containers = json!([{"name": name, "image": "nginx:1.27"}]);
        pod(name, name, &json!([owner("apps/v1", "StatefulSet", name)]), &containers, "n")
    });
    named.collect()
}

/// At least so many pods of every kind of workload, in namespaces of several suffixes.
pub(crate) fn usual(count: usize, suffixes: &[&str]) -> Vec<Value> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut pods = Vec::new();
    for node in 0..24 {
        let containers =
            json!([{"name": "kube-proxy", "image": "registry.k8s.io/kube-proxy:v1.34.1"}]);
        let owner = json!([owner("apps/v1", "DaemonSet", "kube-proxy")]);
        let name = format!("kube-proxy-{node}");
        pods.push(pod("kube-system", &name, &owner, &containers, &format!("node-{node}")));
    }
    while pods.len() < count {
        let product = PRODUCTS[random.usize(..PRODUCTS.len())];
        let namespace = format!("{product}{}", suffixes[random.usize(..suffixes.len())]);
        let part = PARTS[random.usize(..PARTS.len())];
        let workload = format!("{product}-{part}-{:02}", random.u8(..100));
        let kinds = ["ReplicaSet", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod"];
        let kind = kinds[random.usize(..kinds.len())];
        let owners = match kind {
            "Pod" => json!([]),
            "ReplicaSet" => json!([owner("apps/v1", kind, &format!("{workload}-7f9c6d5b8"))]),
            _ => json!([owner("apps/v1", kind, &workload)]),
        };
        let image = image(&mut random, product, part);
        let mut containers = vec![json!({"name": part, "image": image})];
        if random.u8(..4) == 0 {
            containers
                .push(json!({"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24.1"}));
        }
        for replica in 0..if kind == "Pod" { 1 } else { random.usize(1..6) } {
            let name = format!("{workload}-{replica}-{}", pods.len());
            let node = format!("node-{}", random.u8(..24));
            let containers = Value::from(containers.clone());
            pods.push(pod(&namespace, &name, &owners, &containers, &node));
        }
    }
    pods
}

fn image(random: &mut fastrand::Rng, product: &str, part: &str) -> String {
    let (repository, tag) = if random.bool() {
        (format!("ghcr.io/acme/{product}-{part}"), TAGS[random.usize(..TAGS.len())])
    } else {
        let (repository, tag) = PUBLIC[random.usize(..PUBLIC.len())];
        (repository.to_owned(), tag)
    };
    let digits = format!("{:016x}", random.u64(..)).repeat(4);
    match random.u8(..8) {
        0 => format!("{repository}@sha256:{digits}"),
        1 => format!("{repository}:{tag}@sha256:{digits}"),
        2 => repository,
        _ => format!("{repository}:{tag}"),
    }
}

fn owner(api: &str, kind: &str, name: &str) -> Value {
    json!({"apiVersion": api, "kind": kind, "name": name, "uid": "1", "controller": true})
}

fn pod(namespace: &str, name: &str, owners: &Value, containers: &Value, node: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "ownerReferences": owners,
            "labels": {"pod-template-hash": "7f9c6d5b8"},
            "creationTimestamp": "2026-11-20T06:00:00Z",
        },
        "spec": {"containers": containers, "nodeName": node},
        "status": {"phase": "Running", "startTime": "2026-11-21T06:00:00Z"},
    })
}
