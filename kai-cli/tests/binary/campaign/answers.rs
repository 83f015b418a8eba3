//! What a server answers: each lie, to each request, in each encoding.

use std::io::Write;
use std::sync::{Arc, LazyLock};

use flate2::write::GzEncoder;

use super::server::{Act, Script};

/// One run.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) args: Vec<&'static str>,
    pub(crate) environment: Vec<(&'static str, &'static str)>,
    /// What is lied about, which has to be asked for.
    pub(crate) path: &'static str,
    pub(crate) script: Script,
}

/// What is asked for, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Version,
    Namespaces,
    Pods,
    PodsOfOne,
    Namespace,
    Nodes,
}

const ALL: [What; 6] =
    [What::Version, What::Namespaces, What::Pods, What::PodsOfOne, What::Namespace, What::Nodes];

impl What {
    fn path(self) -> &'static str {
        match self {
            Self::Version => "/version",
            Self::Namespaces => "/api/v1/namespaces",
            Self::Pods => "/api/v1/pods",
            Self::PodsOfOne => "/api/v1/namespaces/a/pods",
            Self::Namespace => "/api/v1/namespaces/a",
            Self::Nodes => "/api/v1/nodes",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Version => "",
            Self::Namespaces => "NamespaceList",
            Self::Namespace => "Namespace",
            Self::Pods | Self::PodsOfOne => "PodList",
            Self::Nodes => "NodeList",
        }
    }

    /// An item of such a list, with a name.
    fn item(self, name: &str) -> String {
        match self {
            Self::Pods | Self::PodsOfOne => format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"a","uid":"u"}},"spec":{{"containers":[{{"name":"{name}","image":"{name}"}}]}},"status":{{"phase":"Running"}}}}"#
            ),
            _ => format!(r#"{{"metadata":{{"name":"{name}","uid":"u"}}}}"#),
        }
    }

    fn list(self, items: &str, metadata: &str) -> String {
        format!(r#"{{"kind":"{}","metadata":{{{metadata}}},"items":[{items}]}}"#, self.kind())
    }

    /// What an honest server answers.
    fn honest(self) -> String {
        match self {
            Self::Version => r#"{"major":"1","minor":"36","gitVersion":"v1.36.3"}"#.to_owned(),
            Self::Namespace => {
                r#"{"kind":"Namespace","metadata":{"name":"a","uid":"u"}}"#.to_owned()
            }
            Self::Namespaces => self.list(&self.item("a"), ""),
            // So that the namespace itself is asked for.
            Self::PodsOfOne => self.list("", ""),
            _ => self.list(&self.item("x"), ""),
        }
    }
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

const JSON: &str = "Content-Type: application/json\r\n";
const PROTOBUF: &str = "Content-Type: application/vnd.kubernetes.protobuf\r\n";

fn json(body: impl AsRef<[u8]>) -> Act {
    Act::Say(response("200 OK", JSON, body.as_ref()))
}

fn protobuf(body: impl AsRef<[u8]>) -> Act {
    Act::Say(response("200 OK", PROTOBUF, body.as_ref()))
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zipped(body: &[u8]) -> Act {
    Act::Say(response("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), &gzip(body)))
}

/// Unpacked, more than a run may take of memory.
const BOMB: usize = 160 << 20;
static BLANKS: LazyLock<Act> =
    LazyLock::new(|| zipped(&[b"{".to_vec(), vec![b' '; BOMB]].concat()));
static TEXT: LazyLock<Act> =
    LazyLock::new(|| zipped(&[b"{\"kind\":\"".to_vec(), vec![b'a'; BOMB]].concat()));

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2][..], &varint(bytes.len() as u64), bytes].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

fn unknown(kind: &str, object: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &type_meta), field(2, object)].concat()
}

/// Bytes that are the same in every run.
fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..length).map(|_| rng.u8(..)).collect()
}

