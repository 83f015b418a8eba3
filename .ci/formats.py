"""Reads every output format of kai back, by readers that share no code with it.

Started by .ci/formats, which installs these readers. What kai should say of an input is worked out
here once more, from docs/explain/what-is-listed.md and from the grammar of references.
"""

import csv
import datetime
import html
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict

import yaml
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from markdown_it import MarkdownIt
from packageurl import PackageURL

try:
    import duckdb
except ImportError:
    duckdb = None

# The columns, and those of `kai where`: part of what kai promises to keep.
USES = (
    "cluster cluster_uid namespace workload_kind workload workload_known container container_kind"
    " image registry repository tag digest arch pods nodes since first_seen last_seen ended"
).split()
PODS = (
    "cluster cluster_uid namespace workload_kind workload workload_known pod phase node container"
    " container_kind image registry repository tag digest arch since first_seen last_seen ended"
).split()
# Left out of tables for people where no row has anything.
OPTIONAL = "cluster cluster_uid arch node since first_seen last_seen ended".split()
WHERE = ("where", "regex=.")
LABEL = "team"
LABELLED = f"label:{LABEL}"


class Wrong(Exception):
    """The first difference."""


def same(what, found, expected):
    """Stops at the first difference of two values, in the first of their items that differ."""
    if isinstance(expected, list) and isinstance(found, list):
        for at, (one, other) in enumerate(zip(found, expected)):
            same(f"{what}[{at}]", one, other)
        if len(found) != len(expected):
            longer = found if len(found) > len(expected) else expected
            extra = longer[min(len(found), len(expected))]
            raise Wrong(f"{what}: {len(found)} instead of {len(expected)} items; one is {short(extra)}")
    elif isinstance(expected, dict) and isinstance(found, dict):
        same(f"keys of {what}", list(found), list(expected))
        for key, value in expected.items():
            same(f"{what}.{key}", found[key], value)
    elif type(found) is not type(expected) or found != expected:
        raise Wrong(f"{what}: {short(found)} instead of {short(expected)}")


def same_set(what, found, expected):
    """Compares without an order, but how often each is there."""
    found, expected = Counter(map(frozen, found)), Counter(map(frozen, expected))
    for kind, rest in ("too much", found - expected), ("missing", expected - found):
        if rest:
            raise Wrong(f"{what}: {rest.total()} {kind}, the first {short(min(rest, key=repr))}")


def frozen(item):
    return tuple(item.items()) if isinstance(item, dict) else item


def short(value):
    text = ascii(value)
    return text if len(text) <= 600 else f"{text[:600]}…"


def need(holds, what):
    if not holds:
        raise Wrong(what)


# References, by the distribution grammar.

_DOMAIN = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:\[[0-9a-fA-F:]+\]|{_DOMAIN}(?:\.{_DOMAIN})*)(?::[0-9]+)?"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__|_|-+)[a-z0-9]+)*"
_PATH = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|blake3:[0-9a-f]{64}"
REFERENCE = re.compile(rf"(?P<name>(?:{_HOST}/)?{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?")
# What is handed to other tools: with its registry, and with a tag, a digest, or both.
FULL = re.compile(rf"(?P<registry>{_HOST})/(?P<path>{_PATH})(?=[:@])(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?")
LOCAL_ID = re.compile(rf"[0-9a-f]{{64}}|{_DIGEST}")


def parsed(text):
    """Name, tag and digest of a reference; None where the text is none."""
    match = REFERENCE.fullmatch(text)
    if not match or LOCAL_ID.fullmatch(text):
        return None
    # What Docker's rule takes for a host is not part of the path.
    path = match["name"].partition("/")[2] if has_host(match["name"]) else match["name"]
    if not re.fullmatch(_PATH, path) or len(path) > 255:
        return None
    return match["name"], match["tag"], match["digest"]


def has_host(name):
    first, slash, _ = name.partition("/")
    return bool(slash) and (first == "localhost" or re.search(r"[.:A-Z]", first) is not None)


def split(name):
    """The registry and the path of a repository, by Docker's rule, filled in."""
    host, _, path = name.partition("/") if has_host(name) else ("docker.io", "", name)
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return host, path


def full(name):
    return "/".join(split(name))


def merged(spec, status, image_id, running):
    """What runs: repository, tag (None where only the digest is known), digest."""
    texts = [parsed(spec), parsed(status), parsed(re.sub("^docker(-pullable)?://", "", image_id))]
    base = next((text for text in texts if text), None)
    if base is None:
        return None
    name, tag, digest = base
    named = [text and (text[1] or (None if text[2] else "latest")) for text in texts]
    of_repository = texts[1] and full(texts[1][0]) == full(name)
    stale = texts[0] and of_repository and not running and named[0] and named[1] and named[0] != named[1]
    known = next((text[2] for text in (texts[:1] if stale else texts) if text and text[2]), None)
    if tag is None and digest is None:
        tag = "latest"
    elif tag is None and of_repository:
        tag = texts[1][1]
    return name, tag, known


def workload(pod):
    """Kind, name and how it is known, from what the pod itself says."""
    meta = pod["metadata"]
    owner = next((o for o in meta.get("ownerReferences", []) if o.get("controller")), None)
    if owner is None:
        return "Pod", meta["name"], "itself"
    group, kind, name = owner["apiVersion"].rpartition("/")[0], owner["kind"], owner["name"]
    labels, annotations = meta.get("labels", {}), meta.get("annotations", {})
    if (group, kind) == ("apps", "ReplicaSet"):
        for label, above in ("rollouts-pod-template-hash", "Rollout"), ("pod-template-hash", "Deployment"):
            end = f"-{labels.get(label, '')}"
            if len(end) > 1 and name.endswith(end) and len(name) > len(end):
                return above, name[: -len(end)], "inferred"
    if (group, kind) == ("", "ReplicationController"):
        config = annotations.get("openshift.io/deployment-config.name")
        if config:
            return "DeploymentConfig", config, "inferred"
    if (group, kind) == ("batch", "Job"):
        match = re.fullmatch(r"(.+)-([0-9]{8})", name, re.S)
        created = seconds(meta.get("creationTimestamp"))
        if match and created is not None:
            after = created - int(match[2]) * 60
            if -24 * 3600 <= after <= 7 * 24 * 3600:
                return "CronJob", match[1], "inferred"
    if (group, kind) == ("", "Node"):
        cut = meta["name"].removesuffix(f"-{name}")
        return "StaticPod", cut or meta["name"], "owner"
    return kind, name, "owner"


