use fastrand::Rng;
use serde_json::{Value, json};

use super::workload::{Controller, Workload};

const TEAMS: [&str; 8] =
    ["checkout", "platform", "search", "data", "identity", "growth", "sre", "mobile"];
const VARIABLES: [&str; 5] =
    ["DATABASE_URL", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "KAFKA_BROKERS", "REGION"];

pub(super) fn team(rng: &mut Rng) -> &'static str {
    TEAMS[rng.usize(..TEAMS.len())]
}

pub(super) fn node(rng: &mut Rng) -> String {
    format!("ip-10-0-{}-{}.eu-central-1.compute.internal", rng.u8(..8), rng.u8(..))
}

pub(super) fn timestamp(rng: &mut Rng) -> String {
    let (month, day) = (rng.u8(1..=12), rng.u8(1..=28));
    let (hour, minute, second) = (rng.u8(..24), rng.u8(..60), rng.u8(..60));
    format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(super) fn uid(rng: &mut Rng) -> String {
    let hex = format!("{:032x}", rng.u128(..));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Adds what a real pod carries and an inventory does not need: about 5 KB.
pub(super) fn pad(pod: &mut Value, workload: &Workload, rng: &mut Rng) {
    let created = timestamp(rng);
    metadata(&mut pod["metadata"], workload, &created, rng);
    spec(&mut pod["spec"], rng);
    status(pod, &created, rng);
}

fn metadata(metadata: &mut Value, workload: &Workload, created: &str, rng: &mut Rng) {
    let team = team(rng);
    let (kind, owner) = match workload.controller {
        Controller::Deployment => ("ReplicaSet", format!("{}-{}", workload.name, workload.hash)),
        Controller::StatefulSet => ("StatefulSet", workload.name.clone()),
        Controller::DaemonSet => ("DaemonSet", workload.name.clone()),
        Controller::Job => ("Job", workload.name.clone()),
    };
    metadata["creationTimestamp"] = created.into();
    metadata["generateName"] = format!("{owner}-").into();
    metadata["resourceVersion"] = rng.u32(1000..90_000_000).to_string().into();
    metadata["labels"] = json!({
        "app.kubernetes.io/component": "server",
        "app.kubernetes.io/instance": workload.name,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": workload.name,
        "app.kubernetes.io/part-of": team,
        "app.kubernetes.io/version": format!("1.{}.{}", rng.u8(..40), rng.u8(..)),
        "helm.sh/chart": format!("{}-0.{}.0", workload.name, rng.u8(..)),
        "pod-template-hash": workload.hash,
        "team": team,
        "topology.kubernetes.io/zone": "eu-central-1b",
    });
    metadata["annotations"] = json!({
        "checksum/config": format!("{:032x}{:032x}", rng.u128(..), rng.u128(..)),
        "checksum/secrets": format!("{:032x}{:032x}", rng.u128(..), rng.u128(..)),
        "cni.projectcalico.org/podIP": format!("10.244.{}.{}/32", rng.u8(..), rng.u8(..)),
        "kubectl.kubernetes.io/restartedAt": timestamp(rng),
        "prometheus.io/path": "/metrics",
        "prometheus.io/port": "9090",
        "prometheus.io/scrape": "true",
    });
    metadata["ownerReferences"] = json!([{
        "apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" },
        "blockOwnerDeletion": true,
        "controller": true,
        "kind": kind,
        "name": owner,
        "uid": uid(rng),
    }]);
    metadata["managedFields"] = managed_fields(created, workload);
}

/// Who set which field: about a third of what a server writes of a pod.
fn managed_fields(created: &str, workload: &Workload) -> Value {
    let container = json!({
        ".": {}, "f:env": {".": {}, "k:{\"name\":\"POD_IP\"}": {
            ".": {}, "f:name": {}, "f:valueFrom": {".": {}, "f:fieldRef": {}}}},
        "f:image": {}, "f:imagePullPolicy": {}, "f:readinessProbe": {
            ".": {}, "f:failureThreshold": {}, "f:httpGet": {
                ".": {}, "f:path": {}, "f:port": {}, "f:scheme": {}},
            "f:periodSeconds": {}, "f:successThreshold": {}, "f:timeoutSeconds": {}},
        "f:name": {}, "f:ports": {}, "f:resources": {
            ".": {}, "f:limits": {".": {}, "f:memory": {}},
            "f:requests": {".": {}, "f:cpu": {}, "f:memory": {}}},
        "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {},
        "f:volumeMounts": {".": {}, "k:{\"mountPath\":\"/etc/config\"}": {
            ".": {}, "f:mountPath": {}, "f:name": {}, "f:readOnly": {}}},
    });
    let mut containers = json!({});
    for position in 0..workload.containers.len() {
        containers[format!("k:{{\"name\":\"main-{position}\"}}")] = container.clone();
    }
    let condition = json!({
        ".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {},
    });
    json!([
        {
            "apiVersion": "v1", "fieldsType": "FieldsV1", "manager": "kube-controller-manager",
            "operation": "Update", "time": created,
            "fieldsV1": {
                "f:metadata": {
                    "f:annotations": {".": {}, "f:checksum/config": {}, "f:prometheus.io/path": {}},
                    "f:generateName": {},
                    "f:labels": {".": {}, "f:app.kubernetes.io/instance": {},
                        "f:app.kubernetes.io/name": {}, "f:pod-template-hash": {}},
                    "f:ownerReferences": {".": {}},
                },
                "f:spec": {
                    "f:containers": containers, "f:dnsPolicy": {}, "f:enableServiceLinks": {},
                    "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {},
                    "f:serviceAccountName": {}, "f:terminationGracePeriodSeconds": {},
                },
            },
        },
        {
            "apiVersion": "v1", "fieldsType": "FieldsV1", "manager": "kubelet",
            "operation": "Update", "subresource": "status", "time": created,
            "fieldsV1": {"f:status": {
                "f:conditions": {
                    "k:{\"type\":\"ContainersReady\"}": condition,
                    "k:{\"type\":\"Initialized\"}": condition,
                    "k:{\"type\":\"Ready\"}": condition,
                },
                "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {},
                "f:podIPs": {}, "f:startTime": {},
            }},
        },
    ])
}

fn spec(spec: &mut Value, rng: &mut Rng) {
    for list in ["containers", "initContainers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            pad_container(container, list == "containers", rng);
        }
    }
    if spec["initContainers"].is_null() {
        spec.as_object_mut().expect("a spec is an object").remove("initContainers");
    }
    let mut volumes = json!([
        {"name": "config", "configMap": {"name": "config", "defaultMode": 420}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "kube-api-access-x8k2p", "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt",
                "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace",
                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
        ]}},
    ]);
    if let (Some(all), Some(own)) = (volumes.as_array_mut(), spec["volumes"].as_array_mut()) {
        all.append(own);
    }
    spec["volumes"] = volumes;
    spec["dnsPolicy"] = "ClusterFirst".into();
    spec["enableServiceLinks"] = true.into();
    spec["restartPolicy"] = "Always".into();
    spec["schedulerName"] = "default-scheduler".into();
    spec["securityContext"] = json!({"fsGroup": 2000, "runAsNonRoot": true, "runAsUser": 1000});
    spec["serviceAccountName"] = "default".into();
    spec["terminationGracePeriodSeconds"] = 30.into();
    spec["tolerations"] = json!([
        {"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists",
            "tolerationSeconds": 300},
        {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists",
            "tolerationSeconds": 300},
    ]);
}

