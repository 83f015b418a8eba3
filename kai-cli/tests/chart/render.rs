//! What helm says of the chart and of values.

use crate::release::template;
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
fn the_version_is_that_of_kai() {
    let text = std::fs::read_to_string(chart().join("Chart.yaml")).unwrap();
    for key in ["version", "appVersion"] {
        let line = format!("\n{key}: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn values_that_cannot_work_are_refused_with_what_to_do() {
    let Some(helm) = helm() else { return };
    let url = "kai.anchore.url=https://anchore.example";
    let rows: [(&str, &[&str], &[&str]); 12] = [
        ("the image of Go kai", &["go_kai", "go_kai_image"], &[]),
        ("the same, in full", &[], &["image.repository=docker.io/anchore/kai"]),
        ("a cluster without a name", &["existing_secret"], &["kai.clusterName="]),
        ("no password", &[], &[url, "kai.clusterName=shop"]),
        ("no user", &["existing_secret"], &["kai.anchore.user="]),
        ("no namespace to make a role in", &[], &["rbac.namespaced=true"]),
        ("a key that there is not", &[], &["kai.anchor.url=x"]),
        ("another one", &[], &["kai.anchore.http.timeout=1"]),
        ("two replicas", &[], &["replicaCount=2"]),
        ("a mode that there is not", &[], &["kai.mode=hourly"]),
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
        let line = format!("kind: Deployment\nmetadata:\n  name: {name}\n");
        assert!(manifests.contains(&line), "{release} {settings:?}\n{manifests}");
    }
}

#[test]
fn the_notes_say_what_to_look_after() {
    let Some(helm) = helm() else { return };
    let chart = chart();
    let kubeconfig = cluster().admin_kubeconfig();
    let url = "kai.anchore.url=http://someone:hush-hush@anchore.example:8228/of/ours";
    let rows: [(&str, &[&str]); 3] = [
        ("mode adhoc", &["kai.mode=adhoc"]),
        ("delivery", &[url, "kai.anchore.password=hush-hush", "kai.clusterName=shop"]),
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
