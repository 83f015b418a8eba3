//! Warnings during a pass.

#[cfg(test)]
mod tests;

use kai_core::{ClusterReport, Detail, Missing, Remark, Visitor};
use kai_k8s::MissingRight;
use tracing::{debug, warn};

use crate::error::one_line;
use crate::escape::Excerpt;
use crate::told::Told;
use crate::words::counted;

/// A visitor that warns of what looks wrong or is missing, once while it persists, and logs each
/// container that is left out at level debug. It lives as long as the process.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    not_a_reference: Told,
    not_found: Told,
    skipped: Told,
    missing: Told,
    unplaced: Told,
}

impl Warnings {
    /// Ends a pass, with its report if it succeeded.
    pub(crate) fn end_of_pass(&mut self, report: Option<&ClusterReport>) {
        if let Some(report) = report {
            for missing in &report.missing {
                // The error's text contains times and counts, so it isn't part of the identity.
                let what = (missing.detail(), missing.error().kind());
                self.missing.once(what, || log_missing(missing));
            }
            self.unplaced(report);
        }
        let kinds = [
            (&mut self.not_a_reference, "texts that are no image reference"),
            (&mut self.not_found, "namespaces that do not exist"),
            (&mut self.skipped, "namespaces that are left out"),
            (&mut self.missing, "details that are missing"),
            (&mut self.unplaced, "parts that API v2 does not get"),
        ];
        for (kind, what) in kinds {
            kind.end_of_pass(|more| warn!("… and {more} more {what}"));
        }
    }

    /// Warns of namespaces and pods that don't fit into the container table.
    fn unplaced(&mut self, report: &ClusterReport) {
        let Some(unplaced) = report.containers.as_ref().map(|table| table.unplaced()) else {
            return;
        };
        let namespaces = unplaced.namespaces.saturating_sub(report.not_found.len());
        if (namespaces, unplaced.pods) == (0, 0) {
            return;
        }
        self.unplaced.once((namespaces, unplaced.pods), || {
            let (namespaces, pods) =
                (counted(namespaces, "namespace"), counted(unplaced.pods, "pod"));
            warn!(
                "API v2 of Anchore does not get {namespaces} and {pods}: it takes none without a \
                 uid"
            );
        });
    }
}

/// Logs which detail a report lacks, and a hint.
fn log_missing(missing: &Missing) {
    let error = missing.error();
    let what = match missing.detail() {
        Detail::ServerVersion => "the server's version",
        Detail::Nodes => "nodes",
        Detail::Controllers => "what controls ReplicaSets and Jobs, so that workloads are inferred",
        _ => "a detail",
    };
    let right = MissingRight::of(error).filter(|right| {
        // The version is public.
        missing.detail() != Detail::ServerVersion && !right.is_anonymous()
    });
    let hint = right.map(|right| format!(" (hint: grant `{right}`: {})", right.grant()));
    warn!("the report is without {what}: {}{}", one_line(error), hint.unwrap_or_default());
}

impl Visitor for Warnings {
    fn remark(&mut self, what: Remark<'_>) {
        match what {
            Remark::NotAReference { pod, container, text, error } => {
                let what = (&pod.namespace, &pod.name, &container.name, text);
                self.not_a_reference.once(what, || {
                    warn!(
                        namespace = %Excerpt(&pod.namespace),
                        pod = %Excerpt(&pod.name),
                        container = %Excerpt(&container.name),
                        "`{}` is no image reference: {error}",
                        Excerpt(text.of(container)),
                    );
                });
            }
            Remark::NamespaceNotFound { name } => self.not_found.once(name, || {
                warn!("namespace `{name}` does not exist; the report has it without images");
            }),
            Remark::NamespaceSkipped { skipped } => self.skipped.once(&skipped.namespace, || {
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
            Remark::PodFiltered { pod } => debug!(
                namespace = %Excerpt(&pod.namespace),
                pod = %Excerpt(&pod.name),
                containers = pod.containers.len(),
                "left out by a filter of pods",
            ),
            Remark::ImageFiltered { pod, container, image } => debug!(
                namespace = %Excerpt(&pod.namespace),
                pod = %Excerpt(&pod.name),
                container = %Excerpt(&container.name),
                image = %image,
                "left out by a filter of images",
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
            // Missing details are logged with the report. For kinds added by later versions of
            // kai-core, the counts are logged.
            _ => {}
        }
    }
}
