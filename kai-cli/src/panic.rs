//! How a bug is reported to the user.

use std::io::{self, Write};
use std::panic::{PanicHookInfo, set_hook};
use std::process::exit;

use crate::console;
use crate::escape::Escaped;
use crate::exit::Exit;
use crate::logging::{Level, Prefix};

/// Makes a panic in any thread end the process with a message and exit code 1.
///
/// It exits in the hook, without unwinding, which would flush a half-written report.
pub(crate) fn end_with_a_word() {
    set_hook(Box::new(|panic| {
        console::clear();
        let _ = io::stderr().lock().write_all(message(panic).as_bytes());
        exit(Exit::Failure.code().into());
    }));
}

fn message(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload();
    let what = match (what.downcast_ref::<&str>(), what.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "no message",
    };
    let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
    format!(
        "{}kai met a bug of its own: {}{place}\n  hint: please report it at {}/issues\n",
        Prefix { level: Level::ERROR, color: console::is_colored() },
        Escaped(what),
        env!("CARGO_PKG_REPOSITORY")
    )
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    /// Panics for the test below, in a separate process.
    #[test]
    #[ignore = "the test below runs it"]
    fn process_that_panics() {
        super::end_with_a_word();
        panic!("the {}", "worst");
    }

    #[test]
    fn a_panic_ends_with_a_message_and_code_1() {
        let this = env::current_exe().unwrap();
        let output = Command::new(this)
            .args(["--exact", "--ignored", "--nocapture", "panic::tests::process_that_panics"])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("error: kai met a bug of its own: the worst ("), "{stderr}");
        assert!(stderr.contains("/issues\n"), "{stderr}");
    }
}
