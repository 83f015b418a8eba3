//! What comes of changes, and what a report has of them.

use std::fmt;
use std::sync::Arc;

use super::ended::Mark;
use crate::image::Image;
use crate::workload::Workload;

/// Which pods a report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// Those that a pass over the cluster would find.
    Now,
    /// Besides, those that ran and ended since a [mark](crate::ClusterState::mark).
    Since(Mark),
}

/// What came of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// The images that appeared in a namespace, and those that vanished.
    pub images: Vec<ImageTransition>,
    /// Whether a namespace appeared or vanished.
    pub namespaces: bool,
    /// Whether something ran and ended.
    pub ended: bool,
    /// Whether all of the cluster is known now, and was not before.
    pub synced: bool,
}

impl Effect {
    /// Whether there is something new to report. What ended is none: it is part of the next report.
    #[must_use]
    pub fn is_news(&self) -> bool {
        self.synced || self.namespaces || self.images.iter().any(|it| it.appeared)
    }
}

/// An image that appeared in a namespace, or vanished from it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageTransition {
    /// The name of the namespace.
    pub namespace: Box<str>,
    /// The image.
    pub image: Arc<Image>,
    /// The workload with which it came or went, where the source was asked for
    /// [workloads](crate::Details::with_workloads).
    pub workload: Option<Workload>,
    /// Whether it appeared; otherwise it vanished.
    pub appeared: bool,
}

/// As a line: `+ shop nginx:1.27 deployment/web`.
impl fmt::Display for ImageTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.appeared { '+' } else { '-' };
        write!(f, "{sign} {} {}", self.namespace, self.image)?;
        self.workload.as_ref().map_or(Ok(()), |workload| write!(f, " {workload}"))
    }
}
