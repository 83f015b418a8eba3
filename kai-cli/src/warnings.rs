//! What is said of a pass while it runs.

#[cfg(test)]
mod tests;

use kai_core::{Remark, Visitor};
use tracing::{debug, warn};

use crate::escape::Excerpt;

/// The most warnings of one kind.
pub(crate) const OF_ONE_KIND: usize = 20;

/// A visitor that warns of what looks wrong, at most 20 times of one kind, and explains, at level
/// debug, each container that is left out.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    not_a_reference: Kind,
    not_found: Kind,
    skipped: Kind,
}

/// How many warnings of a kind there were.
#[derive(Debug, Default)]
struct Kind(usize);

impl Kind {
    /// Counts one more, and tells it unless there were too many.
    fn count(&mut self, tell: impl FnOnce()) {
        self.0 += 1;
        if self.0 <= OF_ONE_KIND {
            tell();
        }
    }

    fn untold(&self) -> usize {
        self.0.saturating_sub(OF_ONE_KIND)
    }
}

impl Warnings {
    /// Says how many more warnings there would have been.
    pub(crate) fn finish(self) {
        let kinds = [
            (self.not_a_reference, "texts that are no image reference"),
            (self.not_found, "namespaces that do not exist"),
            (self.skipped, "namespaces that are left out"),
        ];
        for (kind, what) in kinds {
            if kind.untold() > 0 {
                warn!("… and {} more {what}", kind.untold());
            }
        }
    }
}

impl Visitor for Warnings {
    fn remark(&mut self, what: Remark<'_>) {
        match what {
            Remark::NotAReference { pod, container, text, error } => {
                self.not_a_reference.count(|| {
                    warn!(
                        namespace = %Excerpt(&pod.namespace),
                        pod = %Excerpt(&pod.name),
                        container = %Excerpt(&container.name),
                        "`{}` is no image reference: {error}",
                        Excerpt(text.of(container)),
                    );
                });
            }
            Remark::NamespaceNotFound { name } => self.not_found.count(|| {
                warn!("namespace `{name}` does not exist; the report has it without images");
            }),
            Remark::NamespaceSkipped { skipped } => self.skipped.count(|| {
                let (name, reason) = (Excerpt(&skipped.namespace), Excerpt(&skipped.reason));
                warn!("namespace `{name}` is left out of the report: {reason}");
            }),
            Remark::NotRunning { pod } => debug!(
                namespace = %Excerpt(&pod.namespace),
                pod = %Excerpt(&pod.name),
                containers = pod.containers.len(),
                phase = ?pod.phase,
                "left out, since nothing of the pod runs",
            ),
            Remark::NoRepository { pod, container } => debug!(
                namespace = %Excerpt(&pod.namespace),
                pod = %Excerpt(&pod.name),
                container = %Excerpt(&container.name),
                image = %Excerpt(&container.image),
                status = %Excerpt(&container.status_image),
                id = %Excerpt(&container.image_id),
                "left out, since no text of its image names a repository",
            ),
            Remark::Dropped { pod, container } => debug!(
                namespace = %Excerpt(&pod.namespace),
                pod = %Excerpt(&pod.name),
                container = %Excerpt(&container.name),
                image = %Excerpt(&container.image),
                id = %Excerpt(&container.image_id),
                "left out, since its image has no tag and the policy is `drop`",
            ),
            // Of another kind that core may learn of, the counts still speak.
            _ => {}
        }
    }
}
