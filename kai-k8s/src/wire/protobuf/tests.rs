//! The lists are written by hand, field by field; that a real server writes them the same way is
//! shown by the tests against one.

use kai_core::{Container, ContainerKind, Namespace, Observed, Pod, PodPhase};

use super::written::{enveloped, field, number, varint};
use super::*;

fn metadata(next: &str, remaining: u64) -> Vec<u8> {
    let meta = [field(1, ""), field(2, "123"), field(3, next), number(4, remaining)].concat();
    field(1, meta)
}

fn named(namespace: &str, name: &str) -> Vec<u8> {
    let label = [field(1, "app"), field(2, "x")].concat();
    let meta =
        [field(1, name), field(2, ""), field(3, namespace), field(5, "uid"), field(11, label)];
    field(1, meta.concat())
}

/// A pod with everything that is read, and some of what is not.
fn full_pod() -> Vec<u8> {
    let image = field(30, [field(1, "data:1"), field(2, "Always")].concat());
    let spec = [
        field(1, [field(1, "config"), field(2, field(19, "x"))].concat()),
        field(1, [field(1, "data"), field(2, image)].concat()),
        field(2, [field(1, "app"), field(2, "app:1"), field(5, "/")].concat()),
        number(6, 30),
        field(10, "node-1"),
        field(20, [field(1, "app"), field(2, "init:1")].concat()),
        field(34, field(1, [field(1, "debug"), field(2, "debug:1")].concat())),
    ];
    let waiting = field(2, field(1, [field(1, "reason")].concat()));
    let running = field(2, field(2, ""));
    let known = field(5, field(1, field(1, "data@sha256:1")));
    let mount = field(12, [field(1, "data"), field(2, "/data"), known].concat());
    let unknown = field(12, field(1, "data"));
    let status = [
        field(1, "Running"),
        field(
            8,
            [
                field(1, "app"),
                running.clone(),
                field(6, "a"),
                field(7, "a@"),
                field(8, "c://a"),
                unknown,
                mount,
            ]
            .concat(),
        ),
        field(10, [field(1, "app"), waiting, field(6, "i"), field(7, "i@")].concat()),
        field(13, [field(1, "debug"), running, field(6, "d"), field(7, "d@")].concat()),
    ];
    [named("shop", "web-0"), field(2, spec.concat()), field(3, status.concat())].concat()
}

fn as_read() -> Pod {
    let mut volume = Container::new(ContainerKind::ImageVolume, "data", "data:1");
    volume.image_id = "data@sha256:1".to_owned();
    Pod::new("shop", "web-0")
        .with_uid("uid")
        .with_node("node-1")
        .with_phase(PodPhase::Running)
        .with_container(Container::new(ContainerKind::Init, "app", "init:1").with_status("i", "i@"))
        .with_container(
            Container::new(ContainerKind::Regular, "app", "app:1")
                .with_status("a", "a@")
                .with_container_id("c://a")
                .running(),
        )
        .with_container(
            Container::new(ContainerKind::Ephemeral, "debug", "debug:1")
                .with_status("d", "d@")
                .running(),
        )
        .with_container(volume)
}

fn pods() -> Vec<u8> {
    let small = named("shop", "web-1");
    let long = [named("shop", "web-2"), field(9, [0; 300])].concat();
    let items = [full_pod(), small, long].map(|pod| field(2, pod)).concat();
    enveloped("PodList", [metadata("more", 7), items, field(99, "later"), number(98, 300)].concat())
}

fn read<'b>(
    pieces: impl IntoIterator<Item = &'b [u8]>,
) -> Result<(Vec<Observed>, Continuation), WireError> {
    read_as(ListKind::Pods, pieces)
}

fn read_as<'b>(
    kind: ListKind,
    pieces: impl IntoIterator<Item = &'b [u8]>,
) -> Result<(Vec<Observed>, Continuation), WireError> {
    let (mut reader, mut facts) = (ProtobufReader::new(kind, Arc::default()), Vec::new());
    for piece in pieces {
        reader.feed(Bytes::copy_from_slice(piece));
        while let Some(found) = reader.next()? {
            match found {
                PagePart::Fact(fact, _) => facts.push(fact),
                PagePart::Head(_) => assert_eq!(facts, [], "it comes first"),
                PagePart::End(_) => panic!("only `finish` says it"),
            }
        }
    }
    Ok((facts, reader.finish()?))
}

#[test]
fn a_list_comes_out_however_it_is_cut() {
    let bytes = pods();
    let whole = read([&*bytes]).unwrap();
    let names =
        ["web-1", "web-2"].map(|name| Observed::Pod(Pod::new("shop", name).with_uid("uid")));
    let expected = [Observed::Pod(as_read())].into_iter().chain(names);
    assert_eq!(whole.0, expected.collect::<Vec<_>>());
    assert_eq!(
        whole.1,
        Continuation { next: "more".to_owned(), remaining: Some(7), revision: 123 }
    );
    for size in 1..bytes.len() {
        assert_eq!(read(bytes.chunks(size)).unwrap(), whole, "pieces of {size}");
        let (one, other) = bytes.split_at(size);
        assert_eq!(read([one, other]).unwrap(), whole, "cut at {size}");
    }
}

