#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kai_k8s::fuzzing::protobuf_watch(data));
