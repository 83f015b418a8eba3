//! What must hold for any bytes, for the fuzz targets in `fuzz/`, and how fast bytes are read, for
//! the benchmarks. Outside semver.
//!
//! Each target reads some bytes whole and again in pieces: both must tell the same facts, and
//! either both or neither an error. The first byte chooses the size of the pieces.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use kai_core::{Details, Observed, PodFields};

use crate::file::documents::Documents;
use crate::file::yaml;
use crate::wire::ListKind;
use crate::wire::PagePart;
use crate::wire::json::FILE_ITEM_MAX;
use crate::wire::page::{Encoding, PageReader};
use crate::wire::protobuf;
use crate::wire::watch::{WatchEvent, WatchReader};

/// Reads a page of pods as protobuf that came in one piece.
///
/// # Errors
/// What is wrong with it.
pub fn read_protobuf(page: &'static [u8]) -> Result<Vec<Observed>, String> {
    read_page(Encoding::Protobuf, page)
}

/// Reads a page of pods as JSON that came in one piece.
///
/// # Errors
/// What is wrong with it.
pub fn read_json(page: &'static [u8]) -> Result<Vec<Observed>, String> {
    read_page(Encoding::Json, page)
}

fn read_page(encoding: Encoding, page: &'static [u8]) -> Result<Vec<Observed>, String> {
    match self::page(encoding, ListKind::Pods, &mut [page].into_iter()) {
        (facts, None) => Ok(facts),
        (_, Some(error)) => Err(error),
    }
}

/// A page of a list as protobuf.
pub fn protobuf_list(data: &[u8]) {
    for kind in [ListKind::Pods, ListKind::Namespaces, ListKind::Nodes, ListKind::ReplicaSets] {
        either_way(data, |pieces| page(Encoding::Protobuf, kind, pieces));
    }
}

/// A page of a list as JSON.
pub fn json_list(data: &[u8]) {
    for kind in [ListKind::Pods, ListKind::Namespaces, ListKind::Nodes, ListKind::ReplicaSets] {
        either_way(data, |pieces| page(Encoding::Json, kind, pieces));
    }
}

/// A file of JSON documents.
pub fn json_documents(data: &[u8]) {
    either_way(data, documents);
}

/// A file of YAML documents. It is read whole.
pub fn yaml_documents(data: &[u8]) {
    let _ = yaml::read(data, &mut Documents::default());
}

/// A kubeconfig: its lists, and each entry of them.
pub fn kubeconfig(data: &[u8]) {
    crate::cluster::kubeconfig::read_all(data);
}

/// The answer of a server that refuses, as protobuf.
pub fn protobuf_status(data: &[u8]) {
    if let Some(status) = protobuf::status(data) {
        let texts = status.message.len() + status.next.len();
        assert!(texts <= data.len(), "texts come from the answer");
    }
}

/// The changes that a watch streams as protobuf.
pub fn protobuf_watch(data: &[u8]) {
    for kind in [ListKind::Pods, ListKind::Namespaces, ListKind::Nodes] {
        either_way(data, |pieces| watch(kind, pieces));
    }
}

/// Every field that a pod may be asked for.
fn every_field() -> Arc<PodFields> {
    let details = Details::default().with_workloads().with_label("app").with_annotation("a");
    Arc::new(details.pods().clone())
}

/// What was told before the end, or before an error.
type Told<T = Observed> = (Vec<T>, Option<String>);

fn either_way<T: Debug + PartialEq>(
    data: &[u8],
    read: impl Fn(&mut dyn Iterator<Item = &[u8]>) -> Told<T>,
) {
    let Some((size, bytes)) = data.split_first() else { return };
    let (whole, whole_end) = read(&mut [bytes].into_iter());
    let (pieces, pieces_end) = read(&mut bytes.chunks(usize::from(*size) + 1));
    assert_eq!(whole, pieces, "facts don't depend on the pieces");
    assert_eq!(whole_end.is_some(), pieces_end.is_some(), "{whole_end:?} and {pieces_end:?}");
}