def seconds(text):
    return text and int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


# What kai should say of an input.

KINDS = [
    ("containers", "containerStatuses", "main"),
    ("initContainers", "initContainerStatuses", "init"),
    ("ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"),
]


class Expected:
    """What is listed; `cluster` is the name that is given, and `everything` counts pods that don't run."""

    def __init__(self, items, cluster=None, everything=False):
        pods = [item for item in items if item["kind"] == "Pod"]
        spaces = {i["metadata"]["name"]: i["metadata"].get("uid") for i in items if i["kind"] == "Namespace"}
        self.uid = spaces.get("kube-system")
        self.images = {name: set() for name in spaces}
        self.pods = defaultdict(set)  # of each image
        self.by_pods, uses = [], {}
        for pod in pods:
            meta, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
            space, node = meta["namespace"], spec.get("nodeName")
            self.images.setdefault(space, set())
            statuses = [(kind, s) for _, key, kind in KINDS for s in status.get(key, [])]
            runs = status.get("phase") == "Running" or any("running" in s["state"] for _, s in statuses)
            if not (runs or everything):
                continue
            kind, name, known = workload(pod)
            since = status.get("startTime") or meta.get("creationTimestamp")
            for container, container_kind, image, text in self.containers(spec, statuses):
                if image is None:
                    continue
                repository, tag, digest = image
                self.images[space].add(image)
                self.pods[image].add((space, meta["name"]))
                row = {
                    "cluster": cluster,
                    "cluster_uid": self.uid,
                    "namespace": space,
                    "workload_kind": kind,
                    "workload": name,
                    "workload_known": known,
                    "container": container,
                    "container_kind": container_kind,
                    "image": text or None,
                    "registry": split(repository)[0],
                    "repository": repository,
                    "tag": tag,
                    "digest": digest,
                }
                rest = {"arch": None, "first_seen": None, "last_seen": None, "ended": None}
                pod_row = (
                    row
                    | rest
                    | {
                        "pod": meta["name"],
                        "phase": status.get("phase") or "Unknown",
                        "node": node,
                        "since": since,
                        LABELLED: meta.get("labels", {}).get(LABEL) or None,
                    }
                )
                self.by_pods.append(pod_row)
                use = row | rest | {LABELLED: pod_row[LABELLED], "pods": 0, "on": set(), "since": None}
                use = uses.setdefault((*row.values(), use[LABELLED]), use)
                use["pods"] += 1
                use["on"] |= {node} - {None}
                use["since"] = min(filter(None, (use["since"], since)), default=None)
        self.by_label = list(uses.values())

    def uses(self):
        """A row for each use, of whichever labels."""
        rows = {}
        for use in self.by_label:
            key = tuple(use[column] for column in USES if column not in ("pods", "nodes", "since"))
            row = rows.setdefault(key, use | {"pods": 0, "on": set(), "since": None})
            row["pods"] += use["pods"]
            row["on"] = row["on"] | use["on"]
            row["since"] = min(filter(None, (row["since"], use["since"])), default=None)
        return self.chosen(USES, rows.values())

    def where(self):
        """A row for each container of a pod."""
        return self.chosen(PODS, self.by_pods)

    @staticmethod
    def chosen(columns, rows):
        return [{c: len(row["on"]) if c == "nodes" else row[c] for c in columns} for row in rows]

    @staticmethod
    def containers(spec, statuses):
        for key, _, kind in KINDS:
            for container in spec.get(key, []):
                of_it = (s for k, s in statuses if k == kind and s["name"] == container["name"])
                status = next(of_it, {"image": "", "imageID": "", "state": {}})
                running = "running" in status["state"]
                image = merged(container["image"], status["image"], status["imageID"], running)
                yield container["name"], kind, image, container["image"]
        mounts = [mount for _, status in statuses for mount in status.get("volumeMounts", [])]
        for volume in spec.get("volumes", []):
            if "image" in volume:
                text = volume["image"]["reference"]
                known = (m["volumeStatus"]["image"]["imageRef"] for m in mounts if m["name"] == volume["name"])
                yield volume["name"], "volume", merged(text, "", next(known, ""), False), text

    def document(self):
        """The results of the JSON document, with the tags of the default missing-tag policy."""
        results = []
        for space in sorted(self.images):
            named = {(f"{name}:{tag or made_up(digest)}", digest) for name, tag, digest in self.images[space]}
            images = sorted(named, key=lambda image: (image[0], image[1] or ""))
            images = [{"tag": tag} | ({"repoDigest": digest} if digest else {}) for tag, digest in images]
            results.append({"namespace": space, "images": images})
        return results


def made_up(digest):
    return digest.partition(":")[2]


# The inputs.


def space(name, **more):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **more}}


def owner(api_version, kind, name, controller=True):
    return {"apiVersion": api_version, "kind": kind, "name": name, "uid": "0", "controller": controller}


