//! The exit codes.

use std::process::ExitCode;

/// The exit codes of kai. Where several apply: 1, else 4, else 5, else 3, else 0.
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
    /// 5: what `--expect` expects was not found.
    Expectation,
    /// 130: ended by SIGINT; the report was written as a whole or not at all.
    Interrupted,
    /// 143: ended by SIGTERM, likewise.
    Terminated,
}

impl Exit {
    /// The numeric exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Source => 3,
            Self::Delivery => 4,
            Self::Expectation => 5,
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::Exit;
    use crate::docs;

    const ALL: [Exit; 8] = [
        Exit::Success,
        Exit::Failure,
        Exit::Usage,
        Exit::Source,
        Exit::Delivery,
        Exit::Expectation,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// The meaning of a code in `docs/reference/exit-codes.md`.
    fn meaning(exit: Exit) -> &'static str {
        match exit {
            Exit::Success => {
                "The report was written, or the reader of stdout closed the pipe. In the modes \
                 periodic and watch: kai was stopped by SIGINT or SIGTERM."
            }
            Exit::Failure => "Unexpected error, or the report could not be written to stdout.",
            Exit::Usage => {
                "Invalid flag, environment variable, configuration file or kubeconfig content; an \
                 input file that is missing or cannot be read; a `listen` address that cannot be \
                 bound; a report to deliver without a cluster name."
            }
            Exit::Source => {
                "The source could not be read: the Kubernetes API, its credentials plugin, or an \
                 input that is not a list of pods. Also if a namespace was skipped."
            }
            Exit::Delivery => "The report could not be delivered to Anchore.",
            Exit::Expectation => {
                "`kai where` or `kai diff` found something under `--expect none`, or nothing under \
                 `--expect some`."
            }
            Exit::Interrupted => "Mode adhoc was stopped by SIGINT.",
            Exit::Terminated => "Mode adhoc was stopped by SIGTERM.",
        }
    }

    #[test]
    fn docs_have_the_exit_codes() {
        let mut table = String::from("| code | meaning |\n|---|---|\n");
        for exit in ALL {
            let _ = writeln!(table, "| {} | {} |", exit.code(), docs::cell(meaning(exit)));
        }
        docs::compare("exit-codes.md", &[("codes", table)]);
    }
}
