use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::CLIENT_GO_VERSION;
use super::go_build::Module;

const GO_MOD: &str = include_str!("../../informer/go.mod");
const MAIN_GO: &str = include_str!("../../informer/main.go");

/// An informer of client-go.
pub(super) fn module() -> Module {
    // What was built of another text is another program.
    let mut hasher = DefaultHasher::new();
    (GO_MOD, MAIN_GO).hash(&mut hasher);
    Module {
        key: format!("informer-{CLIENT_GO_VERSION}-{:016x}", hasher.finish()),
        go_mod: GO_MOD,
        go_sum: include_str!("../../informer/go.sum"),
        program: Some(MAIN_GO),
        what: "an informer of client-go, once, in a minute",
        linker_flags: "-s -w".to_owned(),
        rename: None,
        hint: "(hint: choose other clients with --clients)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_key_names_the_version_of_go_mod() {
        assert!(GO_MOD.contains(&format!("k8s.io/client-go v{CLIENT_GO_VERSION}\n")));
    }
}
