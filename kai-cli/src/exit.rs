//! How the process ends.

use std::process::ExitCode;

/// The exit codes of kai. Where several apply: 1, else 4, else 3, else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: the report was written, or its reader closed the pipe.
    Success,
    /// 1: something unexpected, or the report could not be written.
    Failure,
    /// 2: flags, configuration, the content of a kubeconfig, a missing or unreadable input file.
    Usage,
    /// 3: the source could not be read, or a namespace was skipped because it may not be.
    Source,
    /// 4: the report could not be delivered.
    Delivery,
    /// 130: ended by SIGINT; the report was written as a whole or not at all.
    Interrupted,
    /// 143: ended by SIGTERM, likewise.
    Terminated,
}

impl Exit {
    /// The code that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Source => 3,
            Self::Delivery => 4,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
