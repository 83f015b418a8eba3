use std::error::Error;
use std::io::Cursor;
use std::io::Write;

use kai_core::{Container, ContainerKind, Namespace, Observed, Pod, PodPhase};

use super::input::CHUNK;
use super::*;

mod cases;
mod endless;
mod forms;
mod lists;

async fn facts(text: impl AsRef<[u8]>) -> Result<Vec<Observed>, String> {
    facts_of(Cursor::new(text.as_ref().to_vec())).await.map_err(|error| error.to_string())
}

async fn facts_of(input: impl std::io::Read + Send + 'static) -> Result<Vec<Observed>, InputError> {
    let facts: Vec<_> =
        read::read(Ok(Input::Ready(Box::new(input))), read::Limits::default(), Arc::default())
            .collect()
            .await;
    facts.into_iter().collect::<Result<_, _>>().map_err(InputError::from)
}

fn pod(name: &str) -> Observed {
    Observed::Pod(Pod::new("a", name))
}

/// A pod as JSON; `kind` may be empty.
fn json(kind: &str, name: &str) -> String {
    let kind = if kind.is_empty() { String::new() } else { format!(r#""kind":"{kind}","#) };
    format!(r#"{{{kind}"metadata":{{"namespace":"a","name":"{name}"}}}}"#)
}

/// The facts in one line: namespaces, and pods with the images of their specs.
fn shown(facts: &[Observed]) -> String {
    let facts = facts.iter().map(|fact| match fact {
        Observed::Namespace(namespace) => format!("namespace {}", namespace.name),
        Observed::Pod(pod) => {
            let images = pod.containers.iter().map(|container| format!(" {}", container.image));
            format!("{}/{}{}", pod.namespace, pod.name, images.collect::<String>())
        }
        other => format!("{other:?}"),
    });
    facts.collect::<Vec<_>>().join("; ")
}

const POD: &str = r#"{
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "web-0", "namespace": "shop", "uid": "u-1", "labels": {"a": "b"}},
  "spec": {
    "nodeName": "node-1",
    "initContainers": [{"name": "migrate", "image": "shop/migrate:1"}],
    "containers": [{"name": "web", "image": "nginx:1.27", "env": [{"name": "image", "value": "x"}]},
                   {"name": "late", "image": "shop/late"}],
    "ephemeralContainers": [{"name": "debug", "image": "busybox", "targetContainerName": "web"}],
    "volumes": [{"name": "tmp", "emptyDir": {}},
                {"name": "model", "image": {"reference": "models/m:2", "pullPolicy": "Always"}},
                {"name": "unmounted", "image": {"reference": "models/n"}}]
  },
  "status": {
    "phase": "Pending",
    "initContainerStatuses": [{"name": "migrate", "image": "m", "imageID": "i", "state": {"terminated": {"exitCode": 0}}}],
    "containerStatuses": [
      {"name": "late", "image": "", "imageID": "", "state": {"waiting": {"reason": "ContainerCreating"}}},
      {"name": "web", "image": "docker.io/library/nginx:1.27", "imageID": "nginx@sha256:1", "containerID": "containerd://c",
       "state": {"running": {}},
       "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"},
                        {"name": "model", "mountPath": "/m", "volumeStatus": {"image": {"imageRef": "models/m@sha256:2"}}}]}],
    "ephemeralContainerStatuses": [{"name": "debug", "image": "b", "imageID": "c", "state": {"running": {"startedAt": null}}}]
  }
}"#;

#[tokio::test]
async fn a_pod_has_its_containers_of_every_kind_with_their_statuses() {
    let expected = Pod::new("shop", "web-0")
        .with_uid("u-1")
        .with_node("node-1")
        .with_phase(PodPhase::Pending)
        .with_container(
            Container::new(ContainerKind::Init, "migrate", "shop/migrate:1").with_status("m", "i"),
        )
        .with_container(
            Container::new(ContainerKind::Regular, "web", "nginx:1.27")
                .with_status("docker.io/library/nginx:1.27", "nginx@sha256:1")
                .with_container_id("containerd://c")
                .running(),
        )
        .with_container(Container::new(ContainerKind::Regular, "late", "shop/late"))
        .with_container(
            Container::new(ContainerKind::Ephemeral, "debug", "busybox")
                .with_status("b", "c")
                .running(),
        )
        .with_container(
            Container::new(ContainerKind::ImageVolume, "model", "models/m:2")
                .with_status("", "models/m@sha256:2"),
        )
        .with_container(Container::new(ContainerKind::ImageVolume, "unmounted", "models/n"));
    assert_eq!(facts(POD).await.unwrap(), [Observed::Pod(expected)]);
}

