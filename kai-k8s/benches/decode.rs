//! How fast a pod is read from a page of a list: the same pod in both encodings, as a real server
//! sent it.
#![expect(clippy::unwrap_used, reason = "a benchmark of wrong bytes would be worth nothing")]

use divan::{AllocProfiler, Bencher};
use kai_core::Observed;
use kai_k8s::fuzzing::{read_json, read_protobuf};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const PROTOBUF: &[u8] = include_bytes!("../../fuzz/corpus/protobuf_list/one_pod");
const JSON: &[u8] = include_bytes!("../../fuzz/corpus/json_list/one_pod");

fn main() {
    divan::main();
}

type Read = fn(&'static [u8]) -> Result<Vec<Observed>, String>;

fn decode(bencher: Bencher<'_, '_>, read: Read, input: &'static [u8]) {
    // The first byte is for the fuzzer.
    let page = &input[1..];
    assert_eq!(read(page).unwrap().len(), 1);
    bencher.bench(|| read(divan::black_box(page)).unwrap());
}

#[divan::bench]
fn pod_from_protobuf(bencher: Bencher<'_, '_>) {
    decode(bencher, read_protobuf, PROTOBUF);
}

#[divan::bench]
fn pod_from_json(bencher: Bencher<'_, '_>) {
    decode(bencher, read_json, JSON);
}
