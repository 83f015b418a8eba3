//! Platform-specific opening of files.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::fs::OpenOptions;

#[cfg(not(unix))]
pub(crate) use other::is_same;
#[cfg(not(unix))]
pub(super) use other::{anywhere, beneath, wait_for_others};
#[cfg(unix)]
pub(crate) use unix::is_same;
#[cfg(unix)]
pub(super) use unix::{anywhere, beneath, wait_for_others};

/// The purpose of opening a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Append,
}

impl Purpose {
    fn options(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        match self {
            Self::Read => options.read(true),
            // Created with a mode that excludes other users.
            Self::Append => options.append(true).create(true),
        };
        options
    }
}
