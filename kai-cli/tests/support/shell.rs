//! Shells that have kai's completion.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a program is here; says so if not.
pub(crate) fn is_here(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        println!("skipped: `{program}` is not installed here");
    }
    found
}

/// A shell, or another program, that finds the kai under test first.
pub(crate) fn with_kai(program: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_kai")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::join_paths(folders).unwrap()).stdin(Stdio::null());
    command.env("HOME", "/nonexistent");
    command
}

/// A script for bash that completes words, as bash itself splits them, and prints what comes.
pub(crate) const BASH: &str = r#"
eval "$(kai completion bash)" || exit
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_kai "$1" "${!#}" "${COMP_WORDS[COMP_CWORD-1]}"
for word in "${COMPREPLY[@]}"; do echo "$word"; done
"#;
