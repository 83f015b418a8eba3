//! What helm says of the chart and of values.

use std::fs;

use crate::release::template;
use crate::support::repository;
use crate::{chart, cluster, fixture, helm, printed};

#[test]
fn lint_has_nothing_to_say() {
    let Some(helm) = helm() else { return };
    let chart = chart();
    for values in ["go_kai", "existing_secret", "namespaced", "everything"] {
        let values = fixture(&format!("values/{values}.yaml"));
        let said =
            printed(helm.run(None, &["lint", "--strict", chart.to_str().unwrap(), "-f", &values]));
        assert!(!said.contains("WARNING") && !said.contains("ERROR"), "{said}");
    }
}

#[test]
fn no_key_stands_twice_in_an_object() {
    let Some(helm) = helm() else { return };
    for values in ["go_kai", "existing_secret", "namespaced", "everything"] {
        let manifests = printed(template(helm, "rel", "default", &[values], &[]));
        let objects: Result<Vec<serde_json::Value>, _> = serde_saphyr::from_multiple(&manifests);
        assert!(objects.unwrap().len() > 4, "{values}");
    }
}

#[test]
fn the_version_is_that_of_kai() {
    let text = fs::read_to_string(chart().join("Chart.yaml")).unwrap();
    for key in ["version", "appVersion"] {
        let line = format!("\n{key}: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn values_that_cannot_work_are_refused_with_what_to_do() {
    let Some(helm) = helm() else { return };
    let url = "kai.anchore.url=https://anchore.example";
    let rows: [(&str, &[&str], &[&str]); 22] = [
        ("the image of Go kai", &["go_kai", "go_kai_image"], &[]),
        ("the same, in full", &[], &["image.repository=docker.io/anchore/kai"]),
        ("a cluster without a name", &["existing_secret"], &["kai.clusterName="]),
        ("no password", &[], &[url, "kai.clusterName=shop"]),
        ("no user", &["existing_secret"], &["kai.anchore.user="]),
        ("a URL without a scheme", &[], &["kai.anchore.url=anchore.example:8228"]),
        (
            "no tag to insert",
            &[],
            &["kai.missingTagPolicy.policy=Insert,kai.missingTagPolicy.tag="],
        ),
        ("no namespace to make a role in", &[], &["rbac.namespaced=true"]),
        ("every namespace", &[], &["rbac.namespaced=true,kai.namespaceSelectors.include={all}"]),
        ("a name that no namespace has", &[], &["kai.namespaceSelectors.include={Shop_1}"]),
        ("a level that there is not", &[], &["kai.log.level=verbose"]),
        ("a probe that Kubernetes refuses", &[], &["probes.liveness.successThreshold=2"]),
        ("a part that is null", &[], &["kai.kubeconfig=null"]),
        ("a key that there is not", &[], &["kai.anchor.url=x"]),
        ("another one", &[], &["kai.anchore.http.timeout=1"]),
        ("two replicas", &[], &["replicaCount=2"]),
        ("a mode that there is not", &[], &["kai.mode=hourly"]),
        ("no time at all", &[], &["kai.watch.quietSeconds=0"]),
        ("a window that there is not", &[], &["kai.report.window=since-ever"]),
        ("a part of mode watch that is null", &[], &["kai.mode=watch,kai.watch=null"]),
        ("a number that is a text", &[], &["kai.pollingIntervalSeconds=often"]),
        ("a list that is a text", &[], &["kai.namespaceSelectors.include=shop"]),
    ];
    let mut told = Vec::new();
    for (what, files, settings) in rows {
        let output = template(helm, "rel", "default", files, settings);
        assert!(!output.status.success(), "{what}");
        assert!(output.stdout.is_empty(), "{what}");
        let said = String::from_utf8(output.stderr).unwrap();
        let said = said.trim_end().trim_end_matches("Use --debug flag to render out invalid YAML");
        told.push(format!("{what}\n{}", said.trim_end()));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_part_that_may_be_null_is_left_out() {
    let Some(helm) = helm() else { return };
    let fields = ["livenessProbe", "readinessProbe", "limits"];
    let all = printed(template(helm, "rel", "default", &[], &[]));
    assert!(fields.iter().all(|field| all.contains(field)), "{all}");
    let settings = [
        "probes.liveness=null",
        "probes.readiness=null",
        "resources=null",
        "affinity=null",
        "tolerations=null",
        "kai.namespaceSelectors.include=null",
        "kai.namespaceSelectors.exclude=null",
        "kai.anchore.http.caCert=null",
        "podLabels=null",
        "priorityClassName=null",
    ];
    let left = printed(template(helm, "rel", "default", &[], &settings));
    assert!(fields.iter().all(|field| !left.contains(field)), "{left}");
    assert!(!left.contains("null"), "{left}");
}

/// Resources, each with its verbs.
type Verbs<'t> = &'t [(&'t str, &'t str)];

/// The verbs for each resource in the roles of a rendering.
fn verbs(manifests: &str) -> Vec<(String, String)> {
    let objects: Vec<serde_json::Value> = serde_saphyr::from_multiple(manifests).unwrap();
    let rules = objects.iter().filter_map(|object| object["rules"].as_array()).flatten();
    let joined = |texts: &serde_json::Value| {
        let texts: Vec<_> =
            texts.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        texts.join(",")
    };
    rules.map(|rule| (joined(&rule["resources"]), joined(&rule["verbs"]))).collect()
}

#[test]
fn only_mode_watch_may_watch() {
    let Some(helm) = helm() else { return };
    let url = "kai.anchore.url=https://anchore.example";
    let nodes = [url, "kai.clusterName=shop", "kai.existingSecret=mine", "kai.attribution=exact"];
    let roles = ["rbac.namespaced=true", "kai.namespaceSelectors.include={a}"];
    // Of namespaces that are named kai asks for each.
    let rows: [(&[&str], Verbs<'_>); 3] = [
        (&[], &[("pods", "list"), ("namespaces", "list,get")]),
        (
            &nodes,
            &[
                ("pods", "list"),
                ("namespaces", "list,get"),
                ("nodes", "list"),
                ("replicasets", "list"),
                ("jobs", "list"),
            ],
        ),
        (&roles, &[("pods", "list"), ("namespaces", "get")]),
    ];
    for (settings, listed) in rows {
        for (mode, watches) in [("adhoc", false), ("periodic", false), ("watch", true)] {
            let mode = format!("kai.mode={mode}");
            let settings = [settings, &[&mode]].concat();
            let found = verbs(&printed(template(helm, "rel", "default", &[], &settings)));
            // What controls pods is looked up, and never followed.
            let expected = listed.iter().map(|(resource, verbs)| {
                let is_watched = watches && !["replicasets", "jobs"].contains(resource);
                let verbs =
                    if is_watched { verbs.replace("list", "list,watch") } else { (*verbs).into() };
                ((*resource).to_owned(), verbs)
            });
            assert_eq!(found, expected.collect::<Vec<_>>(), "{settings:?}");
        }
    }
    // The default is no mode that watches.
    let all = printed(template(helm, "rel", "default", &[], &[]));
    assert!(!all.contains("watch"), "{all}");
}

#[test]
fn alerts_are_of_what_the_release_does_and_of_metrics_that_there_are() {
    let Some(helm) = helm() else { return };
    let metrics = fs::read_to_string(repository().join("docs/reference/metrics.md")).unwrap();
    let always =
        ["KaiAbsent", "KaiNoInventory", "KaiNamespacesSkipped", "KaiForbidden", "KaiImagesUnknown"];
    let delivers = ["KaiNotDelivered", "KaiReportRejected"];
    let watches = ["KaiNotWatching", "KaiWatchLag", "KaiWatchDrift"];
    let url = [
        "kai.anchore.url=https://anchore.example",
        "kai.clusterName=shop",
        "kai.existingSecret=mine",
        "kai.pollingIntervalSeconds=1000",
    ];
    let rows: [(&[&str], Vec<&str>, u64); 3] = [
        (&[], always.to_vec(), 900),
        (&url, [&always[..], &delivers].concat(), 3000),
        (&["kai.mode=Watch"], [&always[..], &watches].concat(), 900),
    ];
    for (settings, expected, late) in rows {
        let settings = [settings, &["prometheusRule.enabled=true"]].concat();
        let manifests = printed(template(helm, "rel", "security", &[], &settings));
        let objects: Vec<serde_json::Value> = serde_saphyr::from_multiple(&manifests).unwrap();
        let rules = objects.iter().find(|object| object["kind"] == "PrometheusRule").unwrap();
        let rules = rules["spec"]["groups"][0]["rules"].as_array().unwrap();
        let names: Vec<_> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
        assert_eq!(names, expected);
        for rule in rules {
            let expression = rule["expr"].as_str().unwrap();
            let from = expression.find("kai_").unwrap();
            let (metric, rest) = expression[from..].split_once('{').unwrap();
            let row = metrics.lines().find(|line| line.starts_with(&format!("| `{metric}` |")));
            let row = row.unwrap_or_else(|| panic!("there is no {metric}"));
            let of = r#"namespace="security",service="rel-kai""#;
            let selected = rest.split_once('}').unwrap().0.strip_prefix(of);
            // A label that the metric has not would select nothing.
            let label = selected.unwrap_or_else(|| panic!("{expression}"));
            if let Some((label, value)) = label.split_once('=') {
                let (label, value) = (label.trim_matches(','), value.trim_matches('"'));
                assert!(row.contains(&format!("`{label}`")), "{row}");
                assert!(row.contains(&format!("`{value}`")), "{row}");
            }
            if expression.starts_with("time()") {
                assert!(expression.ends_with(&format!("> {late}")), "{expression}");
            }
        }
    }
    assert!(!printed(template(helm, "rel", "default", &[], &[])).contains("PrometheusRule"));
}

#[cfg(unix)]
#[test]
fn another_chart_may_have_this_one_in_it_and_switch_it_off() {
    let Some(helm) = helm() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("charts")).unwrap();
    std::os::unix::fs::symlink(chart(), folder.path().join("charts/kai")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let text = format!(
        "{{apiVersion: v2, name: all, version: 1.0.0, dependencies: \
         [{{name: kai, version: {version}, condition: kai.enabled}}]}}"
    );
    fs::write(folder.path().join("Chart.yaml"), text).unwrap();
    for (enabled, rendered) in [("kai.enabled=true", true), ("kai.enabled=false", false)] {
        let arguments = ["template", "rel", folder.path().to_str().unwrap(), "--set", enabled];
        let manifests = printed(helm.run(None, &arguments));
        assert_eq!(manifests.contains("kind: Deployment"), rendered, "{manifests}");
    }
}

#[test]
fn a_copy_of_the_image_in_another_registry_is_fine() {
    let Some(helm) = helm() else { return };
    let copy = "image.repository=registry.example/anchore/kai";
    let manifests = printed(template(helm, "rel", "default", &[], &[copy]));
    let image = format!("image: \"registry.example/anchore/kai:v{}\"", env!("CARGO_PKG_VERSION"));
    assert!(manifests.contains(&image), "{manifests}");
}

#[test]
fn a_release_that_has_the_chart_s_name_in_its_own_does_not_repeat_it() {
    let Some(helm) = helm() else { return };
    for (release, settings, name) in [
        ("rel", &[][..], "rel-kai"),
        ("my-kai", &[], "my-kai"),
        ("rel", &["nameOverride=images"], "rel-images"),
        ("rel", &["fullnameOverride=images"], "images"),
    ] {
        let manifests = printed(template(helm, release, "default", &[], settings));
        let line = format!("kind: Deployment\nmetadata:\n  name: \"{name}\"\n");
        assert!(manifests.contains(&line), "{release} {settings:?}\n{manifests}");
    }
}

#[test]
fn the_notes_say_what_to_look_after() {
    let Some(helm) = helm() else { return };
    let chart = chart();
    let kubeconfig = cluster().admin_kubeconfig();
    let url = "kai.anchore.url=http://someone:hush-hush@anchore.example:8228/of/ours";
    let many = (0..33).map(|number| format!("n{number}")).collect::<Vec<_>>().join(",");
    let many = format!("kai.namespaceSelectors.include={{{many}}}");
    let rows: [(&str, &[&str]); 7] = [
        ("mode adhoc", &["kai.mode=adhoc"]),
        (
            "paused, and all that a warning may be about but delivery",
            &[
                "replicaCount=0",
                "kai.listenInventory=true",
                "kai.verboseInventoryReports=true",
                "kai.anchore.http.insecure=true",
            ],
        ),
        ("delivery", &[url, "kai.anchore.password=hush-hush", "kai.clusterName=shop"]),
        ("mode watch", &["kai.mode=watch"]),
        (
            "mode watch with delivery",
            &[url, "kai.anchore.password=hush-hush", "kai.clusterName=shop", "kai.mode=Watch"],
        ),
        (
            "mode watch with roles in more namespaces than are watched each",
            &["kai.mode=watch", "rbac.namespaced=true", &many],
        ),
        (
            "delivery with roles in two namespaces",
            &[
                url,
                "kai.existingSecret=mine",
                "kai.kubeconfig.cluster=shop",
                "rbac.namespaced=true",
                "kai.namespaceSelectors.include={a,b}",
            ],
        ),
    ];
    let mut told = Vec::new();
    for (what, settings) in rows {
        let mut arguments =
            vec!["install", "rel", chart.to_str().unwrap(), "--dry-run=client", "--hide-secret"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let said = printed(helm.run(Some(&kubeconfig), &arguments));
        let notes = said.split_once("NOTES:").unwrap().1.trim();
        assert!(!notes.contains("hush-hush"), "{notes}");
        let notes = notes.replace(env!("CARGO_PKG_VERSION"), "[version]");
        told.push(format!("{what}\n{notes}"));
    }
    insta::assert_snapshot!(told.join("\n\n---\n"));
}
