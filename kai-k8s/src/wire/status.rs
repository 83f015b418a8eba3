//! A [Status] of failure, which a server returns instead of the requested object.
//!
//! [Status]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/

use serde::Deserialize;

use super::lenient::Text;

/// What a Status says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Whether it is one of failure.
    pub(crate) is_failure: bool,
    /// The code, as of HTTP; 0 where it has none.
    pub(crate) code: u16,
    /// Its message; may be empty.
    pub(crate) message: String,
    /// Where a list goes on that has expired; mostly empty.
    pub(crate) next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Json<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    code: Option<i64>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(rename = "continue", borrow)]
    next: Text<'a>,
}

impl Status {
    /// Reads a Status in JSON; `None` where it is none.
    pub(crate) fn from_json(text: &[u8]) -> Option<Self> {
        let json: Json<'_> = serde_json::from_slice(text).ok()?;
        (&*json.kind == "Status").then(|| json.into())
    }

    /// Reads an object in JSON that stands where a Status should, as a proxy may write it.
    pub(crate) fn from_json_of_any_kind(text: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Json<'_>>(text).ok().map(Self::from)
    }
}

impl From<Json<'_>> for Status {
    fn from(json: Json<'_>) -> Self {
        Self {
            is_failure: &*json.status == FAILURE,
            code: json.code.and_then(|code| u16::try_from(code).ok()).unwrap_or_default(),
            message: json.message.to_string(),
            next: json.metadata.map(|metadata| metadata.next.to_string()).unwrap_or_default(),
        }
    }
}

/// What the `status` of a Status of failure is.
pub(super) const FAILURE: &str = "Failure";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_in_json_is_read_and_nothing_else_is_one() {
        let failure = r#"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"x"},
            "status":"Failure","message":"too old","reason":"Expired","code":410}"#;
        let status = Status::from_json(failure.as_bytes()).unwrap();
        let (message, next) = ("too old".to_owned(), "x".to_owned());
        assert_eq!(status, Status { is_failure: true, code: 410, message, next });
        let bare = Status::from_json(br#"{"kind":"Status","code":-1,"metadata":null}"#).unwrap();
        assert_eq!(bare, Status::default());
        for text in ["{}", r#"{"kind":"PodList","status":"Failure"}"#, "[]", "x", ""] {
            assert_eq!(Status::from_json(text.as_bytes()), None, "{text}");
        }
    }
}
