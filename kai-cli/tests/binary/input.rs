use std::fs;
use std::path::Path;

use crate::support::{Ended, examples, kai, run, run_with_input};

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
fn a_list_without_pods_is_a_warning() {
    insta::assert_snapshot!(told(
        &[
            ("an empty list", br#"{"kind":"List","items":[]}"#),
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
