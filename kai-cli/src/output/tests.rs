use std::time::{Duration, SystemTime};

use kai_core::{
    CollectOptions, Container, ContainerKind, Details, InMemoryPodSource, Inventory, Namespace,
    Node, Observed, OwnerReference, Pod, PodPhase, collect, collect_facts,
};

use super::*;

const DIGEST: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

fn inventory(images: &[(&str, &str)]) -> Inventory {
    let mut source = InMemoryPodSource::new().with_namespace(Namespace::new("empty"));
    for (number, (namespace, image)) in images.iter().enumerate() {
        source = source.with_pod(
            Pod::new(*namespace, format!("pod-{number}"))
                .with_phase(PodPhase::Running)
                .with_container(Container::new(ContainerKind::Regular, "app", *image)),
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    runtime.block_on(collect(&source, &CollectOptions::default(), time)).unwrap().inventory
}

fn written(inventory: &Inventory, format: Format) -> String {
    let mut out = Vec::new();
    let report = ClusterReport::new(inventory.clone());
    format.presenter().write(&report, &View::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_is_indented_and_ends_with_a_newline() {
    let pinned = format!("nginx:1.27@{DIGEST}");
    let inventory = inventory(&[("shop", &pinned), ("shop", "redis")]).with_cluster_name("a<b>&c");
    insta::assert_snapshot!(written(&inventory, Format::Json), @r#"
    {
      "timestamp": "2023-11-14T22:13:20Z",
      "results": [
        {
          "namespace": "empty",
          "images": []
        },
        {
          "namespace": "shop",
          "images": [
            {
              "tag": "nginx:1.27",
              "repoDigest": "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
            },
            {
              "tag": "redis:latest"
            }
          ]
        }
      ],
      "cluster_name": "a<b>&c",
      "inventory_type": "kubernetes"
    }
    "#);
    assert!(written(&inventory, Format::Json).ends_with("}\n"));
}

#[test]
fn a_table_is_sorted_by_tag_then_digest_then_namespace() {
    let pinned = format!("nginx:1.27@{DIGEST}");
    let inventory = inventory(&[
        ("web", "redis:7"),
        ("shop", &pinned),
        ("shop", "nginx:1.27"),
        ("a", "redis:7"),
        ("a", "alpine:3"),
        ("web", "nginx:1.9"),
    ]);
    insta::assert_snapshot!(written(&inventory, Format::Table), @r#"
    IMAGE TAG   REPO DIGEST                                                              NAMESPACE
    alpine:3                                                                             a
    nginx:1.27                                                                           shop
    nginx:1.27  sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  shop
    nginx:1.9                                                                            web
    redis:7                                                                              a
    redis:7                                                                              web
    "#);
}

#[test]
fn no_line_of_a_table_ends_in_a_blank() {
    let table =
        written(&inventory(&[("shop", "redis:7"), ("a-long-name", "nginx")]), Format::Table);
    for line in table.lines() {
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn a_table_without_images_says_so() {
    assert_eq!(written(&inventory(&[]), Format::Table), "No Images found\n");
}

#[test]
fn a_namespace_cannot_steer_the_terminal() {
    let table = written(&inventory(&[("a\x1b[2J", "redis:7")]), Format::Table);
    assert!(table.ends_with("  a\\u{1b}[2J\n"), "{table}");
}

#[test]
fn an_error_of_the_writer_is_told_as_it_is() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Json, Format::Table] {
        let report = ClusterReport::new(inventory(&[]));
        let error = format.presenter().write(&report, &View::default(), &mut Full).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{format:?}");
    }
}

const OTHER: &str = "sha256:94ab12f0c3d45891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286";

/// A report of this name with a table of uses.
fn collected(name: &str, facts: Vec<Observed>) -> ClusterReport {
    let details = Details::default().with_use_label("team").with_nodes();
    let options = CollectOptions::default().details(details);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    collect_facts(facts, &options, time).with_cluster_name(name)
}

fn pod(namespace: &str, name: &str, image: &str) -> Pod {
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_690_000_000);
    Pod::new(namespace, name)
        .with_phase(PodPhase::Running)
        .with_started(started)
        .with_container(Container::new(ContainerKind::Regular, "app", image))
}

/// A report with each form of image.
pub(in crate::output) fn report() -> ClusterReport {
    let set = OwnerReference::new("apps/v1", "ReplicaSet", "web-7f9c6d5b8");
    let web = |number: u8| {
        pod("shop", &format!("web-7f9c6d5b8-{number}"), &format!("nginx:1.27@{DIGEST}"))
            .with_owner(set.clone())
            .with_label("pod-template-hash", "7f9c6d5b8")
            .with_label("team", "payments")
            .with_node(format!("n{number}"))
    };
    let db = OwnerReference::new("apps/v1", "StatefulSet", "db");
    let facts = vec![
        Observed::Namespace(Namespace::new("kube-system").with_uid("ca46-2431")),
        Observed::Node(Node::new("n1").with_arch("amd64")),
        Observed::Node(Node::new("n2").with_arch("arm64")),
        Observed::Pod(web(1)),
        Observed::Pod(web(2)),
        Observed::Pod(pod("shop", "db-0", &format!("quay.io:443/team/db@{OTHER}")).with_owner(db)),
        Observed::Pod(pod("jobs", "once", "docker.io/library/redis")),
        Observed::Pod(pod("jobs", "again", "team/tool:2.0")),
    ];
    collected("prod", facts)
}

/// A report of names that mean something to terminals, browsers, spreadsheets or Markdown.
pub(in crate::output) fn hostile() -> ClusterReport {
    let names = [
        "</script><script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "+1",
        "-2",
        "@SUM(A1)",
        "quote\"d, 'and'",
        "line\nbreak\r\ttab",
        "\u{202e}gnp.exe",
        "a|b`c*d_e[f]<g>&h\\",
        "\x1b[2J",
        "\u{2028}",
        "null",
        "yes",
        "0x1F",
        "- a: b",
    ];
    let facts = names.iter().map(|name| {
        let container = Container::new(ContainerKind::Regular, *name, "nginx:1.27");
        let pod = Pod::new(*name, *name).with_phase(PodPhase::Running).with_container(container);
        Observed::Pod(pod.with_label("team", *name))
    });
    collected("<b>&amp;", facts.collect())
}

fn shown(report: &ClusterReport, format: Format, view: &View) -> String {
    let mut out = Vec::new();
    format.presenter().write(report, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn view(columns: &[&str], format: Format) -> View {
    let columns = columns.iter().map(|name| format.columns().named(name).unwrap()).collect();
    View { columns: Some(columns), ..View::default() }
}

#[test]
fn images_fit_the_terminal_and_say_what_is_not_known() {
    let report = report();
    for width in [60, 80, 100, 200] {
        let text = shown(&report, Format::Images, &View { width: Some(width), ..View::default() });
        assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
    }
    insta::assert_snapshot!(shown(&report, Format::Images, &View::default()));
    let by_pods = View {
        sort_by: Some(Column::Pods),
        headers: false,
        ..view(&["pods", "image"], Format::Images)
    };
    insta::assert_snapshot!(shown(&report, Format::Images, &by_pods), @"
    1  docker.io/library/redis
    1  quay.io:443/team/db
    1  team/tool
    2  nginx
    ");
    let none = collected("prod", Vec::new());
    assert_eq!(shown(&none, Format::Images, &View::default()), "No images found\n");
}

#[test]
fn every_format_of_uses_has_the_same_columns() {
    let report = report();
    let labelled = View { labels: vec!["team".to_owned()], ..View::default() };
    let all = [Format::Csv, Format::Jsonl, Format::Markdown, Format::Wide]
        .map(|format| format!("{}:\n{}", format.name(), shown(&report, format, &labelled)));
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn columns_are_chosen_and_sorted_by() {
    let report = report();
    let chosen = View {
        sort_by: Some(Column::Image),
        ..view(&["image", "workload_kind", "pods"], Format::Csv)
    };
    insta::assert_snapshot!(shown(&report, Format::Csv, &chosen), @r"
    image,workload_kind,pods
    docker.io/library/redis,Pod,1
    nginx:1.27@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03,Deployment,2
    quay.io:443/team/db@sha256:94ab12f0c3d45891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286,StatefulSet,1
    team/tool:2.0,Pod,1
    ");
    let names: Vec<_> = Columns::USES.names().collect();
    assert_eq!(names.len(), 20, "a column more is a change that is to be told: {names:?}");
}

#[test]
fn references_are_what_other_tools_take() {
    let report = report();
    let pinned = |pin| shown(&report, Format::Refs, &View { pin, ..View::default() });
    insta::assert_snapshot!([Pin::Digest, Pin::Tag, Pin::Both].map(pinned).join("\n"));
    for line in [Pin::Digest, Pin::Tag, Pin::Both].map(pinned).join("").lines() {
        let reference: kai_core::ImageReference = line.parse().unwrap();
        assert!(reference.repository().as_str().contains('/'), "{line}");
    }
    let with_arch = view(&["image", "arch"], Format::Refs);
    let text = shown(&report, Format::Refs, &with_arch);
    assert!(text.contains(&format!("docker.io/library/nginx@{DIGEST}\tamd64,arm64\n")), "{text}");
}

#[test]
fn lists_to_copy_images_by() {
    let report = report();
    let both = View { pin: Pin::Both, ..View::default() };
    let all = [
        shown(&report, Format::MirrorSkopeo, &View::default()),
        shown(&report, Format::MirrorSkopeo, &both),
        shown(&report, Format::MirrorText, &View::default()),
    ];
    insta::assert_snapshot!(all.join("---\n"));
}

#[test]
fn a_bill_of_materials_differs_in_its_time_only() {
    let report = report();
    let text = shown(&report, Format::Cyclonedx, &View::default());
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    let serial = |text: &str| {
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        document["serialNumber"].as_str().unwrap().to_owned()
    };
    let mut later = collected("prod", vec![]);
    later.uses = report.uses.clone();
    later.cluster_uid = report.cluster_uid.clone();
    assert_eq!(serial(&shown(&later, Format::Cyclonedx, &View::default())), serial(&text));
    later.cluster_uid = Some("another".to_owned());
    assert_ne!(serial(&shown(&later, Format::Cyclonedx, &View::default())), serial(&text));
}

#[test]
fn the_document_as_yaml_is_the_one_in_json() {
    for report in [report(), hostile()] {
        let yaml = shown(&report, Format::Yaml, &View::default());
        let read: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        let json = serde_json::to_value(report.inventory.document()).unwrap();
        assert_eq!(read, json, "{yaml}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let report = hostile();
    let uses = report.uses.as_ref().unwrap();
    let view = view(&["namespace", "container"], Format::Csv);
    let csv = shown(&report, Format::Csv, &view);
    for guarded in ["'=cmd", "'+1", "'-2", "'@SUM", "'- a: b"] {
        assert!(csv.contains(guarded), "{csv}");
    }
    assert!(csv.contains("\"quote\"\"d, 'and'\""), "{csv}");
    let jsonl = shown(&report, Format::Jsonl, &View::default());
    for (line, row) in jsonl.lines().zip(uses.rows()) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(read["namespace"], row.namespace);
    }
    assert_eq!(jsonl.lines().count(), uses.len());
    for format in [Format::Wide, Format::Images, Format::Markdown, Format::Table] {
        let text = shown(&report, format, &View::default());
        let steers =
            |it: char| it.is_control() && it != '\n' || it == '\u{202e}' || it == '\u{2028}';
        assert!(!text.contains(steers), "{format:?}: {text:?}");
    }
    let markdown = shown(&report, Format::Markdown, &view);
    insta::assert_snapshot!(markdown);
}

#[test]
fn a_row_of_unknown_cells_is_a_row_all_the_same() {
    let csv = shown(&report(), Format::Csv, &view(&["ended"], Format::Csv));
    assert_eq!(csv, "ended\n\"\"\n\"\"\n\"\"\n\"\"\n");
}

#[test]
fn each_format_asks_for_no_more_than_it_shows() {
    let view = View::default();
    for (_, format) in Format::ALL {
        let needs = format.needs(&view);
        let is_plain = matches!(
            format,
            Format::Json
                | Format::Table
                | Format::Yaml
                | Format::Refs
                | Format::MirrorSkopeo
                | Format::MirrorText
        );
        assert_eq!(needs == Details::default(), is_plain, "{format:?}");
        assert!(!needs.nodes() && !needs.controllers(), "{format:?} takes no request");
    }
    let exact = View { exact: true, ..View::default() };
    assert!(Format::Csv.needs(&exact).controllers() && !Format::Json.needs(&exact).controllers());
    assert!(Format::Csv.needs(&super::tests::view(&["arch"], Format::Csv)).nodes());
}