/// Each lie about a request, by its name. What comes first of several attempts comes again.
#[expect(clippy::too_many_lines, reason = "a table")]
fn lies(what: What) -> Vec<(&'static str, Act)> {
    let honest = what.honest();
    let status = |code: &str, headers: &str| Act::Say(response(code, headers, b"no"));
    let object = |code: u16| {
        format!(
            r#"{{"kind":"Status","status":"Failure","message":"\u001b[31m\u202ered","code":{code}}}"#
        )
    };
    let deep = |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat();
    let chunked = |body: &str| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n");
        format!("{head}{:x}\r\n{body}\r\n", body.len()).into_bytes()
    };
    let item = what.item("x");
    vec![
        ("nothing", Act::Close),
        ("a reset", Act::Reset(Vec::new())),
        ("a reset in the body", Act::Reset({
            let whole = response("200 OK", JSON, honest.as_bytes());
            whole[..whole.len() - 9].to_vec()
        })),
        ("silence", Act::Silence),
        ("no HTTP", Act::SayAndClose(b"\x15\x03\x01\0\x02\x02\x28".to_vec())),
        ("an answer of HTTP/0.9", Act::SayAndClose(b"hello\n".to_vec())),
        ("half a head", Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec())),
        ("an endless head", Act::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(512))),
        ("an endless header", Act::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'a'; 4096])),
        ("100 Continue for ever", Act::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".repeat(64))),
        ("a drip", Act::Drip(response("200 OK", JSON, honest.as_bytes()))),
        ("an empty body", json("")),
        ("204", Act::Say(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())),
        ("HTML", Act::Say(response("200 OK", "Content-Type: text/html\r\n", b"<html>Sign in</html>"))),
        ("text", Act::Say(response("200 OK", "", b"ok"))),
        ("cut off", Act::SayAndClose({
            let whole = response("200 OK", JSON, honest.as_bytes());
            whole[..whole.len() - 9].to_vec()
        })),
        ("JSON cut off", json(&honest[..honest.len() / 2])),
        ("a chunk that never ends", Act::Endless(chunked(&honest[..honest.len() / 2]), b"1\r\n \r\n".repeat(100))),
        ("blanks for ever", Act::Endless(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 99999999999\r\n\r\n{{").into(), vec![b' '; 65536])),
        ("a text for ever", Act::Endless(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 99999999999\r\n\r\n{{\"kind\":\"").into(), vec![b'a'; 65536])),
        ("items for ever", Act::Endless(
            format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 99999999999\r\n\r\n{{\"kind\":\"{}\",\"items\":[{item}", what.kind()).into(),
            format!(",{item}").repeat(100).into(),
        )),
        ("null", json("null")),
        ("a number", json("1")),
        ("a list", json("[]")),
        ("an object", json("{}")),
        ("items that are null", json(format!(r#"{{"kind":"{}","items":null}}"#, what.kind()))),
        ("an item that is null", json(what.list("null", ""))),
        ("items that are an object", json(format!(r#"{{"kind":"{}","items":{{}}}}"#, what.kind()))),
        ("an item without a name", json(what.list("{}", ""))),
        ("an item of other types", json(what.list(r#"{"metadata":[],"spec":1,"status":"x"}"#, ""))),
        ("the same item twice", json(what.list(&format!("{item},{item}"), ""))),
        ("two lists", json(what.list(&item, "") + &what.list(&item, ""))),
        ("two keys of items", json(format!(r#"{{"kind":"{}","items":[],"items":[]}}"#, what.kind()))),
        ("a secret kind", json(r#"{"kind":"SecretList","items":[{"metadata":{"name":"x"}}]}"#)),
        ("a token again and again", json(what.list(&item, r#""continue":"t""#))),
        ("a token without items", json(what.list("", r#""continue":"t""#))),
        ("a negative count", json(what.list(&item, r#""continue":"t","remainingItemCount":-5"#))),
        ("a huge count", json(what.list(&item, r#""continue":"t","remainingItemCount":9223372036854775807"#))),
        ("a count beyond numbers", json(what.list(&item, r#""remainingItemCount":1e400"#))),
        ("a token that is long", json(what.list(&item, &format!(r#""continue":"{}""#, "t".repeat(100_000))))),
        ("a token that injects", json(what.list(&item, r#""continue":"x&limit=0\r\nX: y#""#))),
        ("nested objects", json(deep(r#"{"a":"#, "}"))),
        ("nested lists", json(deep("[", "]"))),
        ("an item that is nested", json(what.list(&format!(r#"{{"metadata":{}}}"#, deep("[", "]")), ""))),
        ("a name that is long", json(what.list(&what.item(&"n".repeat(1 << 20)), ""))),
        ("a name that steers", json(what.list(&what.item(r"\u001b[2J\u202e\u0000\n\r\u009b"), ""))),
        ("a key that is long", json(format!(r#"{{"{}":1}}"#, "k".repeat(9 << 20)))),
        ("no UTF-8", json(b"{\"kind\":\"\xff\xfe\",\"items\":[]}")),
        ("random bytes as JSON", json(random(1, 5000))),
        ("random bytes as protobuf", protobuf(random(2, 5000))),
        ("protobuf that is JSON", protobuf(&honest)),
        ("protobuf without a list", protobuf(b"k8s\0")),
        ("protobuf of another kind", protobuf(unknown("SecretList", b""))),
        ("protobuf of no kind", protobuf([b"k8s\0".to_vec(), field(2, b"")].concat())),
        ("protobuf that is empty", protobuf(unknown(what.kind(), b""))),
        ("protobuf with random items", protobuf(unknown(what.kind(), &field(2, &random(3, 3000))))),
        ("protobuf with a length beyond its end", protobuf([unknown(what.kind(), b""), vec![0x12, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat())),
        ("protobuf with an item of 4 GiB", protobuf(unknown(what.kind(), &[vec![0x12], varint(u64::from(u32::MAX)), vec![0; 100]].concat()))),
        ("protobuf with an endless number", protobuf(unknown(what.kind(), &[0xff; 40]))),
        ("protobuf with a group", protobuf(unknown(what.kind(), &[11, 12]))),
        ("protobuf with a name that steers", protobuf(unknown(what.kind(), &field(2, &field(1, &[field(1, b"\x1b[2J"), field(3, b"a")].concat()))))),
        ("protobuf with a status of failure", protobuf(unknown("Status", &[field(2, b"Failure"), field(3, b"\x1b[31mno")].concat()))),
        ("a status of failure", json(object(500))),
        ("a status of no code", json(object(0))),
        ("a status of success", json(r#"{"kind":"Status","status":"Success"}"#)),
        ("gzip that is none", Act::Say(response("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), honest.as_bytes()))),
        ("gzip of blanks, a thousand times as long", BLANKS.clone()),
        ("gzip of a text, a thousand times as long", TEXT.clone()),
        ("gzip of gzip", zipped(&gzip(honest.as_bytes()))),
        ("gzip cut off", Act::Say({
            let body = gzip(honest.as_bytes());
            response("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), &body[..body.len() - 9])
        })),
        ("brotli", Act::Say(response("200 OK", &format!("{JSON}Content-Encoding: br\r\n"), b"x"))),
        ("a length that is too long", Act::SayAndClose(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 99999\r\n\r\n{honest}").into())),
        ("a length that is none", Act::SayAndClose(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: x\r\n\r\n{honest}").into())),
        ("two lengths", Act::SayAndClose(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{honest}").into())),
        ("301 to itself", status("301 Moved Permanently", &format!("Location: {}\r\n", what.path()))),
        ("302 elsewhere", status("302 Found", "Location: http://user:secret@evil.invalid/?token=secret\r\n")),
        ("401", status("401 Unauthorized", "WWW-Authenticate: Basic\r\n")),
        ("403", status("403 Forbidden", "")),
        ("404", status("404 Not Found", "")),
        ("410", Act::Say(response("410 Gone", JSON, br#"{"kind":"Status","status":"Failure","code":410,"metadata":{"continue":"t"}}"#))),
        ("410 without a token", status("410 Gone", "")),
        ("429", status("429 Too Many Requests", "")),
        ("429 at once", status("429 Too Many Requests", "Retry-After: 0\r\n")),
        ("429 in years", status("429 Too Many Requests", "Retry-After: 999999999999999999999\r\n")),
        ("429 at some time", status("429 Too Many Requests", "Retry-After: Mon, 23 Nov 2026 10:00:00 GMT\r\n")),
        ("500", status("500 Internal Server Error", "")),
        ("503 before now", status("503 Service Unavailable", "Retry-After: -1\r\n")),
        ("a code that is none", status("999 What", "")),
        ("a code of 0", status("0 Nothing", "")),
        ("an error that steers", Act::Say(response("400 Bad Request", "", "\x1b[2J\u{202e}\0\r\nerror: not mine".as_bytes()))),
        ("an error that is long", Act::Say(response("400 Bad Request", "", &vec![b'e'; 2 << 20]))),
        ("an error without an end", Act::Endless(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99999999999\r\n\r\n".to_vec(), vec![b'e'; 65536])),
    ]
}

/// Every lie about every request.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for what in ALL {
        for (name, lie) in lies(what) {
            let script: Script = Arc::new(move |path| {
                if path == what.path() {
                    return lie.clone();
                }
                let honest = ALL.into_iter().find(|other| other.path() == path);
                json(honest.map_or_else(|| "{}".to_owned(), What::honest))
            });
            let (args, environment) = match what {
                What::PodsOfOne | What::Namespace => (vec!["-n", "a"], Vec::new()),
                // They are asked for where they are to be reported.
                What::Nodes => (
                    vec!["--dry-run", "--cluster-name", "x"],
                    vec![
                        ("KAI_ANCHORE_URL", "http://127.0.0.1:1"),
                        ("KAI_ANCHORE_USER", "me"),
                        ("KAI_ANCHORE_PASSWORD", "a-password"),
                        ("KAI_ANCHORE_API", "v2"),
                    ],
                ),
                _ => (Vec::new(), Vec::new()),
            };
            let name = format!("{name}, {what:?}");
            cases.push(Case { name, args, environment, path: what.path(), script });
        }
    }
    cases
}