fn page(encoding: Encoding, kind: ListKind, pieces: &mut dyn Iterator<Item = &[u8]>) -> Told {
    let (mut reader, mut facts) = (PageReader::new(encoding, kind, &every_field()), Vec::new());
    for piece in pieces {
        reader.feed(Bytes::copy_from_slice(piece));
        loop {
            match reader.next() {
                Ok(Some(PagePart::Fact(fact, _))) => facts.push(fact),
                Ok(Some(PagePart::Head(_) | PagePart::End(_))) => {}
                Ok(None) => break,
                Err(error) => return (facts, Some(error.to_string())),
            }
        }
    }
    let end = reader.finish().err();
    (facts, end.map(|error| error.to_string()))
}

fn watch(kind: ListKind, pieces: &mut dyn Iterator<Item = &[u8]>) -> Told<WatchEvent> {
    let (mut reader, mut events) = (WatchReader::new(kind, every_field()), Vec::new());
    for piece in pieces {
        reader.feed(Bytes::copy_from_slice(piece));
        loop {
            match reader.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error.to_string())),
            }
        }
    }
    let end = reader.finish().err();
    (events, end.map(|error| error.to_string()))
}

fn documents(pieces: &mut dyn Iterator<Item = &[u8]>) -> Told {
    let documents = Documents::new(FILE_ITEM_MAX, every_field());
    let (mut documents, mut facts) = (documents, Vec::new());
    for piece in pieces {
        documents.feed(piece);
        loop {
            match documents.next() {
                Ok(Some(fact)) => facts.push(fact),
                Ok(None) => break,
                Err(error) => return (facts, Some(error.to_string())),
            }
        }
    }
    let end = documents.finish().and_then(|()| documents.judge()).err();
    (facts, end.map(|error| error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    type Target = fn(&[u8]);

    #[test]
    fn the_corpus_of_each_target_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
        let targets: [(&str, Target); 7] = [
            ("protobuf_list", protobuf_list),
            ("json_list", json_list),
            ("json_documents", json_documents),
            ("yaml_documents", yaml_documents),
            ("protobuf_status", protobuf_status),
            ("protobuf_watch", protobuf_watch),
            ("kubeconfig", kubeconfig),
        ];
        for (name, target) in targets {
            let inputs: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
            assert!(!inputs.is_empty(), "{name}");
            for input in inputs {
                target(&fs::read(input.unwrap().path()).unwrap());
            }
        }
    }

    /// What a fuzzer tries, in little: the corpus with some bytes replaced, dropped or repeated.
    #[test]
    fn mutations_of_the_corpus_of_files_hold() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
        let mut random = fastrand::Rng::with_seed(13);
        let targets: [(&str, Target); 2] =
            [("json_documents", json_documents), ("yaml_documents", yaml_documents)];
        for (name, target) in targets {
            for input in fs::read_dir(corpus.join(name)).unwrap() {
                let input = fs::read(input.unwrap().path()).unwrap();
                for _ in 0..200 {
                    target(&mutated(&input, &mut random));
                }
            }
        }
    }

    fn mutated(input: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..random.usize(1..5) {
            let from = random.usize(..bytes.len().max(1));
            let to = (from + random.usize(1..40)).min(bytes.len());
            match random.u8(..4) {
                0 => drop(bytes.drain(from..to)),
                1 => bytes.extend_from_within(from..to),
                2 => {
                    let piece = bytes[from..to].to_vec();
                    let at = random.usize(..=bytes.len());
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let byte = *random.choice(b"{}[],:\"\\ \n\xef\xbb\xbf-&*<#x").unwrap_or(&b'x');
                    bytes.iter_mut().skip(from).take(1).for_each(|it| *it = byte);
                }
            }
        }
        bytes
    }
}