def stamp(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Generator:
    """Pods of every kind, the same in every run."""

    NOW = 1785600000
    NAMES = (
        "nginx library/redis docker.io/library/nginx docker.io/nginx index.docker.io/library/redis"
        " index.docker.io/bitnami/redis bitnami/redis ghcr.io/acme/tool quay.io/a/b/c/d/e/f"
        " registry.k8s.io/coredns/coredns registry.example.com:5000/shop/cart localhost/dev"
        " localhost:5000/dev/app REGISTRY/app 10.0.0.7:5000/a [fd00::1]:5000/six/app"
        " team/app__one.two-three a--b/c---d 1 12 registry.example.com/library/nginx"
    ).split() + ["ghcr.io/" + "/".join(["segment-of-nine"] * 15), "registry.example.com/" + "x" * 255]
    TAGS = ["1.27", "1.10", "20", "latest", "v1_0.2-rc.1", "2026-07-25", "_under", "UPPER", "t" * 128, "0x1F", "null"]
    SPACES = (
        "default kube-system shop payments 123 1e5 0x10 on null no y 1-2 2026-07-25"
        " team-with-a-name-of-sixty-three-characters-in-all-as-is-the-limit"
    ).split()

    def __init__(self, count):
        self.random = random.Random(20260801)
        self.items = [space(name, uid=f"uid-{name}") for name in [*self.SPACES, "empty"]]
        self.truth = {}
        self.number = 0
        while len(self.truth) < count:
            self.workload(count - len(self.truth))

    def digest(self, seed=None):
        source = self.random if seed is None else random.Random(seed)
        name, digits = source.choice([("sha256", 64)] * 6 + [("sha512", 128), ("blake3", 64)])
        return f"{name}:{''.join(source.choice('0123456789abcdef') for _ in range(digits))}"

    def image(self):
        """The text of a spec, and the digest that it is resolved to."""
        name, tag = self.random.choice(self.NAMES), self.random.choice(self.TAGS)
        digest = self.digest(f"{full(name)} {self.random.randrange(3)}")
        forms = [name, f"{name}:{tag}", f"{name}:{tag}", f"{name}@{digest}", f"{name}:{tag}@{digest}"]
        return self.random.choice(forms), digest

    def workload(self, most):
        choose, number = self.random.choice, self.number
        self.number += 1
        where, name = choose(self.SPACES), choose(["web", "db-0", "api-gateway", "x", "n-29760000"]) + f"-{number}"
        template = {}
        for key, _, kind in KINDS:
            some = 1 + number % 3 if kind == "main" else choose([0, 0, 1, 2])
            template[key] = [(f"{kind}-{at}", *self.image()) for at in range(some)]
        volumes = [(f"volume-{at}", *self.image()) for at in range(choose([0, 0, 0, 1, 2]))]
        team = choose([{}, {LABEL: "blue"}, {LABEL: "red"}])
        owned = choose(list(self.OWNERS))
        for replica in range(min(most, choose([1, 1, 2, 3, 5, 8, 13]))):
            meta = {"namespace": where, "labels": dict(team)}
            created = self.NOW - self.random.randrange(40 * 24 * 3600)
            node = choose(["worker-1", "worker-2", "ip-10-0-0-1.ec2.internal", None])
            truth = self.OWNERS[owned](self, meta, name, replica, created, node)
            meta.setdefault("name", f"{name}-{replica}")
            meta["creationTimestamp"] = stamp(created)
            self.items.append(self.pod(meta, template, volumes, node, created))
            self.truth[where, meta["name"]] = truth

    def deployment(self, meta, name, *_, label="pod-template-hash", kind="Deployment"):
        size = self.random.choice([8, 9, 10])
        of = random.Random(name)
        hashed = "".join(of.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(size))
        meta["labels"][label] = hashed
        meta["ownerReferences"] = [owner("apps/v1", "ReplicaSet", f"{name}-{hashed}")]
        return kind, name, "inferred"

    def rollout(self, *arguments):
        return self.deployment(*arguments, label="rollouts-pod-template-hash", kind="Rollout")

    def replica_set(self, meta, name, *_):
        meta["labels"]["pod-template-hash"] = "5d8f7c9b6"
        meta["ownerReferences"] = [owner("apps/v1", "ReplicaSet", f"{name}-7d8f7c9b6")]
        return "ReplicaSet", f"{name}-7d8f7c9b6", "owner"

    def cron_job(self, meta, name, _replica, created, _node):
        minute = created // 60 - self.random.choice([0, 1, 30, 1440, 7 * 1440 - 1, -1439])
        meta["ownerReferences"] = [owner("batch/v1", "Job", f"{name}-{minute}")]
        return "CronJob", name, "inferred"

    def job(self, meta, name, _replica, created, _node):
        minute = created // 60 - self.random.choice([7 * 1440 + 2, 20 * 1440, -1442])
        job = self.random.choice([f"{name}-{minute}", f"{name}-manual", f"{name}-1{minute}", f"{name}{minute}"])
        meta["ownerReferences"] = [owner("batch/v1", "Job", job)]
        return "Job", job, "owner"

    def static_pod(self, meta, name, replica, _created, node):
        node = node or "worker-9"
        meta["name"] = f"{name}-{replica}-{node}"
        meta["ownerReferences"] = [owner("v1", "Node", node)]
        return "StaticPod", f"{name}-{replica}", "owner"

    def deployment_config(self, meta, name, *_):
        meta["annotations"] = {"openshift.io/deployment-config.name": name}
        meta["ownerReferences"] = [owner("v1", "ReplicationController", f"{name}-4")]
        return "DeploymentConfig", name, "inferred"

    def other(self, meta, name, *_):
        api_version, kind = self.random.choice(
            [
                ("apps/v1", "StatefulSet"),
                ("apps/v1", "DaemonSet"),
                ("v1", "ReplicationController"),
                ("apps.kruise.io/v1beta1", "StatefulSet"),
                ("argoproj.io/v1alpha1", "Workflow"),
            ]
        )
        meta["ownerReferences"] = [owner("example.com/v1", "Audit", "x", False), owner(api_version, kind, name)]
        return kind, name, "owner"

    def nobody(self, meta, name, replica, *_):
        if self.random.random() < 0.3:
            meta["ownerReferences"] = [owner("v1", "ConfigMap", name, False)]
        return "Pod", f"{name}-{replica}", "itself"

    OWNERS = {
        "Deployment": deployment,
        "Rollout": rollout,
        "ReplicaSet": replica_set,
        "CronJob": cron_job,
        "Job": job,
        "StaticPod": static_pod,
        "DeploymentConfig": deployment_config,
        "other": other,
        "another": other,
        "none": nobody,
    }

    def pod(self, meta, template, volumes, node, created):
        choose = self.random.choice
        phase = choose(["Running"] * 12 + ["Pending", "Pending, one runs", "new", "Succeeded", "Failed", "Unknown"])
        spec = {"nodeName": node} if node else {}
        status = {} if phase == "new" else {"phase": phase.partition(",")[0]}
        if status and choose([True] * 4 + [False]):
            status["startTime"] = stamp(created + self.random.randrange(300))
        for key, statuses, kind in KINDS:
            spec[key], status[statuses] = [], []
            for at, (name, text, digest) in enumerate(template[key]):
                container = {"name": name, "image": text}
                state = "terminated"
                if kind == "init" and at == 1:
                    container["restartPolicy"], state = "Always", "running"
                if kind != "init":
                    state = choose(["running"] * 6 + ["waiting", "terminated"])
                if not phase.startswith("Running"):
                    state = "running" if phase.endswith("one runs") and (kind, at) == ("main", 0) else "terminated"
                spec[key].append(container)
                if phase != "new":
                    status[statuses].append(self.status(name, text, digest, state))
        spec["volumes"] = [{"name": "data", "emptyDir": {}}]
        for name, text, digest in volumes:
            spec["volumes"].append({"name": name, "image": {"reference": text, "pullPolicy": "Always"}})
            if status.get("containerStatuses") and choose([True, False]):
                seen = {"name": name, "volumeStatus": {"image": {"imageRef": f"{full(parsed(text)[0])}@{digest}"}}}
                status["containerStatuses"][-1].setdefault("volumeMounts", []).append(seen)
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
        return pod if phase == "new" else pod | {"status": status}

    def status(self, name, text, digest, state):
        """What a runtime says of an image, which is seldom what was asked for."""
        choose = self.random.choice
        repository, tag, pinned = parsed(text)
        as_is = f"{full(repository)}:{tag or 'latest'}" if tag or not pinned else f"{full(repository)}@{pinned}"
        digest = pinned or digest
        other = f"{full(repository)}:{choose(self.TAGS)}"
        local = f"sha256:{made_up(self.digest(name)):.64}"
        image = choose([as_is] * 6 + [text, other, local, local[7:], "mirror.example.com/other/name:1"])
        exact = f"{full(repository)}@{digest}"
        image_id = choose([exact] * 6 + [f"docker-pullable://{exact}", f"docker://{local}", local, local[7:], digest])
        if state == "waiting":
            image, image_id = choose([(text, ""), (other, exact), (as_is, exact)])
        return {"name": name, "image": image, "imageID": image_id, "state": {state: {}}}


HOSTILE = [
    "a\x1b[31mb", "\x00nul", "\x7fdel", "\x85nel", "\x9b1m", "\u202eabc", "\u2066a\u2069", "\u061cx\u200e\u200f",
    "\u2028line\u2029", '"q",\'x\'', "a,b;c", "line1\nline2", "line\r\nend\r\n", "\rcr", "\ttab", "\n", " ", "  two  ",
    "=cmd|'/c calc'!A1", "+1", "@SUM(1)", "-2", '=","', "-\n-", "'=1", "</script><b>x", "<!-- x -->", "a|b\\|c\\",
    "`code | x`", "``", "*a* _b_ ~~c~~ [l](u) ![i](u)", "# head", "> quote", "---", "|---|", "&amp;&lt;&#60;", "%41%zz",
    "x" * 3000, "w w " * 500, "🦀👩‍👩‍👧😀", "日本語", "e\u0301\u0327", "\ufeffbom", "\ud7ff\ufffe", "no", "~", "null", "1e3",
    "0x1f", "12:30:45", "2001-01-01", "<<", "=", "a: b", "- x", "? x", "#c", "!!int 1", "&a *a", "%YAML", "{a: [b", "|",
    ">-", "x\n y\n\n  z\n", "\na", "a\n\n\n", " \n ", "\\u001b", "$(id)`id`", "${x}", "%n%s",
]  # fmt: skip
NO_REFERENCES = [
    "UPPER", "a b", "nginx:", "@sha256:x", "x\x1b[0m", "=cmd|x", "", "https://x/y", "\u202enginx", "a//b", "nginx@sha256:12",
    "<b>", "a|b", "`x`", "-x", "x" * 300, "nginx:" + "t" * 129, "sha256:" + "a" * 64, "b" * 64, "a\nb", '"', "☃",
]  # fmt: skip
CLUSTER = "=cluster,|<b>`\u202e\x1b[1m"


def hostile():
    items = [space("kube-system", uid="=uid\n\u202e<b>|")]
    state = {"running": {"startedAt": stamp(Generator.NOW)}}

    def pod(where, name, image, **more):
        status = more.pop("status", {"image": image, "imageID": ""})
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"namespace": where, "name": name, "creationTimestamp": stamp(Generator.NOW), **more},
            "spec": {
                "nodeName": more.get("labels", {}).get(LABEL, "n"),
                "containers": [{"name": name, "image": image}],
            },
            "status": {"phase": "Running", "containerStatuses": [{"name": name, "state": state, **status}]},
        }

    for at, text in enumerate(HOSTILE):
        items.append(space(text))
        owners = [[owner(f"{text}/v1", text, text)], [owner("v1", "Node", text)], []][at % 3]
        labels = {LABEL: text, "pod-template-hash": text}
        items.append(pod(text, text, f"nginx:1.{at}", labels=labels, ownerReferences=owners))
        owners = [owner("apps/v1", "ReplicaSet", f"a-{text}")]
        items.append(pod("one", f"{text}-{at}", "1:20", labels=labels, ownerReferences=owners))
    digest = "sha256:" + "0123456789abcdef" * 4
    for at, text in enumerate(NO_REFERENCES):
        items.append(pod("two", f"a-{at}", text))
        status = {"image": f"docker.io/library/known:{at}", "imageID": f"docker.io/library/known@{digest}"}
        items.append(pod("two", f"b-{at}", text, status=status))
        status = {"image": text, "imageID": f"docker-pullable://known@{digest}"}
        items.append(pod("two", f"c-{at}", text, status=status))
    return items