fn pad_container(container: &mut Value, probed: bool, rng: &mut Rng) {
    let mut variables = vec![json!({
        "name": "POD_IP",
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
    })];
    let many = if probed { VARIABLES.len() } else { 2 };
    for name in &VARIABLES[..many] {
        let value = format!("https://{:08x}.svc:{}/", rng.u32(..), rng.u16(1024..));
        variables.push(json!({"name": name, "value": value}));
    }
    container["env"] = variables.into();
    container["imagePullPolicy"] = "IfNotPresent".into();
    container["resources"] = json!({
        "limits": {"memory": "512Mi"},
        "requests": {"cpu": "100m", "memory": "256Mi"},
    });
    container["terminationMessagePath"] = "/dev/termination-log".into();
    container["terminationMessagePolicy"] = "File".into();
    let mut mounts = json!([
        {"name": "config", "mountPath": "/etc/config", "readOnly": true},
        {"name": "scratch", "mountPath": "/tmp"},
        {"name": "kube-api-access-x8k2p", "readOnly": true,
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
    ]);
    if let (Some(all), Some(own)) =
        (mounts.as_array_mut(), container["volumeMounts"].as_array_mut())
    {
        all.append(own);
    }
    container["volumeMounts"] = mounts;
    if probed {
        container["ports"] = json!([{"containerPort": 8080, "name": "http", "protocol": "TCP"}]);
        let probe = json!({
            "failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
            "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
        });
        container["readinessProbe"] = probe;
    }
}

fn status(pod: &mut Value, created: &str, rng: &mut Rng) {
    let scheduled = pod["spec"]["nodeName"].is_string();
    let ready = if pod["status"]["phase"] == "Running" { "True" } else { "False" };
    let status = &mut pod["status"];
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        for container in status.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if container["imageID"] != "" {
                container["containerID"] =
                    format!("containerd://{:032x}{:032x}", rng.u128(..), rng.u128(..)).into();
            }
        }
    }
    let condition = |name: &str, value: &str| json!({"lastProbeTime": null, "lastTransitionTime": created, "status": value, "type": name});
    status["qosClass"] = "Burstable".into();
    if !scheduled {
        status["conditions"] = json!([condition("PodScheduled", "False")]);
        return;
    }
    status["conditions"] = json!([
        condition("PodReadyToStartContainers", ready),
        condition("Initialized", "True"),
        condition("Ready", ready),
        condition("ContainersReady", ready),
        condition("PodScheduled", "True"),
    ]);
    let host = format!("10.0.{}.{}", rng.u8(..), rng.u8(..));
    let address = format!("10.244.{}.{}", rng.u8(..), rng.u8(..));
    status["hostIP"] = host.as_str().into();
    status["hostIPs"] = json!([{"ip": host}]);
    status["podIP"] = address.as_str().into();
    status["podIPs"] = json!([{"ip": address}]);
    status["startTime"] = created.into();
}
