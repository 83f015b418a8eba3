//! How fast a text becomes an image reference, beside an independent parser of the same grammar.
#![expect(clippy::unwrap_used, reason = "a benchmark of wrong texts would be worth nothing")]

use divan::{AllocProfiler, Bencher};
use kai_core::ImageReference;
use oci_spec::distribution::Reference;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// A text of each form, and by name what makes it another one.
const FORMS: [(&str, &str); 4] = [
    ("short", "nginx:1.27"),
    ("registry", "registry.k8s.io:5000/ingress-nginx/controller_v1.x/app:v1.12.0-alpine"),
    ("digest", "python@sha256:f0a210a37565286ecaaac0529a6749917e8ea58d3dfc72c84acfbfbe1a64a20a"),
    (
        "all",
        "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni-init:v1.7.5-eksbuild.1\
         @sha256:d96d712513464de6ce94e422634a25546565418f20d1b28d3bce399d578f3296",
    ),
];

fn main() {
    divan::main();
}

fn text(form: &str) -> &'static str {
    FORMS.iter().find(|(name, _)| *name == form).unwrap().1
}

fn names() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|(name, _)| *name)
}

#[divan::bench(args = names())]
fn parse_kai(bencher: Bencher<'_, '_>, form: &str) {
    let text = text(form);
    bencher.bench(|| divan::black_box(text).parse::<ImageReference>().unwrap());
}

#[divan::bench(args = names())]
fn parse_oci_spec(bencher: Bencher<'_, '_>, form: &str) {
    let text = text(form);
    bencher.bench(|| divan::black_box(text).parse::<Reference>().unwrap());
}
