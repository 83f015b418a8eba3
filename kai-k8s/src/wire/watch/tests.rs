//! Most streams are written by hand, field by field. One of a real server is in the corpus of the fuzz
//! target.

use std::iter;

use kai_core::{Container, ContainerKind, Details, Namespace, Node, Pod, PodPhase};

use super::*;
use crate::wire::protobuf::written::{enveloped, field, number};

fn frame(message: impl AsRef<[u8]>) -> Vec<u8> {
    let message = message.as_ref();
    [&u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// An event with an object in its envelope.
fn event(happened: &str, object: impl AsRef<[u8]>) -> Vec<u8> {
    frame([field(1, happened), field(2, field(1, object))].concat())
}

/// A pod whose revision is a text.
fn pod(name: &str, revision: &str) -> Vec<u8> {
    let meta = [
        field(1, name),
        field(2, ""),
        field(3, "shop"),
        field(4, ""),
        field(5, "uid"),
        field(6, revision),
        number(7, 1),
        field(11, [field(1, "app"), field(2, "x")].concat()),
    ];
    let spec = field(2, [field(1, "app"), field(2, "app:1")].concat());
    let status = field(1, "Running");
    enveloped("Pod", [field(1, meta.concat()), field(2, spec), field(3, status)].concat())
}

fn pod_as_read(name: &str) -> Observed {
    let container = Container::new(ContainerKind::Regular, "app", "app:1");
    let pod = Pod::new("shop", name).with_uid("uid").with_phase(PodPhase::Running);
    Observed::Pod(pod.with_container(container))
}

/// What has only a name and a revision.
fn bare(kind: &str, name: &str, revision: &str) -> Vec<u8> {
    let meta = [field(1, name), field(3, ""), field(5, ""), field(6, revision)].concat();
    enveloped(kind, field(1, meta))
}

fn expired() -> Vec<u8> {
    let status = [
        field(1, ""),
        field(2, "Failure"),
        field(3, "too old resource version: 1 (1270)"),
        field(4, "Expired"),
        number(6, 410),
    ];
    enveloped("Status", status.concat())
}

/// A frame of each kind, and what it says.
fn each() -> [(Vec<u8>, WatchEvent); 5] {
    let message = "too old resource version: 1 (1270)".to_owned();
    let status = Status { is_failure: true, code: 410, message, next: String::new() };
    [
        (event("ADDED", pod("web-0", "1271")), WatchEvent::Set(pod_as_read("web-0"), 1271)),
        (event("MODIFIED", pod("web-1", "1272")), WatchEvent::Set(pod_as_read("web-1"), 1272)),
        (event("DELETED", pod("web-2", "1273")), WatchEvent::Gone(pod_as_read("web-2"), 1273)),
        (event("BOOKMARK", bare("Pod", "", "1280")), WatchEvent::Bookmark(1280)),
        (event("ERROR", expired()), WatchEvent::Failed(status)),
    ]
}

fn stream() -> Vec<u8> {
    each().into_iter().flat_map(|(frame, _)| frame).collect()
}

/// What came out before the end, and the error where it was one.
fn read<'b>(
    kind: ListKind,
    pieces: impl IntoIterator<Item = &'b [u8]>,
) -> (Vec<WatchEvent>, Option<WireError>) {
    let (mut reader, mut events) = (WatchReader::new(kind, Arc::default()), Vec::new());
    for piece in pieces {
        reader.feed(Bytes::copy_from_slice(piece));
        loop {
            match reader.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, reader.finish().err())
}

fn fault(bytes: &[u8]) -> WireError {
    read(ListKind::Pods, [bytes]).1.unwrap()
}

#[test]
fn each_kind_of_event_is_read() {
    for (frame, expected) in each() {
        let (events, error) = read(ListKind::Pods, [&*frame]);
        assert_eq!(events, [expected]);
        assert!(error.is_none(), "{error:?}");
    }
}

#[test]
fn events_come_out_however_the_stream_is_cut() {
    let bytes = stream();
    let expected = each().map(|(_, event)| event);
    for size in 1..=bytes.len() {
        let (events, error) = read(ListKind::Pods, bytes.chunks(size));
        assert_eq!(events, expected, "pieces of {size}");
        assert!(error.is_none(), "pieces of {size}: {error:?}");
        let (one, other) = bytes.split_at(size);
        let (events, error) = read(ListKind::Pods, [one, other]);
        assert_eq!(events, expected, "cut at {size}");
        assert!(error.is_none(), "cut at {size}: {error:?}");
    }
}

#[test]
fn a_stream_may_end_after_an_event_and_nowhere_else() {
    let bytes = stream();
    let ends: Vec<_> = iter::once(0)
        .chain(each().iter().scan(0, |end, (frame, _)| {
            *end += frame.len();
            Some(*end)
        }))
        .collect();
    for cut in 0..=bytes.len() {
        let (events, error) = read(ListKind::Pods, [&bytes[..cut]]);
        assert_eq!(events.len(), ends[1..].iter().filter(|&&end| end <= cut).count(), "{cut}");
        match error {
            None => assert!(ends.contains(&cut), "{cut}"),
            Some(WireError::Cut { at, .. }) => {
                assert_eq!((at, ends.contains(&cut)), (cut as u64, false));
            }
            Some(other) => panic!("{cut}: {other}"),
        }
    }
}

#[test]
fn namespaces_and_nodes_are_watched_too() {
    let bytes = [
        event("ADDED", bare("Namespace", "shop", "5")),
        event("BOOKMARK", bare("Namespace", "", "7")),
    ];
    let (events, error) = read(ListKind::Namespaces, [&*bytes.concat()]);
    let shop = WatchEvent::Set(Observed::Namespace(Namespace::new("shop")), 5);
    assert_eq!(events, [shop, WatchEvent::Bookmark(7)], "{error:?}");
    let (events, error) = read(ListKind::Nodes, [&*event("DELETED", bare("Node", "node-1", "6"))]);
    let node = WatchEvent::Gone(Observed::Node(Node::new("node-1")), 6);
    assert_eq!(events, [node], "{error:?}");
}

#[test]
fn what_a_real_server_streams_is_read() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/protobuf_watch/namespaces");
    // The first byte is for the fuzzer.
    let (events, error) = read(ListKind::Namespaces, [&std::fs::read(corpus).unwrap()[1..]]);
    let told = events.iter().map(|event| match event {
        WatchEvent::Set(Observed::Namespace(it), revision) => format!("{} {revision}", it.name),
        WatchEvent::Bookmark(revision) => format!("bookmark {revision}"),
        other => format!("{other:?}"),
    });
    let expected = [
        "default 12",
        "kube-node-lease 18",
        "kube-public 5",
        "kube-system 3",
        "load-00000 200",
        "bookmark 204",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert!(error.is_none(), "{error:?}");
}

#[test]
fn fields_that_are_asked_for_are_read() {
    let fields = Arc::new(Details::default().with_label("app").pods().clone());
    let mut reader = WatchReader::new(ListKind::Pods, fields);
    reader.feed(event("ADDED", pod("web-0", "1")).into());
    let Some(WatchEvent::Set(Observed::Pod(pod), _)) = reader.next().unwrap() else {
        panic!("a pod was added");
    };
    assert_eq!(pod.details.unwrap().labels, [(Arc::from("app"), Box::from("x"))]);
}

#[test]
fn what_is_no_event_is_told() {
    let pod_of = |meta: Vec<u8>| enveloped("Pod", field(1, meta));
    let rows = [
        ("no bytes", frame("")),
        ("no type", frame(field(2, field(1, pod("web", "1"))))),
        ("another type", event("REPLACED\x1b", pod("web", "1"))),
        ("a type in small letters", event("added", pod("web", "1"))),
        ("a type that is no text", frame(field(1, [0xff]))),
        ("no object", frame(field(1, "ADDED"))),
        ("an empty extension", frame([field(1, "ADDED"), field(2, "")].concat())),
        ("two objects", frame([field(1, "ADDED"), field(2, ""), field(2, "")].concat())),
        ("an object without an envelope", event("ADDED", field(1, "web"))),
        ("an envelope of nothing", event("ADDED", b"k8s\0")),
        ("an envelope without its object", event("ERROR", &enveloped("Status", "")[..18])),
        ("an object of no kind", event("ADDED", [b"k8s\0", &*field(2, "x")].concat())),
        ("an object of another kind", event("ADDED", bare("Node", "node-1", "1"))),
        ("a list", event("ADDED", enveloped("PodList", ""))),
        ("a Status that was added", event("ADDED", expired())),
        ("an error that is a pod", event("ERROR", pod("web", "1"))),
        ("an error that is garbage", event("ERROR", enveloped("Status", field(3, [0xff])))),
        ("a pod without a name", event("MODIFIED", pod("", "1"))),
        ("a pod without a revision", event("DELETED", pod_of(field(1, "web")))),
        ("a pod whose revision is empty", event("ADDED", pod("web", ""))),
        ("a pod whose revision is 0", event("ADDED", pod("web", "0"))),
        ("a pod whose revision is no number", event("ADDED", pod("web", "12a"))),
        ("a pod whose revision is no text", event("ADDED", pod_of(number(6, 1)))),
        ("a pod that is cut off", event("ADDED", enveloped("Pod", [10, 5, 1]))),
        ("a bookmark of another kind", event("BOOKMARK", bare("Node", "", "1"))),
        ("a bookmark without a revision", event("BOOKMARK", enveloped("Pod", ""))),
        ("a field past the end of its frame", frame([10, 9, b'A'])),
        ("a group", frame([11])),
    ];
    let first = event("ADDED", pod("web-0", "1"));
    let told = rows.map(|(what, bytes)| {
        let (events, error) = read(ListKind::Pods, [&*[&*first, &bytes].concat()]);
        assert_eq!(events.len(), 1, "{what}: what came before it");
        format!("{what}\n  {}", error.unwrap())
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_frame_that_is_too_long_is_refused_before_it_comes() {
    let first = event("BOOKMARK", bare("Pod", "", "1"));
    for length in [u32::MAX, u32::try_from(FRAME_MAX).unwrap() + 1, u32::from_be_bytes(*b"k8s\0")] {
        let error = fault(&[&*first, &length.to_be_bytes()].concat());
        let at = first.len() as u64;
        let expected = format!("byte {at}: an event has more than {FRAME_MAX} bytes");
        assert_eq!(error.to_string(), expected, "{length}");
    }
}

#[test]
fn the_longest_frame_is_read_and_the_next_one_as_well() {
    let start = field(1, "ADDED");
    // What is left for a field that is not read, besides its key and its length.
    let object = field(2, field(1, pod("web-0", "1")));
    let rest = FRAME_MAX - start.len() - object.len() - 6;
    let bytes = [start, object, field(99, vec![0; rest])].concat();
    assert_eq!(bytes.len(), FRAME_MAX);
    let bytes = [frame(bytes), event("BOOKMARK", bare("Pod", "", "2"))].concat();
    for size in [bytes.len(), 100_000] {
        let (events, error) = read(ListKind::Pods, bytes.chunks(size));
        let expected = [WatchEvent::Set(pod_as_read("web-0"), 1), WatchEvent::Bookmark(2)];
        assert_eq!(events, expected, "{error:?}");
    }
}

#[test]
fn messages_within_messages_within_messages_take_no_stack() {
    for number in [1, 2, 3, 11, 13] {
        let mut nested = Vec::new();
        for _ in 0..5_000 {
            nested = field(number, nested);
        }
        let meta = [field(1, "web"), field(6, "1"), field(13, &nested)].concat();
        let pod = [field(1, meta), field(9, &nested)].concat();
        let (events, _) = read(ListKind::Pods, [&*event("ADDED", enveloped("Pod", pod))]);
        assert_eq!(events.len(), 1, "{number}: what isn't read is passed");
        for bytes in [
            frame(&nested),
            event("ADDED", &nested),
            event("ADDED", enveloped("Pod", &nested)),
            event("BOOKMARK", enveloped("Pod", &nested)),
        ] {
            assert!(read(ListKind::Pods, [&*bytes]).1.is_some(), "{number}");
        }
    }
}

#[test]
fn whatever_the_bytes_they_are_read_in_pieces_as_they_are_whole() {
    let (valid, mut random) = (stream(), fastrand::Rng::with_seed(17));
    let mut faults = 0;
    for round in 0..5_000 {
        let mut bytes = valid.clone();
        for _ in 0..random.usize(1..4) {
            let from = random.usize(..bytes.len());
            let to = (from + random.usize(1..20)).min(bytes.len());
            match random.u8(..4) {
                0 => drop(bytes.drain(from..to)),
                1 => bytes.extend_from_within(from..to),
                2 => bytes[from] ^= 1 << random.u8(..8),
                _ => bytes[from] = random.u8(..),
            }
        }
        for kind in [ListKind::Pods, ListKind::Namespaces, ListKind::Nodes] {
            let (whole, whole_end) = read(kind, [&*bytes]);
            let (pieces, pieces_end) = read(kind, bytes.chunks(random.usize(1..40)));
            assert_eq!(whole, pieces, "{round}");
            let ends = [whole_end, pieces_end].map(|end| end.map(|error| error.to_string()));
            assert_eq!(ends[0], ends[1], "{round}");
            faults += usize::from(ends[0].is_some());
        }
    }
    assert!((5_000..15_000).contains(&faults), "{faults} of 15,000: some are valid, most are not");
}
