//! Text that others wrote, made fit for a terminal and a log.

pub(crate) use kai_core::{Escaped, Excerpt};
