//! Recognises what users pipe into `-f` by mistake.

use std::fmt;

use kai_core::Excerpt;

mod lines;
#[cfg(test)]
mod tests;

/// What prints an input.
pub(super) const FETCH: &str = "kubectl get namespaces,pods -A -o json";

/// What a text, or what is no text, looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// A format that a program packs files in, and how it is unpacked.
    Packed {
        name: &'static str,
        unpack: &'static str,
    },
    /// A format that is no text, nor packed text.
    Binary(&'static str),
    /// Objects as an API server sends them to programs.
    Protobuf,
    Utf16,
    Utf32,
    Html,
    Xml,
    /// What kubectl prints without `-o json`.
    Table,
    Describe,
    Names,
    GoMap,
    Base64,
    /// A line that kubectl, or what it runs, writes to stderr; what follows may be an input.
    Message(String),
    /// The same, of a kubectl that failed.
    Failure(String),
    /// A line of a shell that found no kubectl.
    Shell(String),
}

/// What files of a kind begin with. Text is recognised by [`lines`].
const MAGIC: &[(&[u8], Look)] = &[
    (b"\x1f\x8b", Look::Packed { name: "gzip", unpack: "gunzip -c" }),
    (b"PK\x03\x04", Look::Packed { name: "a zip file", unpack: "unzip -p" }),
    (b"\x28\xb5\x2f\xfd", Look::Packed { name: "zstd", unpack: "zstd -dc" }),
    (b"\xfd7zXZ\0", Look::Packed { name: "xz", unpack: "xz -dc" }),
    (b"BZh", Look::Packed { name: "bzip2", unpack: "bunzip2 -c" }),
    (b"\x04\x22\x4d\x18", Look::Packed { name: "lz4", unpack: "lz4 -dc" }),
    (b"7z\xbc\xaf\x27\x1c", Look::Packed { name: "a 7z file", unpack: "7z x -so" }),
    (b"k8s\0", Look::Protobuf),
    (b"%PDF-", Look::Binary("a PDF file")),
    (b"\x7fELF", Look::Binary("a program")),
    (b"\x89PNG", Look::Binary("a picture")),
    (b"SQLite format 3\0", Look::Binary("a database")),
];

/// Where a tar file says what it is.
const TAR: (usize, &[u8]) = (257, b"ustar");

impl Look {
    /// By the first bytes of an input.
    pub(super) fn of_bytes(head: &[u8]) -> Option<Self> {
        let (at, tar) = TAR;
        if head.get(at..).is_some_and(|rest| rest.starts_with(tar)) {
            return Some(Self::Packed { name: "a tar file", unpack: "tar -xOf" });
        }
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        magic.map(|(_, look)| look.clone())
    }

    /// By the beginning of a text.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        lines::look(text)
    }

    pub(super) fn hint(&self) -> String {
        match self {
            Self::Packed { unpack, .. } => format!("`{unpack} FILE | kai -f -` unpacks it"),
            Self::Utf16 | Self::Utf32 => {
                "UTF-8 is read, and UTF-16 that begins with a byte order mark".to_owned()
            }
            Self::Base64 => "`base64 -d FILE | kai -f -` decodes it".to_owned(),
            Self::Message(_) => format!(
                "without `2>&1`, stderr stays out of the file: `{FETCH} 2>/dev/null > pods.json`"
            ),
            Self::Failure(_) => {
                format!("once kubectl can read pods, `{FETCH} > pods.json` writes what can be read")
            }
            Self::Shell(_) => {
                format!("where kubectl is installed, `{FETCH} > pods.json` writes what can be read")
            }
            Self::Html | Self::Xml => format!(
                "a proxy or a login page may have answered instead of an API server; `{FETCH} > \
                 pods.json` writes what can be read"
            ),
            _ => format!("`{FETCH} > pods.json` writes what can be read"),
        }
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packed { name, .. } | Self::Binary(name) => write!(f, "{name}, and not text"),
            Self::Protobuf => f.write_str("protobuf of an API server, and not JSON"),
            Self::Utf16 => f.write_str("UTF-16 without a byte order mark"),
            Self::Utf32 => f.write_str("UTF-32"),
            Self::Html => f.write_str("a page of HTML"),
            Self::Xml => f.write_str("XML"),
            Self::Table => f.write_str("a table of kubectl, which lacks what kai reads"),
            Self::Describe => f.write_str("what `kubectl describe` prints"),
            Self::Names => f.write_str("what `kubectl get -o name` prints"),
            Self::GoMap => f.write_str("a map as Go prints it"),
            Self::Base64 => f.write_str("base64"),
            Self::Message(line) => {
                write!(f, "output of kubectl with a message in its first line: `{}`", Excerpt(line))
            }
            Self::Failure(line) => {
                write!(f, "a message of kubectl, and no list of pods: `{}`", Excerpt(line))
            }
            Self::Shell(line) => {
                write!(f, "a message of a shell, and no list of pods: `{}`", Excerpt(line))
            }
        }
    }
}
