use std::time::{Duration, SystemTime};

use kai_core::{
    CollectOptions, Container, ContainerKind, Image, Observed, OwnerReference, Pod, PodPhase,
};

use super::*;
use crate::output::View;

fn pod(namespace: &str, name: &str, image: &str) -> Pod {
    let owner = OwnerReference::new("apps/v1", "StatefulSet", name.trim_end_matches("-0"));
    Pod::new(namespace, name)
        .with_phase(PodPhase::Running)
        .with_node("worker-1")
        .with_started(SystemTime::UNIX_EPOCH)
        .with_owner(owner)
        .with_container(Container::new(ContainerKind::Regular, "app", image))
}

fn found(pods: Vec<Pod>) -> UseTable {
    let options = CollectOptions::default().ignore_not_running(false);
    let mut table = UseTableBuilder::default().by_pods().label_keys(["example.com/team"]);
    let facts: Vec<_> = pods.into_iter().map(Observed::Pod).collect();
    let mut collector = kai_core::Collector::new(&options);
    for fact in &facts {
        collector.observe(fact, &mut table);
    }
    collector.finish(&mut table);
    table.finish()
}

fn written(table: &UseTable, view: &View) -> String {
    let mut out = Vec::new();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(17 * 86_400);
    let rows = Rows::new(table, None, None, Columns::PODS, view);
    let _ = table::write(&rows, now, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_has_the_columns_that_tell_something() {
    let digest = format!("postgres:17.5@sha256:{}", "1".repeat(64));
    let one = found(vec![pod("payments", "ledger-0", &digest), pod("jobs", "backup-0", &digest)]);
    insta::assert_snapshot!(written(&one, &View::default()), @r"
    NAMESPACE  WORKLOAD            POD       CONTAINER  KIND  NODE      SINCE  TAG   DIGEST
    jobs       statefulset/backup  backup-0  app        main  worker-1  17d    17.5  111111111111
    payments   statefulset/ledger  ledger-0  app        main  worker-1  17d    17.5  111111111111
    ");
    let failed = pod("shop", "web-0", "bitnami/postgres:16")
        .with_phase(PodPhase::Failed)
        .with_label("example.com/team", "payments");
    let two = found(vec![pod("payments", "ledger-0", &digest), failed]);
    let view = View { labels: vec!["example.com/team".to_owned()], ..View::default() };
    insta::assert_snapshot!(written(&two, &view), @r"
    NAMESPACE  WORKLOAD            POD       CONTAINER  KIND  NODE      PHASE    SINCE  IMAGE             TAG   DIGEST        TEAM
    payments   statefulset/ledger  ledger-0  app        main  worker-1  Running  17d    postgres          17.5  111111111111  <none>
    shop       statefulset/web     web-0     app        main  worker-1  Failed   17d    bitnami/postgres  16    <none>        payments
    ");
    for width in [60, 80, 100, 200] {
        let text = written(&two, &View { width: Some(width), ..view.clone() });
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        // Below, what tells them apart would go.
        assert!(longest <= width.max(95), "{width}\n{text}");
    }
}

#[test]
fn the_closing_line_counts_what_was_found() {
    let digest = |name: &str| format!("{name}:17.5@sha256:{}", "1".repeat(64));
    let table = found(vec![
        pod("payments", "ledger-0", &digest("postgres")),
        pod("jobs", "backup-0", &digest("docker.io/library/postgres")),
    ]);
    let expected = "2 containers, 2 workloads, 2 namespaces, 1 node; one digest under 2 names";
    assert_eq!(Summary::of(&table).to_string(), expected);
    let table = found(vec![pod("payments", "ledger-0", "postgres:17")]);
    let expected = "1 container, 1 workload, 1 namespace, 1 node";
    assert_eq!(Summary::of(&table).to_string(), expected);
}

#[test]
fn what_is_spelled_like_it_is_named_where_nothing_matches() {
    let mut near = Near::default();
    for text in ["postgres:17", "team/postgres-exporter:1", "redis:7", "library/postgis:1"] {
        near.note(&Arc::new(text.parse::<Image>().unwrap()));
    }
    let nothing = |patterns: &[&str]| {
        let patterns: Vec<_> = patterns.iter().map(|text| text.parse().unwrap()).collect();
        near.nothing(&patterns)
    };
    insta::assert_snapshot!(
        [nothing(&["postgrs"]), nothing(&["nginx", "tag=1"]), nothing(&["postgres:18"]), nothing(&["17"])].join("\n"), @"
    no container runs an image that matches `postgrs` (near, with containers: `library/postgis` 1, `postgres` 1)
    no container runs an image that matches `nginx` or `tag=1`
    no container runs an image that matches `postgres:18` (near, with containers: `postgres` 1, `team/postgres-exporter` 1, `library/postgis` 1)
    no container runs an image that matches `17` (it is a tag of 1 container: `tag=17`)
    ");
}
