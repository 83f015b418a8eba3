use super::*;

/// What a reader gives out of chunks: items with their positions, and documents.
fn read<'b>(chunks: impl IntoIterator<Item = &'b [u8]>) -> Result<Vec<String>, WireError> {
    let (mut reader, mut found) = (JsonReader::default(), Vec::new());
    for chunk in chunks {
        reader.feed(chunk);
        while let Some(next) = reader.next()? {
            found.push(match next {
                Found::Item { json, at, list_kind } => {
                    format!("{at} {} {}", list_kind.unwrap_or("-"), String::from_utf8_lossy(json))
                }
                Found::Document(document) => {
                    let end = document.position(document.json.len());
                    let envelope = Envelope::read(document)?;
                    format!(
                        "{} list={} next={} end={end}",
                        &*envelope.kind,
                        envelope.is_list(),
                        envelope.continuation().unwrap().next
                    )
                }
            });
        }
    }
    reader.finish()?;
    Ok(found)
}

const LIST: &str = concat!(
    r#"{"kind":"PodList","a":{"items":[1]},"b":"items","metadata":{"continue":"t\"o}k"}, "items" : [ "#,
    r#"{"a":"]}\\"} ,{"b":[{"items":[{}]}],"c":"\"{["},"#,
    "\n{} ]}",
    r#" {"items":[{"kind":"Pod"}],"kind":"List"}"#,
    r#"{"kind":"Pod","items":null}"#,
);

#[test]
fn items_and_documents_come_out_at_every_chunk_size() {
    let whole = read([LIST.as_bytes()]).unwrap();
    insta::assert_snapshot!(whole.join("\n"), @r#"
    94 PodList {"a":"]}\\"}
    108 PodList {"b":[{"items":[{}]}],"c":"\"{["}
    143 PodList {}
    PodList list=true next=t"o}k end=148
    159 - {"kind":"Pod"}
    List list=true next= end=189
    Pod list=false next= end=216
    "#);
    for item in whole.iter().filter(|line| line.contains(" {") || line.contains(" -")) {
        let mut words = item.splitn(3, ' ');
        let (at, json) = (words.next().unwrap().parse::<usize>().unwrap(), words.nth(1).unwrap());
        assert!(LIST[at..].starts_with(json), "{item}");
    }
    for size in 1..LIST.len() {
        assert_eq!(read(LIST.as_bytes().chunks(size)).unwrap(), whole, "chunks of {size}");
    }
    for cut in 0..LIST.len() {
        let (one, other) = LIST.as_bytes().split_at(cut);
        assert_eq!(read([one, other]).unwrap(), whole, "cut at {cut}");
    }
}

#[test]
fn a_cut_anywhere_in_a_document_is_told_with_its_byte() {
    let list = r#"{"kind":"PodList","items":[{"a":"x"},{"b":1}]}"#;
    for end in 1..list.len() {
        let error = read([&list.as_bytes()[..end]]).unwrap_err();
        assert!(matches!(error, WireError::Cut { at, .. } if at == end as u64), "{end}: {error}");
    }
    let row = |end: usize| read([&list.as_bytes()[..end]]).unwrap_err().to_string();
    insta::assert_snapshot!([row(10), row(20), row(27), row(29), row(36), row(37), row(45)].join("\n"), @"
    cut off at byte 10, where the end of a text was expected
    cut off at byte 20, where the end of a text was expected
    cut off at byte 27, where `]`, the end of the items was expected
    cut off at byte 29, where the end of a text was expected
    cut off at byte 36, where `]`, the end of the items was expected
    cut off at byte 37, where an object was expected
    cut off at byte 45, where the end of an object was expected
    ");
}

#[test]
fn what_is_no_list_of_objects_is_told_with_its_byte() {
    let rows = [
        "<html>",
        "[]",
        r#"{"items":[1]}"#,
        r#"{"items":[{},]}"#,
        r#"{"items":[{} {}]}"#,
        r#"{"items":[{}}"#,
        r#"{"items":[]} x"#,
        r#"{"items":[],"items":[]}"#,
        r#"{"\u0069tems":[{}]}"#,
        r#"{"items":{}}"#,
        r#"{"kind":5}"#,
        r#"{"items":[],"kind":]}"#,
        "{\"items\":[{\"a\":1}\n,{}],\"kind\":tru}",
        "{é",
    ];
    let told = rows.map(|row| match read([row.as_bytes()]) {
        Ok(found) => panic!("{row} gave {found:?}"),
        Err(error) => format!("{row} -> {error}"),
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_never_ends_is_refused() {
    let mut reader = JsonReader::default();
    reader.feed(br#"{"items":[{"a":""#);
    let megabyte = vec![b'x'; 1024 * 1024];
    let error = (0..=8).find_map(|_| {
        reader.feed(&megabyte);
        reader.next().err()
    });
    assert!(matches!(error, Some(WireError::TooLong { at: 10, .. })), "{error:?}");

    let mut reader = JsonReader::default();
    reader.feed(br#"{"a":""#);
    let error = (0..=9).find_map(|_| {
        reader.feed(&megabyte);
        reader.next().err()
    });
    assert!(matches!(error, Some(WireError::TooLong { at: 0, .. })), "{error:?}");
}

#[test]
fn memory_holds_one_item_at_a_time() {
    let mut reader = JsonReader::default();
    reader.feed(br#"{"items":["#);
    for _ in 0..1000 {
        reader.feed(format!(r#"{{"a":"{}"}},"#, "x".repeat(1000)).as_bytes());
        assert!(matches!(reader.next(), Ok(Some(Found::Item { .. }))));
    }
    assert!(reader.buffer.capacity() < 16 * 1024, "{}", reader.buffer.capacity());
}

#[test]
fn a_file_has_arrays_lists_within_lists_and_marks_and_a_page_has_not() {
    let within =
        r#"{"kind":"List","items":[{"kind":"PodList","items":[{"a":1}]},{"b":"\"items\":["}]}"#;
    let marked = format!("\u{feff}{within}\u{feff}[{{}}]");
    let of_file = |chunks: usize| {
        let (mut reader, mut found) = (JsonReader::of_file(1 << 20), Vec::new());
        for chunk in marked.as_bytes().chunks(chunks) {
            reader.feed(chunk);
            while let Some(next) = reader.next().unwrap() {
                let (shown, at) = match next {
                    Found::Item { json, at, list_kind } => {
                        (format!("{list_kind:?} {}", String::from_utf8_lossy(json)), at)
                    }
                    Found::Document(document) => {
                        (String::from_utf8_lossy(document.json).into_owned(), document.position(0))
                    }
                };
                found.push(format!("{at} within {}: {shown}", reader.lists_around()));
            }
        }
        reader.finish().unwrap();
        found.join("\n")
    };
    insta::assert_snapshot!(of_file(marked.len()), @r#"
    54 within 1: Some("PodList") {"a":1}
    27 within 1: {"kind":"PodList","items":[]}
    64 within 0: Some("List") {"b":"\"items\":["}
    3 within 0: {"kind":"List","items":[]}
    89 within 0: Some("List") {}
    88 within 0: {"kind":"List","items":[]}
    "#);
    for size in 1..marked.len() {
        assert_eq!(of_file(size), of_file(marked.len()), "chunks of {size}");
    }
    assert!(read([marked.as_bytes()]).is_err());
    assert!(read([&b"[{}]"[..]]).is_err());
    let page = read([within.as_bytes()]).unwrap();
    assert_eq!(page[0], r#"24 List {"kind":"PodList","items":[{"a":1}]}"#);
}