# Running kai.


class Run:
    def __init__(self, kai, folder, name, items, cluster=None):
        self.name, self.items, self.cluster = name, items, cluster
        self.expected = Expected(items, cluster)
        self.kai, self.folder, self.path = kai, folder, os.path.join(folder, f"{name}.json")
        # No settings of anybody's.
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "List", "items": items}, file)
        self.known = {}

    def bytes(self, *arguments, path=None):
        command = [self.kai, *arguments, "-f", path or self.path]
        if self.cluster:
            command += ["--cluster-name", self.cluster]
        ran = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, timeout=300)
        self.logged = ran.stderr.decode()
        need(ran.returncode == 0, f"kai {' '.join(arguments)} ended with {ran.returncode}: {self.logged[-500:]}")
        return ran.stdout

    def text(self, *arguments):
        """What kai writes, once for all checks; each line ends with LF."""
        if arguments not in self.known:
            written = self.bytes(*arguments)
            need(not written.startswith(b"\xef\xbb\xbf"), "a byte order mark")
            need(not written or written.endswith(b"\n"), "the last line does not end")
            self.known[arguments] = written.decode("utf-8"), self.logged
        return self.known[arguments][0]

    def rows(self, *arguments):
        """The rows of a run with jsonl."""
        lines = self.text(*arguments, "-o", "jsonl").split("\n")[:-1]
        return [json.loads(line, object_pairs_hook=unique) for line in lines]


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), f"a key is there twice: {short(pairs)}")
    return dict(pairs)


