use std::fs;
use std::path::Path;

use crate::support::{Ended, examples, kai, run, run_with_input};

mod endless;

/// Each of these inputs on stdin: what a user sees.
fn told(table: &[(&str, &[u8])], code: i32) -> String {
    let told = table.iter().map(|(what, input)| {
        let ended = run_with_input(input, ["-o", "table"]);
        assert_eq!(ended.code, Some(code), "{what}: {ended}");
        assert!(code == 0 || ended.stdout.is_empty(), "{what}: {ended}");
        format!("$ kai -f - -o table  # {what}\n{ended}\n")
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_input_that_is_no_list_of_pods_is_refused_with_code_3() {
    let sample = fs::read(examples().join("pods.json")).unwrap();
    insta::assert_snapshot!(told(
        &[
            ("empty", b""),
            ("blank", b" \n"),
            ("not JSON", b"{not JSON}"),
            ("cut off", &sample[..sample.len() / 2]),
            ("another kind", b"{}"),
            ("a Status", br#"{"kind":"Status","message":"no"}"#),
            (
                "other kinds only",
                br#"{"kind":"List","items":[{"kind":"Secret","metadata":{"name":"a"}}]}"#
            ),
        ],
        3
    ));
}

#[test]
fn what_people_take_for_a_list_of_pods_is_named_with_what_to_type() {
    let utf16: Vec<u8> = "NAME READY".encode_utf16().flat_map(u16::to_le_bytes).collect();
    insta::assert_snapshot!(told(
        &[
            ("a table", b"NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0          3d\n"),
            ("a warning", b"Warning: v1 ComponentStatus is deprecated in v1.19+\n{\"kind\":\"List\",\"items\":[]}\n"),
            ("a log", b"E1126 08:11:02.123456   12345 memcache.go:287] \"Unhandled Error\"\n{\"items\":[]}\n"),
            ("a message after", b"{\"kind\":\"List\",\"items\":[]}\nError from server (Forbidden): pods is forbidden\n"),
            ("a refusal", b"error: You must be logged in to the server (Unauthorized)\n"),
            ("nothing found", b"No resources found\n"),
            ("no kubectl", b"bash: kubectl: command not found\n"),
            ("a page", b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"),
            ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
            ("a zip file", b"PK\x03\x04\x14\x00\x00\x00"),
            ("zstd", b"\x28\xb5\x2f\xfd\x04\x58"),
            ("base64", b"eyJhcGlWZXJzaW9uIjoidjEiLCJpdGVtcyI6W10sImtpbmQiOiJMaXN0In0K\n"),
            ("UTF-16 without a mark", &utf16),
            ("a kubeconfig", b"apiVersion: v1\nkind: Config\nclusters: []\n"),
            (
                "a page of a list",
                br#"{"kind":"PodList","metadata":{"continue":"t","remainingItemCount":41},"items":[]}"#
            ),
            (
                "a refusal in JSON",
                br#"{"kind":"Status","status":"Failure","message":"pods is forbidden: User \"x\""}"#
            ),
        ],
        3
    ));
}

#[test]
fn a_container_that_cannot_be_updated_has_no_digest_of_the_image_before() {
    let stuck = include_bytes!("../../../kai-k8s/src/file/tests/inputs/inplace-update-stuck.json");
    let ended = run_with_input(stuck, []);
    assert_eq!(ended.code, Some(0), "{ended}");
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let images = &report["results"][0]["images"];
    assert_eq!(*images, serde_json::json!([{"tag": "r.example/app:v2"}]));
    let runs = String::from_utf8(stuck.to_vec()).unwrap().replace("waiting", "running");
    let ended = run_with_input(runs.as_bytes(), []);
    assert!(ended.stdout.contains("sha256:3bfc2695"), "{ended}");
}

#[test]
fn a_list_without_pods_is_a_warning() {
    insta::assert_snapshot!(told(
        &[
            ("an empty list", br#"{"kind":"List","items":[]}"#),
            ("an empty array", b"[]"),
            (
                "an empty list beside another object",
                br#"{"kind":"PodList","items":[]}{"kind":"Deployment"}"#
            ),
            (
                "a namespace only",
                br#"{"kind":"List","items":[{"kind":"Namespace","metadata":{"name":"shop"}}]}"#
            ),
        ],
        0
    ));
}

#[test]
fn a_list_without_pods_of_the_selected_namespaces_is_a_warning_that_says_so() {
    let sample = fs::read(examples().join("pods.json")).unwrap();
    let ended = run_with_input(&sample, ["-n", "default"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    let warning = "warning: the input holds no pods of the selected namespaces\n";
    assert!(ended.stderr.ends_with(warning), "{ended}");
}

#[test]
fn a_file_that_cannot_be_opened_is_refused_with_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("pods.json");
    let told = [missing.as_path(), folder.path()].map(|path| {
        let ended = run(["-f", path.to_str().unwrap()]).with(folder.path(), "[folder]");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        ended.to_string()
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_file_and_the_same_on_stdin_give_the_same_report() {
    let sample = examples().join("pods.json");
    let of_file = run(["-f", sample.to_str().unwrap()]);
    let of_stdin = run_with_input(&fs::read(&sample).unwrap(), []);
    assert_eq!(results(&of_file), results(&of_stdin));
}

fn results(ended: &Ended) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    report["results"].clone()
}

#[test]
fn a_kubeconfig_is_not_even_looked_at() {
    let sample = examples().join("pods.json");
    let mut command = kai([Path::new("-f"), &sample]);
    command.env("KAI_KUBECONFIG_PATH", "/nonexistent").env("KAI_KUBECONFIG_CONTEXT", "none");
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[test]
fn without_a_kubeconfig_or_input_there_is_nothing_to_read() {
    let ended = run([]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
    insta::assert_snapshot!(ended);
}
