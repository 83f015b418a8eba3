//! YAML errors for users.

use kai_core::Requoted;
use serde_saphyr::{Error, SnippetMode, UserMessageFormatter, render_options};

/// The fault with its line and column, without the lines of the text, which may hold secrets.
pub(crate) fn told(error: &Error) -> String {
    let message = error.render_with_options(render_options! {
        formatter: &UserMessageFormatter,
        snippets: SnippetMode::Off,
    });
    Requoted(&message).to_string()
}