class Unique:
    """Of PyYAML's loaders, which would take the last of equal keys."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        need(len(set(keys)) == len(keys), f"a key is there twice: {short(keys)}")
        return super().construct_mapping(node, deep)


class Loader(Unique, yaml.SafeLoader):
    """Written in Python."""


class FastLoader(Unique, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Of libyaml, where that is there: for long texts."""


def read_yaml(text):
    return yaml.load(text, Loader if len(text) < 500_000 else FastLoader)


# Characters that steer a terminal or end a line (but LF), or reorder what is shown. Joiners and the
# mark of byte order do neither.
_ORDERS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
STEERING = re.compile(
    "[%s]"
    % "".join(
        re.escape(character)
        for character in map(chr, range(0x10000))
        if unicodedata.category(character) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _ORDERS
        or character in "\u200e\u200f\u061c"
    )
)


def plain(text):
    """Nothing steers in a text for people."""
    for at, line in enumerate(text.split("\n")):
        match = STEERING.search(line)
        if match:
            around = line[max(0, match.start() - 40) : match.end() + 40]
            raise Wrong(f"line {at + 1} has {ascii(match[0])}: {short(around)}")


def escaped(text):
    """A text as it is shown to people."""
    named = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return STEERING.sub(lambda match: named.get(match[0], f"\\u{{{ord(match[0]):x}}}"), text)


def cell(value):
    return "" if value is None else str(value)


# The checks: each takes a run.


def check_json(run):
    begun = int(time.time())
    document = json.loads(run.text("-o", "json"), object_pairs_hook=unique)
    named = ["cluster_name"] if run.cluster else []
    same("keys", list(document), ["timestamp", "results", *named, "inventory_type"])
    same("cluster_name", document.get("cluster_name"), run.cluster)
    same("inventory_type", document["inventory_type"], "kubernetes")
    timestamp(document["timestamp"], begun)
    same("results", document["results"], run.expected.document())


def timestamp(text, begun):
    right = isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    need(right, f"timestamp {text!r}")
    need(begun - 300 <= seconds(text) <= time.time() + 1, f"timestamp {text!r} is not now")


def check_yaml(run):
    found = read_yaml(run.text("-o", "yaml"))
    timestamp(found.get("timestamp"), int(time.time()))
    expected = json.loads(run.text("-o", "json"))
    same("document", found, expected | {"timestamp": found["timestamp"]})


def jsonl(run, arguments, columns, expected):
    rows = run.rows(*arguments)
    for row in rows:
        same("keys", list(row), columns)
        for key, value in row.items():
            number = key in ("pods", "nodes")
            right = type(value) is int if number else value is None or isinstance(value, str) and value != ""
            need(right, f"{key} is {short(value)}")
    same_set("rows", rows, expected)


def check_jsonl(run):
    jsonl(run, (), USES, run.expected.uses())


def check_where_jsonl(run):
    jsonl(run, WHERE, PODS, run.expected.where())
    every = Expected(run.items, run.cluster, everything=True)
    jsonl(run, (*WHERE, "--ignore-not-running=false"), PODS, every.where())


def check_labels(run):
    columns = [*USES, LABELLED]
    jsonl(run, ("-L", LABEL), columns, run.expected.chosen(columns, run.expected.by_label))
    csv_of(run, ("-L", LABEL), columns)


def check_where_labels(run):
    arguments, columns = (*WHERE, "-L", LABEL), [*PODS, LABELLED]
    jsonl(run, arguments, columns, run.expected.chosen(columns, run.expected.by_pods))
    csv_of(run, arguments, columns)
    markdown_of(run, arguments, columns)
    plain(run.text(*arguments))


def csv_of(run, arguments, columns):
    text = run.text(*arguments, "-o", "csv")
    outside = re.sub(r'(?<![^,\n])"(?:[^"]|"")*"(?=[,\n])', "", text)
    need("\r" not in outside and '"' not in outside, "a quote, or CR, outside of quotes")
    # A bare quote or bytes behind a closing one are errors.
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    same("header", found[0], columns)
    expected = [[guarded(cell(value)) for value in row.values()] for row in run.rows(*arguments)]
    same("rows", found[1:], expected)
    for row in found:
        for value in row:
            need(not value.startswith(FORMULA), f"a formula: {short(value)}")
    return found


# What a spreadsheet takes for the start of a formula.
FORMULA = tuple("=+-@\t\r\n")


def guarded(text):
    return f"'{text}" if text.startswith(FORMULA) else text


def check_csv(run):
    csv_of(run, (), USES)
    headless = run.text("--no-headers", "--columns", "pods,namespace,image", "-o", "csv")
    found = list(csv.reader(io.StringIO(headless, newline=""), strict=True))
    rows = run.rows()
    same("chosen columns", found, [[guarded(cell(row[k])) for k in ("pods", "namespace", "image")] for row in rows])


def check_sorted(run):
    """Numbers as numbers, and what is not known last; else in the order of before."""
    for column in "pods", "since", "tag", "image":
        found = run.rows("--sort-by", column)
        same(column, found, sorted(run.rows(), key=lambda row: (row[column] is None, row[column] or 0)))


def check_where_csv(run):
    csv_of(run, WHERE, PODS)


