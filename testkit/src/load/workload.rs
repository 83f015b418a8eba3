//! What pods are made for.

use super::images::RuntimeImage;

/// What a controller made pods for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

/// Pods of one template.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) controller: Controller,
    pub(super) hash: String,
    pub(super) containers: Vec<RuntimeImage>,
    pub(super) inits: Vec<RuntimeImage>,
    pub(super) sidecar: Option<RuntimeImage>,
    pub(super) volume: Option<RuntimeImage>,
}
