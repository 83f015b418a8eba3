use std::time::{Duration, SystemTime};

use kai_core::{
    CollectOptions, Container, ContainerKind, InMemoryPodSource, Inventory, Namespace, Pod,
    PodPhase, collect,
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
    format.presenter().write(&report, &mut out).unwrap();
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
        let error = format.presenter().write(&report, &mut Full).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{format:?}");
    }
}