def check_duckdb(run):
    """Another reader of CSV and of JSON lines."""
    for arguments, columns in ((), USES), (WHERE, PODS):
        rows = run.rows(*arguments)
        paths = {}
        for form in "csv", "jsonl":
            paths[form] = os.path.join(run.folder, f"duckdb.{form}")
            with open(paths[form], "w", encoding="utf-8", newline="") as file:
                file.write(run.text(*arguments, "-o", form))
        with duckdb.connect() as database:
            options = "header=true, all_varchar=true, delim=',', quote='\"', escape='\"', strict_mode=true, nullstr=''"
            options += ", auto_detect=false, new_line='\\n', max_line_size=10000000, columns=?"
            types = {column: "VARCHAR" for column in columns}
            query = f"SELECT * FROM read_csv(?, {options})"
            found = database.execute(query, [paths["csv"], types]).fetchall()
            expected = [tuple(v if v is None else guarded(str(v)) for v in row.values()) for row in rows]
            same("rows of CSV", found, expected)
            query = "SELECT * FROM read_json(?, format='newline_delimited', columns=?)"
            types = {c: "BIGINT" if c in ("pods", "nodes") else "VARCHAR" for c in columns}
            found = database.execute(query, [paths["jsonl"], types]).fetchall()
            same("rows of JSON lines", found, [tuple(row.values()) for row in rows])


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ESCAPABLE = re.compile(r"\\([!-/:-@\[-`{-~])")


def markdown_of(run, arguments, columns):
    text = run.text(*arguments, "-o", "markdown")
    plain(text)
    rows = run.rows(*arguments)
    expected = [columns] + [[escaped(cell(value)).strip() for value in row.values()] for row in rows]
    lines = text.split("\n")[:-1]
    need(len(lines) > 1 and re.fullmatch(r"\|(---\|)+", lines[1]), f"line 2: {short(lines[1:2])}")
    same("cells of line 2", lines[1].count("---"), len(columns))
    # By hand: what stands between pipes that are not escaped.
    for at, line in enumerate(lines[:1] + lines[2:]):
        bare = re.sub(r"\\.", "", line)
        need(not re.search(r"[<>`]|&(?!amp;|lt;|gt;)", bare), f"raw HTML, or code, in row {at}: {short(line)}")
        pieces = re.split(r"(?<!\\)((?:\\\\)*)\|", line)
        cells = [piece + slashes for piece, slashes in zip(pieces[2::2], [*pieces[3::2], ""])]
        need(pieces[0] == "" and cells[-1] == "", f"row {at} lacks a pipe at an end")
        found = [html.unescape(ESCAPABLE.sub(r"\1", cell.strip())) for cell in cells[:-1]]
        same(f"row {at}", found, expected[at])
    # By a reader: one table, and nothing but text in it.
    tokens = MARKDOWN.parse(text)
    blocks = {token.type.rpartition("_")[0] for token in tokens if token.level == 0}
    same("blocks", sorted(blocks), ["table"])
    need([token.type for token in tokens].count("table_open") == 1, "several tables")
    found = []
    for token in tokens:
        if token.type == "tr_open":
            found.append([])
        if token.type == "inline":
            for child in token.children:
                need(child.type == "text", f"{child.type} in row {len(found)}: {short(token.content)}")
            found[-1].append("".join(child.content for child in token.children))
    same("rows of a reader", found, expected)


def check_markdown(run):
    markdown_of(run, (), USES)


def check_where_markdown(run):
    markdown_of(run, WHERE, PODS)


def check_where_json(run):
    found = json.loads(run.text(*WHERE, "-o", "json"), object_pairs_hook=unique)
    same("rows", found, run.rows(*WHERE))


def check_where_yaml(run):
    same("rows", read_yaml(run.text(*WHERE, "-o", "yaml")) or [], run.rows(*WHERE))


def images(run):
    """Name, tag and digest of each image of the JSON document; no tag where that is made up."""
    found = set()
    for result in json.loads(run.text("-o", "json"))["results"]:
        for image in result["images"]:
            name, _, tag = image["tag"].rpartition(":")
            digest = image.get("repoDigest")
            found.add((name, None if digest and made_up(digest) == tag else tag, digest))
    return found


def reference(image, pin):
    name, tag, digest = full(image[0]), image[1] and f":{image[1]}", image[2] and f"@{image[2]}"
    if pin == "both":
        return name + (tag or "") + (digest or "")
    return name + ((tag or digest) if pin == "tag" else (digest or tag))


def check_refs(run):
    for pin in "digest", "tag", "both":
        arguments = ("-o", "refs", "--pin", pin) if pin != "digest" else ("-o", "refs")
        lines = run.text(*arguments).split("\n")[:-1]
        for line in lines:
            need(FULL.fullmatch(line), f"{pin}: no reference: {short(line)}")
            # Which registry a name is of depends on no rule any more.
            need(re.search(r"[.:A-Z]|^localhost/", line.partition("/")[0] + "/"), f"{pin}: {line}")
        same(f"{pin}: order", lines, sorted(set(lines)))
        same(f"{pin}: references", lines, sorted({reference(image, pin) for image in images(run)}))
        warned = re.search(r"warning: the digest of (\d+) images? is not known", run.known[arguments][1])
        # One image may stand under several spellings of its name.
        unknown = {reference(image, pin) for image in images(run) if image[2] is None}
        expected = 0 if pin == "tag" else len(unknown)
        same(f"{pin}: how many it warns of", int(warned[1]) if warned else 0, expected)
    lines = run.text("-o", "refs", "--columns", "image,arch").split("\n")[:-1]
    same("with architectures", lines, [f"{line}\t" for line in run.text("-o", "refs").split("\n")[:-1]])