#[tokio::test]
async fn what_is_null_or_missing_is_absent() {
    let rows = [
        r#"{"kind":"Pod","metadata":{"name":"x","namespace":"a"}}"#,
        r#"{"kind":"Pod","metadata":{"name":"x","namespace":"a","uid":null},"spec":null,"status":null}"#,
        r#"{"kind":"Pod","metadata":{"name":"x","namespace":"a"},"spec":{"containers":null,"nodeName":null,"volumes":null},"status":{"containerStatuses":null,"phase":null}}"#,
    ];
    for row in rows {
        assert_eq!(facts(row).await.unwrap(), [pod("x")], "{row}");
    }
    let default = facts(r#"{"kind":"Pod","metadata":{"name":"x"}}"#).await.unwrap();
    assert_eq!(default, [Observed::Pod(Pod::new("default", "x"))], "as kubectl has it");
}

#[tokio::test]
async fn the_own_kind_of_an_item_decides_then_its_list_s_then_it_is_a_pod() {
    let namespace = || Observed::Namespace(Namespace::new("x"));
    let rows = [
        (
            format!(
                r#"{{"kind":"List","items":[{},{}]}}"#,
                json("Pod", "x"),
                json("Namespace", "x")
            ),
            vec![pod("x"), namespace()],
        ),
        (format!(r#"{{"items":[{}],"kind":"List"}}"#, json("Namespace", "x")), vec![namespace()]),
        (format!(r#"{{"kind":"PodList","items":[{}]}}"#, json("", "x")), vec![pod("x")]),
        (format!(r#"{{"kind":"NamespaceList","items":[{}]}}"#, json("", "x")), vec![namespace()]),
        (format!(r#"{{"items":[{}],"kind":"PodList"}}"#, json("", "x")), vec![pod("x")]),
        (format!(r#"{{"items":[{}]}}"#, json("", "x")), vec![pod("x")]),
        (format!("{}\n{}", json("Pod", "x"), json("Namespace", "x")), vec![pod("x"), namespace()]),
        (format!("\u{feff} \n{}", json("Pod", "x")), vec![pod("x")]),
        (r#"{"kind":"PodList","items":[]}"#.to_owned(), vec![]),
        (r#"{"kind":"List","items":null}"#.to_owned(), vec![]),
        (
            format!(
                r#"{{"kind":"List","items":[{},{{"kind":"Deployment","metadata":{{"name":"d"}},"spec":{{"containers":5}}}}]}}"#,
                json("Pod", "x")
            ),
            vec![pod("x")],
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(facts(&text).await.as_ref(), Ok(&expected), "{text}");
    }
}

#[tokio::test]
async fn yaml_says_the_same() {
    let rows = [
        "kind: Pod\nmetadata: {name: x, namespace: a}\n",
        "# a comment\n---\nkind: Pod\nmetadata:\n  name: x\n  namespace: a\n---\n",
        "apiVersion: v1\nitems:\n- metadata: {name: x, namespace: a}\nkind: PodList\n",
        "kind: List\nitems:\n- kind: Pod\n  metadata: {name: x, namespace: a}\n- kind: Secret\n  metadata: 5\n",
    ];
    for row in rows {
        assert_eq!(facts(row).await.as_deref(), Ok(&[pod("x")][..]), "{row}");
    }
    let namespaces = facts("kind: NamespaceList\nitems:\n- metadata: {name: x}\n").await;
    assert_eq!(namespaces.as_deref(), Ok(&[Observed::Namespace(Namespace::new("x"))][..]));
}

#[tokio::test]
async fn yaml_means_texts_whatever_they_look_like() {
    // As kubectl prints them: Go quotes what Go would take for a number, and no more.
    let pod = "kind: Pod\nmetadata:\n  namespace: 1e400\n  name: 0o7\n  labels:\n    commit: 1234e567\n    \
               on: yes\nspec:\n  containers:\n  - name: on\n    image: |\n      two\n      lines\n  - \
               name: 'null'\n    image: \"tab\\there \\u00e9\"\n  - name: a\n    image: null\n";
    let expected = Pod::new("1e400", "0o7")
        .with_container(Container::new(ContainerKind::Regular, "on", "two\nlines\n"))
        .with_container(Container::new(ContainerKind::Regular, "null", "tab\there é"))
        .with_container(Container::new(ContainerKind::Regular, "a", ""));
    assert_eq!(facts(pod).await.unwrap(), [Observed::Pod(expected)]);
}

#[tokio::test]
async fn the_first_byte_that_is_no_blank_tells_json_from_yaml() {
    let blanks = " \n".repeat(CHUNK);
    let yaml = format!("{blanks}kind: Pod\nmetadata: {{name: x, namespace: a}}\n");
    assert_eq!(facts(yaml).await.unwrap(), [pod("x")]);
    assert_eq!(facts(format!("{blanks}{}", json("Pod", "x"))).await.unwrap(), [pod("x")]);
    let error = facts(format!("{blanks}{{]")).await.unwrap_err();
    assert!(error.starts_with(&format!("byte {}", blanks.len() + 1)), "{error}");
    assert_eq!(facts(&blanks).await.unwrap_err(), "it is empty");
}

#[tokio::test]
async fn bad_input_is_told_and_where_it_is() {
    let late = r#"{"items":[{"metadata":{"name":"x"},"spec":{"containers":[{}]}}],"kind":"NamespaceList"}"#;
    let unnamed = r#"{"kind":"PodList","items":[{"metadata":{"namespace":"a"}}]}"#;
    let mistyped = "{\"kind\":\"PodList\",\"items\":[\n{\"metadata\":{\"name\":\"x\"},\n\"spec\":{\"containers\":[{\"image\":5}]}}]}";
    let cut = r#"{"kind":"PodList","items":[{"metadata":{"name":"x"#;
    let long = format!(r#"{{"kind":"{}\\nx"}}"#, "K".repeat(1000));
    let rows: [&[u8]; 26] = [
        b"",
        b" \n\t",
        b"{}",
        br#"{"kind":"Status","message":"no"}"#,
        br#"{"kind":"ConfigMapList","items":[]}"#,
        br#"{"kind":"List","items":[{"kind":"Secret"},{"kind":"Secret"}]}"#,
        br#"{"metadata":{"name":"x"}}"#,
        late.as_bytes(),
        unnamed.as_bytes(),
        mistyped.as_bytes(),
        cut.as_bytes(),
        br#"{"kind":"List","items":[]} trailing"#,
        b"[1]",
        b"5",
        b"just words",
        b"a: b: c",
        b"kind: Status\n",
        b"kind: PodList\nitems: [{metadata: {name: [x]}}]\n",
        b"\xff\xfe{\0}\0",
        b"kind: Pod\nkind: Pod\nmetadata: {name: x}\n",
        b"kind: PodList\nitems:\n- metadata: {name: x}\n- metadata: {}\n",
        b"---\n---\nkind: Status\n",
        b"items:\n- metadata: {name: x}\n  spec: {containers: [{}]}\nkind: NamespaceList\n",
        b"a: &a [*a]\n",
        b"? [a]\n: b\n",
        long.as_bytes(),
    ];
    let mut told = Vec::new();
    for row in rows {
        let error = facts(row).await.expect_err(&String::from_utf8_lossy(row));
        told.push(format!("{} -> {error}", String::from_utf8_lossy(row).escape_debug()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_pipe_is_read_once_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::write(writer, json("Pod", "x")).unwrap());
    let source = FilePodSource::open(pipe).unwrap();
    let everything = kai_core::Query::default();
    assert_eq!(source.observe(&everything).count().await, 1);
    writer.join().unwrap();
    let again: Vec<_> = source.observe(&everything).collect().await;
    let error = again[0].as_ref().unwrap_err();
    assert_eq!(
        error.source().unwrap().to_string(),
        "it was read already, and can be read only once"
    );
}

#[tokio::test]
async fn a_file_is_opened_anew_at_each_pass() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let source = FilePodSource::open(file.path()).unwrap();
    for names in [["x", "y"], ["z", "x"]] {
        let both = names.map(|name| json("Pod", name)).concat();
        std::fs::write(file.path(), both).unwrap();
        let facts: Vec<_> = source.observe(&kai_core::Query::default()).collect().await;
        let facts: Vec<_> = facts.into_iter().map(Result::unwrap).collect();
        assert_eq!(facts, names.map(pod));
    }
    // Also within a pass over another source, and while one goes on.
    std::fs::write(file.path(), [json("Pod", "x"), json("Pod", "y")].concat()).unwrap();
    let query = kai_core::Query::default();
    let mut one = source.observe(&query);
    assert!(one.next().await.is_some());
    assert_eq!(source.observe(&query).count().await, 2);
    assert_eq!(one.count().await, 1);
    drop(file);
    let gone: Vec<_> = source.observe(&query).collect().await;
    assert_eq!(gone[0].as_ref().unwrap_err().kind(), kai_core::SourceErrorKind::Unreachable);
}

#[test]
fn any_executor_reads_a_file_in_json_and_yaml() {
    for text in [json("Pod", "x"), "kind: Pod\nmetadata: {namespace: a, name: x}\n".to_owned()] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let source = FilePodSource::open(file.path()).unwrap();
        let query = kai_core::Query::default();
        let facts: Vec<_> = futures_executor::block_on(source.observe(&query).collect());
        assert_eq!(facts.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [pod("x")]);
    }
}

#[test]
fn what_cannot_be_opened_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(FilePodSource::open(folder.path()), Err(OpenError::Directory { .. })));
    let missing = FilePodSource::open(folder.path().join("none")).unwrap_err();
    assert!(missing.to_string().starts_with("cannot open `"), "{missing}");
}

#[tokio::test]
async fn the_sample_cluster_is_read_whole() {
    let sample = include_bytes!("../../../examples/pods.json");
    let facts = facts(sample).await.unwrap();
    assert!(facts.iter().filter(|fact| matches!(fact, Observed::Pod(_))).count() > 10);
}
