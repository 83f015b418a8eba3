//! What comes of a cycle, and of a delivery.

use std::collections::BTreeMap;

use kai_core::{Collected, LeftOutReason};

/// What came of a cycle, whether or not its report was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CycleOutcome {
    /// An inventory.
    Success(Figures),
    /// An inventory that lacks namespaces which may not be read, by the user's choice.
    Partial(Figures),
    /// None.
    Failure,
}

impl CycleOutcome {
    /// Every word for one, as a label has it.
    pub(super) const WORDS: [&str; 3] = ["success", "partial", "failure"];

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Success(_) => "success",
            Self::Partial(_) => "partial",
            Self::Failure => "failure",
        }
    }

    pub(super) fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Success(figures) | Self::Partial(figures) => Some(figures),
            Self::Failure => None,
        }
    }
}

/// What was collected.
impl From<&Collected> for CycleOutcome {
    fn from(collected: &Collected) -> Self {
        let figures = Figures {
            namespaces: collected.inventory.namespaces().len(),
            pods: collected.summary.pods,
            images: collected.inventory.image_count(),
            left_out: collected.summary.left_out.clone(),
        };
        if collected.skipped.is_empty() { Self::Success(figures) } else { Self::Partial(figures) }
    }
}

/// How much an inventory holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) namespaces: usize,
    pub(crate) pods: usize,
    /// Distinct ones.
    pub(crate) images: usize,
    /// Containers that are not in it, by reason.
    pub(crate) left_out: BTreeMap<LeftOutReason, usize>,
}

/// What came of trying to deliver a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryOutcome {
    /// It was taken.
    Success,
    /// It was not, and is tried again.
    Retry,
    /// It was not, and never will be.
    Rejected,
    /// A newer report took its place before it was taken.
    Replaced,
}

impl DeliveryOutcome {
    /// Every word for one, as a label has it.
    pub(super) const WORDS: [&str; 4] = ["success", "retry", "rejected", "replaced"];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Retry => "retry",
            Self::Rejected => "rejected",
            Self::Replaced => "replaced",
        }
    }
}