def check_skopeo(run):
    for pin in "digest", "tag", "both":
        arguments = ("--pin", pin) if pin != "digest" else ()
        document = read_yaml(run.text("-o", "mirror=skopeo", *arguments)) or {}
        found = []
        for registry, its in document.items():
            same(f"{registry}", list(its), ["images"])
            for repository, wanted in its["images"].items():
                need(isinstance(wanted, list) and wanted, f"{repository}: {short(wanted)}")
                need(all(isinstance(one, str) for one in wanted), f"{repository}: {wanted} are not all texts")
                same(f"{repository}: order", wanted, sorted(set(wanted)))
                for one in wanted:
                    mark = "@" if re.fullmatch(_DIGEST, one) else ":"
                    line = f"{registry}/{repository}{mark}{one}"
                    match = FULL.fullmatch(line)
                    need(match and match["registry"] == registry, f"no reference: {short(line)}")
                    found.append(line)
        lines = set(run.text("-o", "refs", "--pin", pin).split("\n")[:-1])
        if pin == "both":
            lines = {reference(i, p) for i in images(run) for p in ("digest", "tag")}
        same_set(f"{pin}: images", found, lines)


def check_mirror_text(run):
    lines = run.text("-o", "mirror=text").split("\n")[:-1]
    same("lines", lines, run.text("-o", "refs", "--pin", "tag").split("\n")[:-1])


def check_cyclonedx(run):
    text = run.text("-o", "cyclonedx")
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    need(error is None, f"the schema refuses it: {short(str(error))}")
    document = json.loads(text, object_pairs_hook=unique)
    same("specVersion", document["specVersion"], "1.6")
    metadata = document["metadata"]
    timestamp(metadata["timestamp"], int(time.time()))
    same("type of the cluster", metadata["component"]["type"], "platform")
    same("name of the cluster", metadata["component"]["name"], run.cluster or run.expected.uid or "cluster")
    uid = [it["value"] for it in metadata["component"].get("properties", []) if it["name"] == "kai:cluster-uid"]
    same("uid of the cluster", uid, [run.expected.uid] if run.expected.uid else [])
    need("without the packages" in json.dumps(metadata), "it does not say that packages are not listed")
    components = document["components"]
    references = [metadata["component"]["bom-ref"]] + [c["bom-ref"] for c in components]
    same("bom-refs", len(set(references)), len(references))

    # Once more, as its model.
    model = Bom.from_json(json.loads(text))
    same("serialNumber of the model", model.serial_number.urn, document["serialNumber"])
    same_set("bom-refs of the model", [c.bom_ref.value for c in model.components], references[1:])
    same_set("purls of the model", [c.purl.to_string() for c in model.components],
             [PackageURL.from_string(c["purl"]).to_string() for c in components])  # fmt: skip

    spaces, workloads = defaultdict(set), defaultdict(set)
    for row in run.rows():
        image = row["repository"], row["tag"], row["digest"]
        spaces[image].add(row["namespace"])
        workloads[image].add(f"{row['namespace']}/{row['workload_kind'].lower()}/{row['workload']}")
    found = []
    for component in components:
        same("type", component["type"], "container")
        purl = component["purl"]
        parts = PackageURL.from_string(purl)
        name, digest = component["name"], parts.version
        image = (name, parts.qualifiers.get("tag"), digest)
        found.append(image)
        same(f"{purl}: version", component["version"], digest or image[1])
        same(f"{purl}: type", (parts.type, parts.namespace, parts.subpath), ("oci", None, None))
        same(f"{purl}: name", parts.name, full(name).rpartition("/")[2].lower())
        tag = {"tag": image[1]} if image[1] else {}
        same(f"{purl}: qualifiers", parts.qualifiers, {"repository_url": full(name)} | tag)
        raw = purl.partition("?")[2].split("&")
        same(f"{purl}: order", raw, sorted(raw))
        need("/" not in purl[len("pkg:oci/") :], f"{purl}: a slash is not encoded")
        names = {"sha256": "SHA-256", "sha512": "SHA-512", "blake3": "BLAKE3"}
        hashes = [{"alg": names[digest.partition(":")[0]], "content": made_up(digest)}] if digest else []
        same(f"{purl}: hashes", component.get("hashes", []), hashes)
        told = defaultdict(list)
        for it in component["properties"]:
            told[it["name"]].append(it["value"])
        same(f"{purl}: pods", told["kai:pods"], [str(len(run.expected.pods.get(image, ())))])
        same(f"{purl}: namespaces", told["kai:namespace"], sorted(spaces[image]))
        same(f"{purl}: workloads", told["kai:workload"], sorted(workloads[image]))
        same(f"{purl}: properties", set(told), {"kai:pods", "kai:namespace", "kai:workload"})
    same_set("components", found, run.expected.pods)
    return document


def check_cyclonedx_again(run):
    first = json.loads(run.text("-o", "cyclonedx"))
    second = first
    while second["metadata"]["timestamp"] == first["metadata"]["timestamp"]:
        time.sleep(0.2)
        second = json.loads(run.bytes("-o", "cyclonedx"))
    second["metadata"]["timestamp"] = first["metadata"]["timestamp"]
    same("document", second, first)
    # What is listed decides, and not in which order it came.
    shuffled, path = list(run.items), os.path.join(run.folder, "shuffled.json")
    random.Random(1).shuffle(shuffled)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": shuffled}, file)
    third = json.loads(run.bytes("-o", "cyclonedx", path=path))
    third["metadata"]["timestamp"] = first["metadata"]["timestamp"]
    same("document of the same pods in another order", third, first)
    need(run.bytes("-o", "jsonl", path=path).decode() == run.text("-o", "jsonl"), "jsonl depends on the order")
    # Another state has another number.
    with open(path, "w", encoding="utf-8") as file:
        more = {"namespace": "shop", "name": "one-more"}, {"containers": [{"name": "c", "image": "one-more:1"}]}
        more = {"apiVersion": "v1", "kind": "Pod", "metadata": more[0], "spec": more[1], "status": {"phase": "Running"}}
        json.dump({"apiVersion": "v1", "kind": "List", "items": [*run.items, more]}, file)
    other = json.loads(run.bytes("-o", "cyclonedx", path=path))
    need(other["serialNumber"] != first["serialNumber"], "another state has the same serialNumber")


def grid(text):
    """The rows of a table for people, by where its headings begin."""
    lines = text.split("\n")[:-1]
    begins = [match.start() for match in re.finditer(r"\S+(?: \S+)*", lines[0])]
    ends = [*begins[1:], None]
    rows = [[line[begin:end].strip() for begin, end in zip(begins, ends)] for line in lines]
    for at, line in enumerate(lines):
        need(line == line.rstrip(), f"line {at + 1} ends with blanks")
        for begin in begins[1:]:
            need(line[begin - 2 : begin].strip() == "", f"line {at + 1} is out of its columns: {line}")
    return rows


