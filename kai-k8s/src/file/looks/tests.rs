use super::*;

/// Each with the beginning of what it looks like; `-` for what looks like an input.
const ROWS: [(&str, &str); 65] = [
    (
        "NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0          3d",
        "a table",
    ),
    ("NAMESPACE   NAME    READY   STATUS    RESTARTS      AGE\n", "a table"),
    ("\nNAMESPACE   NAME   STATUS   AGE\n", "a table"),
    ("NAME              STATUS   AGE\ndefault   Active   5d", "a table"),
    ("NAME\ndefault\n", "a table"),
    (
        "NAMESPACE   NAME   READY   STATUS   RESTARTS   AGE   IP   NODE   NOMINATED NODE   READINESS GATES",
        "a table",
    ),
    ("POD   IMAGE\nweb-0   nginx:1", "a table"),
    ("web-0   1/1   Running   0   3d\n", "a table"),
    ("shop   web-0   1/1   Running   2 (3d ago)   3d\n", "a table"),
    ("default   Active   5d\n", "a table"),
    ("Name:             web-0\nNamespace:        shop\n", "what `kubectl describe`"),
    ("pod/web-0\npod/web-1\n", "what `kubectl get -o name`"),
    ("namespace/shop\n", "what `kubectl get -o name`"),
    ("map[apiVersion:v1 items:[map[kind:Pod]]]", "a map"),
    ("Warning: v1 ComponentStatus is deprecated in v1.19+\n{", "output of kubectl with"),
    (
        "WARNING: version difference between client (1.36) and server (1.30)\n",
        "output of kubectl with",
    ),
    ("Flag --export has been deprecated, This flag is deprecated\n", "output of kubectl with"),
    (
        "E1126 08:11:02.123456   12345 memcache.go:287] \"Unhandled Error\" err=\"x\"\n",
        "output of kubectl with",
    ),
    ("I1126 08:11:02.123456       1 request.go:700] Waited for 1.1s\n{}", "output of kubectl with"),
    (
        "W1126 08:11:02.123456   12345 gcp.go:119] WARNING: the gcp auth plugin is deprecated",
        "output of kubectl with",
    ),
    (
        "kubectl : Warning: v1 ComponentStatus is deprecated\r\nAt line:1 char:1\r\n",
        "output of kubectl with",
    ),
    ("kubectl.exe : E1126 08:11:02.123456", "output of kubectl with"),
    ("error: the server doesn't have a resource type \"podz\"\n", "a message of kubectl"),
    ("error: You must be logged in to the server (Unauthorized)", "a message of kubectl"),
    (
        "Error from server (Forbidden): pods is forbidden: User \"x\" cannot list",
        "a message of kubectl",
    ),
    ("Error from server (NotFound): pods \"x\" not found", "a message of kubectl"),
    ("No resources found\n", "a message of kubectl"),
    ("No resources found in shop namespace.\n", "a message of kubectl"),
    ("Unable to connect to the server: dial tcp: lookup k8s: no such host", "a message of kubectl"),
    (
        "The connection to the server localhost:8080 was refused - did you specify",
        "a message of kubectl",
    ),
    ("error: no context exists with the name: \"x\"", "a message of kubectl"),
    ("Usage:\n  kubectl get", "a message of kubectl"),
    (
        "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation",
        "a message of kubectl",
    ),
    (
        "To sign in, use a web browser to open the page https://microsoft.com/devicelogin",
        "a message of kubectl",
    ),
    ("bash: kubectl: command not found\n", "a message of a shell"),
    ("zsh: command not found: kubectl\n", "a message of a shell"),
    ("sh: 1: kubectl: not found\n", "a message of a shell"),
    ("-bash: /usr/local/bin/kubectl: No such file or directory\n", "a message of a shell"),
    ("bash: /usr/bin/kubectl: Permission denied", "a message of a shell"),
    ("'kubectl' is not recognized as an internal or external command,\r\n", "a message of a shell"),
    (
        "kubectl : The term 'kubectl' is not recognized as the name of a cmdlet",
        "a message of a shell",
    ),
    ("Access is denied.\r\n", "a message of a shell"),
    ("<!DOCTYPE html>\n<html>", "a page of HTML"),
    ("<html><head><title>Sign in</title>", "a page of HTML"),
    ("  \n<!-- page -->\n<HTML>", "a page of HTML"),
    ("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "XML"),
    ("eyJhcGlWZXJzaW9uIjoidjEiLCJpdGVtcyI6W10sImtpbmQiOiJMaXN0In0K\n", "base64"),
    ("H4sIAAAAAAAAA6tWSixIDUstKs7Mz1OyUiozVNJRyixJzS1WsoqOrQUAp3lTmiYAAAA=", "base64"),
    ("apiVersion: v1\nitems: []\n", "-"),
    ("kind: Pod", "-"),
    ("KIND: x", "-"),
    ("---\nkind: Pod", "-"),
    ("# POD LIST\nkind: Pod", "-"),
    ("# warning: made by hand\nkind: Pod", "-"),
    ("# bash: kubectl: command not found\nkind: Pod", "-"),
    ("'error: x': y\n", "-"),
    ("- pod/web-0\n", "-"),
    ("%YAML 1.2\n---\nkind: Pod", "-"),
    ("- kind: Pod", "-"),
    ("- - kind: Pod", "-"),
    ("? kind\n: Pod", "-"),
    ("\"kind\": \"Pod\"\n", "-"),
    ("items:\n- 1/1", "-"),
    ("&a kind: Pod", "-"),
    ("just words", "-"),
];

#[test]
fn what_people_pipe_in_by_mistake_is_named_for_what_it_looks_like() {
    for (text, expected) in ROWS {
        let look = Look::of_text(text);
        let shown = look.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        assert!(shown.starts_with(expected), "{text}: {shown}");
        let marked = Look::of_text(&format!("\u{feff}{text}"));
        assert_eq!(marked, look, "{text}, with a byte order mark");
    }
}

#[test]
fn what_is_no_text_is_named_by_its_first_bytes() {
    let tar = [&[b'x'; 257][..], b"ustar\0"].concat();
    let rows: [(&[u8], &str); 14] = [
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\x03\x04\x14", "a zip file"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"BZh91AY", "bzip2"),
        (b"\x04\x22\x4d\x18d", "lz4"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7z file"),
        (b"k8s\0\x0a", "protobuf"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"\x7fELF\x02", "a program"),
        (b"\x89PNG\r\n", "a picture"),
        (b"SQLite format 3\0\x10", "a database"),
        (&tar, "a tar file"),
        (b"%YAML 1.2\n", "-"),
    ];
    for (bytes, expected) in rows {
        let look = Look::of_bytes(bytes);
        let shown = look.map_or_else(|| "-".to_owned(), |look| look.to_string());
        assert!(shown.starts_with(expected), "{bytes:?}: {shown}");
    }
}

#[test]
fn each_look_says_what_to_type() {
    let line = || "error: x".to_owned();
    let looks = [
        MAGIC[0].1.clone(),
        Look::Binary("a picture"),
        Look::Protobuf,
        Look::Utf16,
        Look::Utf32,
        Look::Html,
        Look::Xml,
        Look::Table,
        Look::Describe,
        Look::Names,
        Look::GoMap,
        Look::Base64,
        Look::Message(line()),
        Look::Failure(line()),
        Look::Shell(line()),
    ];
    let told = looks.map(|look| format!("it looks like {look}\n  hint: {}", look.hint()));
    insta::assert_snapshot!(told.join("\n"));
}