#[test]
fn a_list_that_ends_too_early_is_cut() {
    let bytes = pods();
    // What comes after the list, an encoding and a type that are empty, ends with each field.
    let ends = [bytes.len() - 4, bytes.len() - 2];
    for cut in (0..bytes.len()).filter(|cut| !ends.contains(cut)) {
        let error = read([&bytes[..cut]]).unwrap_err();
        assert!(matches!(error, WireError::Cut { at, .. } if at == cut as u64), "{cut}: {error}");
    }
}

#[test]
fn namespaces_come_out_too() {
    let list = [metadata("", 0), field(2, named("", "one")), field(2, named("", "two"))].concat();
    let (facts, end) = read_as(ListKind::Namespaces, [&*enveloped("NamespaceList", list)]).unwrap();
    let names =
        ["one", "two"].map(|name| Observed::Namespace(Namespace::new(name).with_uid("uid")));
    assert_eq!((facts, end.next), (names.to_vec(), String::new()));
    assert_eq!(read([&*enveloped("PodList", "")]).unwrap().0, []);
}

#[test]
fn the_revisions_of_a_list_and_of_its_objects_are_numbers_or_unknown() {
    let longest = u64::MAX.to_string();
    let rows = [
        ("1270", 1270),
        (&*longest, u64::MAX),
        ("18446744073709551616", 0),
        ("", 0),
        ("0", 0),
        ("007", 0),
        ("+7", 0),
        ("-7", 0),
        ("7x", 0),
        ("\u{661}", 0),
    ];
    let kinds = [ListKind::Pods, ListKind::Namespaces, ListKind::Nodes, ListKind::ReplicaSets];
    for (kind, (text, revision)) in kinds.into_iter().flat_map(|kind| rows.map(|row| (kind, row))) {
        let object = field(1, [field(1, "name"), field(6, text), field(11, "")].concat());
        let list = [field(1, field(2, text)), field(2, object), field(2, named("", "x"))].concat();
        let mut reader = ProtobufReader::new(kind, Arc::default());
        reader.feed(enveloped(kind.name(), list).into());
        let mut revisions = Vec::new();
        while let Some(part) = reader.next().unwrap() {
            revisions.push(match part {
                PagePart::Fact(_, revision) => revision,
                PagePart::Head(head) | PagePart::End(head) => head.revision,
            });
        }
        revisions.push(reader.finish().unwrap().revision);
        assert_eq!(revisions, [revision, revision, 0, revision], "{kind:?} {text:?}");
    }
}

#[test]
fn what_is_no_list_is_told() {
    let item = |pod: &[u8]| enveloped("PodList", field(2, pod));
    let list = |list: &[u8]| enveloped("PodList", list);
    let rows = [
        ("another beginning", b"k8s\x01".to_vec()),
        ("another kind", enveloped("NamespaceList", "")),
        ("a Status that is well", enveloped("Status", field(2, "Success"))),
        ("a Status of failure", enveloped("Status", field(2, "Failure"))),
        ("a token that is too long", list(&metadata(&"x".repeat(17_000), 1))),
        ("no kind", [MAGIC, &field(2, "")].concat()),
        ("two lists", [pods(), field(2, "")].concat()),
        ("a pod without a name", item(&named("shop", ""))),
        ("a pod that is cut off", item(&full_pod()[..100])),
        ("two specs", item(&[named("shop", "web"), field(2, ""), field(2, "")].concat())),
        ("a name that is a number", item(&field(1, number(1, 1)))),
        ("a name that is no text", item(&field(1, field(1, [0xff])))),
        ("an item past the end of its list", list(&[&varint(2 << 3 | 2)[..], &[5, 1, 2]].concat())),
        ("a field past the end of its list", list(&[&varint(7 << 3 | 2)[..], &[5, 1, 2]].concat())),
        ("a fixed number past the end of its list", list(&[13, 1])),
        ("half a key at the end of its list", list(&[0x80])),
        ("an item that is too long", list(&[&[18][..], &varint(u64::MAX)].concat())),
        ("an endless number", list(&[0xff; 12])),
        ("field 0", list(&[0, 0])),
        ("a group", list(&[11])),
    ];
    let told = rows.map(|(what, bytes)| format!("{what}\n  {}", read([&*bytes]).unwrap_err()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_item_that_is_too_long_is_refused_before_it_comes() {
    let too_long = ITEM_MAX as u64 + 1;
    let list = [&varint(2 << 3 | 2)[..], &varint(too_long)].concat();
    let list = [&varint(2 << 3 | 2)[..], &varint(too_long + 100), &list].concat();
    let type_meta = field(1, [field(1, "v1"), field(2, "PodList")].concat());
    let error = read([&*[MAGIC, &type_meta, &list].concat()]).unwrap_err();
    assert!(matches!(error, WireError::TooLong { what: "an item", .. }), "{error}");
}

#[test]
fn statuses_say_what_the_server_says() {
    let status = |next| {
        let meta = field(1, field(3, next));
        [meta, field(2, "Failure"), field(3, "too old"), field(4, "Expired"), number(6, 410)]
            .concat()
    };
    let said = |next: &str| {
        let (message, next) = ("too old".to_owned(), next.to_owned());
        Some(Status { is_failure: true, code: 410, message, next })
    };
    assert_eq!(super::status(&enveloped("Status", status("token"))), said("token"));
    assert_eq!(super::status(&enveloped("Status", status(""))), said(""));
    assert_eq!(super::status(&enveloped("PodList", status(""))), None);
    assert_eq!(super::status(b"no protobuf"), None);
    assert_eq!(super::status(b"k8s\0\xff"), None);
}
