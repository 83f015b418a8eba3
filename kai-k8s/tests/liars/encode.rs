//! Answers in both encodings.

use http::Response;
use kai_k8s::kube::client::Body;
use serde_json::{Value, json};

/// How lists and Statuses are encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    Json,
    /// JSON whose `kind` comes last.
    JsonKindLast,
    Protobuf,
}

/// An object of a list, by its identity; with a kind of its own in JSON.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    namespace: String,
    name: String,
    kind: &'static str,
}

impl Object {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), kind: "" }
    }

    pub(crate) fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    fn json(&self) -> Value {
        let mut object = json!({"metadata": {"name": self.name, "uid": "u"}});
        if !self.namespace.is_empty() {
            object["metadata"]["namespace"] = self.namespace.as_str().into();
        }
        if !self.kind.is_empty() {
            object["kind"] = self.kind.into();
        }
        object
    }

    fn protobuf(&self) -> Vec<u8> {
        let metadata = [field(1, &self.name), field(3, &self.namespace), field(5, "u")].concat();
        field(1, metadata)
    }
}

impl Encoding {
    pub(crate) const ALL: [Self; 3] = [Self::Json, Self::JsonKindLast, Self::Protobuf];

    pub(crate) fn list(self, kind: &str, items: &[Object], next: &str, remaining: i64) -> Vec<u8> {
        let mut metadata = json!({"resourceVersion": "5", "continue": next});
        if remaining != 0 {
            metadata["remainingItemCount"] = remaining.into();
        }
        let objects: Value = items.iter().map(Object::json).collect();
        match self {
            Self::Json => {
                format!(r#"{{"kind":"{kind}","metadata":{metadata},"items":{objects}}}"#).into()
            }
            Self::JsonKindLast => {
                format!(r#"{{"items":{objects},"metadata":{metadata},"kind":"{kind}"}}"#).into()
            }
            Self::Protobuf => {
                let metadata = [field(3, next), number(4, remaining.cast_unsigned())].concat();
                let items = items.iter().flat_map(|item| field(2, item.protobuf()));
                unknown(kind, &[field(1, metadata), items.collect()].concat())
            }
        }
    }

    pub(crate) fn status(self, code: u16, message: &str, next: &str) -> Vec<u8> {
        match self {
            Self::Protobuf => unknown(
                "Status",
                &[
                    field(1, field(3, next)),
                    field(2, "Failure"),
                    field(3, message),
                    number(6, code.into()),
                ]
                .concat(),
            ),
            _ => json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {"continue": next},
                "status": "Failure", "message": message, "code": code,
            })
            .to_string()
            .into(),
        }
    }

    pub(crate) fn response(self, status: u16, body: Vec<u8>) -> Response<Body> {
        let content_type = match self {
            Self::Protobuf => "application/vnd.kubernetes.protobuf",
            _ => "application/json",
        };
        let response = Response::builder().status(status).header("content-type", content_type);
        response.body(Body::from(body)).unwrap()
    }
}

fn unknown(kind: &str, object: &[u8]) -> Vec<u8> {
    let type_meta = [field(1, "v1"), field(2, kind)].concat();
    [b"k8s\0".to_vec(), field(1, type_meta), field(2, object)].concat()
}

fn field(number: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
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