def check_images(run):
    text = run.text("-o", "images")
    plain(text)
    expected = []
    for image, pods in run.expected.pods.items():
        spaces = sorted({where for where, _ in pods})
        shown = ",".join(spaces[:3]) + (f",+{len(spaces) - 3}" if len(spaces) > 3 else "")
        digest = made_up(image[2])[:12] if image[2] else "<none>"
        expected.append((image[0], image[1] or "-", digest, str(len(pods)), escaped(shown)))
    if not expected:
        same("text", text, "No images found\n")
        return
    same("lines", text.count("\n"), 1 + len(expected))
    if run.name == "hostile":
        return
    rows = [tuple(row) for row in grid(text)]
    same("headings", rows[0], ("IMAGE", "TAG", "DIGEST", "PODS", "NAMESPACES"))
    same_set("rows", rows[1:], expected)


def wide_of(run, arguments, columns):
    text = run.text(*arguments, "-o", "wide")
    plain(text)
    rows = run.rows(*arguments)
    same("lines", text.count("\n"), 1 + len(rows))
    if run.name == "hostile":
        return
    shown = [c for c in columns if c not in OPTIONAL or any(row[c] for row in rows)]
    found = grid(text)
    same("headings", found[0], [column.upper().replace("_", " ") for column in shown])
    same("rows", found[1:], [["<none>" if row[c] is None else str(row[c]) for c in shown] for row in rows])


def check_wide(run):
    wide_of(run, (), USES)


def check_where_wide(run):
    wide_of(run, WHERE, PODS)
    plain(run.text(*WHERE))
    lines = len(run.rows(*WHERE))
    same("lines for people", run.text(*WHERE).count("\n"), lines and 1 + lines)


def check_table(run):
    text = run.text("-o", "table")
    plain(text)
    results = run.expected.document()
    expected = [(i["tag"], i.get("repoDigest", ""), r["namespace"]) for r in results for i in r["images"]]
    if not expected:
        same("text", text, "No Images found\n")
        return
    same("lines", text.count("\n"), 1 + len(expected))
    if run.name != "hostile":
        rows = [tuple(row) for row in grid(text)]
        same("headings", rows[0], ("IMAGE TAG", "REPO DIGEST", "NAMESPACE"))
        same_set("rows", rows[1:], expected)


def check_counts(run):
    """The formats say the same of how many pods have an image."""
    pods = {image: len(of_it) for image, of_it in run.expected.pods.items()}
    by_where = defaultdict(set)
    for row in run.rows(*WHERE):
        by_where[row["repository"], row["tag"], row["digest"]].add((row["namespace"], row["pod"]))
    same_set("pods of each image by `kai where`", ((i, len(p)) for i, p in by_where.items()), pods.items())
    same_set("images of jsonl", {(r["repository"], r["tag"], r["digest"]) for r in run.rows()}, pods)
    same("containers", sum(row["pods"] for row in run.rows()), len(run.rows(*WHERE)))


def check_workloads(run):
    """By how the pods were made, and not by what they say."""
    found = {}
    for row in run.rows(*WHERE):
        found[row["namespace"], row["pod"]] = row["workload_kind"], row["workload"], row["workload_known"]
    for key, owned in found.items():
        same(f"workload of {'/'.join(key)}", owned, run.truth[key])
    expected = {(key[0], *run.truth[key]) for key in found}
    same_set("workloads", {tuple(row.values())[2:6] for row in run.rows()}, expected)


CHECKS = {
    "json: the document": check_json,
    "yaml: json's document": check_yaml,
    "jsonl: columns and rows": check_jsonl,
    "csv: jsonl's rows, and no formula": check_csv,
    "markdown: jsonl's rows, and nothing but text": check_markdown,
    "wide: jsonl's rows, and nothing that steers": check_wide,
    "images: each image with its pods": check_images,
    "table: json's images": check_table,
    "refs: json's images, by each pin": check_refs,
    "mirror=skopeo: the references": check_skopeo,
    "mirror=text: the references by tag": check_mirror_text,
    "cyclonedx: schema, model, purls, jsonl's rows": check_cyclonedx,
    "cyclonedx: two runs differ in the timestamp": check_cyclonedx_again,
    "a label's column: jsonl, csv": check_labels,
    "sorted by a column: jsonl": check_sorted,
    "where, jsonl: columns and rows": check_where_jsonl,
    "where, json: jsonl's rows": check_where_json,
    "where, yaml: jsonl's rows": check_where_yaml,
    "where, csv: jsonl's rows, and no formula": check_where_csv,
    "where, markdown: jsonl's rows, and nothing but text": check_where_markdown,
    "where, wide and for people: nothing that steers": check_where_wide,
    "where, a label's column: jsonl, csv, markdown": check_where_labels,
    "counts: the same in all": check_counts,
}


def main(kai):
    with open("examples/pods.json", encoding="utf-8") as file:
        examples = json.load(file)["items"]
    generator = Generator(1500)
    inputs = {"examples": examples, "generated": generator.items, "hostile": hostile(), "empty": [space("a")]}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, items in inputs.items():
            run = Run(kai, folder, name, items, CLUSTER if name == "hostile" else None)
            checks = dict(CHECKS)
            if duckdb:
                checks["csv and jsonl: read by DuckDB"] = check_duckdb
            if name == "generated":
                run.truth = generator.truth
                checks["workloads: as the pods were made"] = check_workloads
            for what, check in checks.items():
                try:
                    check(run)
                    print(f"ok: {name}: {what}", flush=True)
                except Exception as error:
                    # A reader that refuses what it reads has its own error.
                    why = str(error) if isinstance(error, Wrong) else f"{type(error).__name__}: {short(str(error))}"
                    print(f"formats: {name}: {what}: {why}", file=sys.stderr, flush=True)
                    failed += 1
    if not duckdb:
        print("formats: DuckDB: skipped, since it is not installed")
    sys.exit(failed > 0)


main(sys.argv[1])
