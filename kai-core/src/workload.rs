//! Which workload a pod belongs to, from what the pod itself says.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use crate::pod::{OwnerReference, Pod};

#[cfg(test)]
mod tests;

/// The label by which a [Deployment] tells its `ReplicaSets` apart.
///
/// [Deployment]: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
pub(crate) const DEPLOYMENT_HASH: &str = "pod-template-hash";
/// The same of an Argo [Rollout].
///
/// [Rollout]: https://argo-rollouts.readthedocs.io/en/stable/features/specification/
pub(crate) const ROLLOUT_HASH: &str = "rollouts-pod-template-hash";
/// The annotation by which `OpenShift` names the `DeploymentConfig` of a pod.
pub(crate) const DEPLOYMENT_CONFIG: &str = "openshift.io/deployment-config.name";

/// How long before a pod was created its `CronJob`'s schedule may be: the greatest starting deadline
/// that anybody has.
const SCHEDULED_BEFORE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How far the clocks of the server that created a pod and of the one that scheduled it may differ.
const SCHEDULED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The workload that a pod belongs to: what a person would name as its owner, as `Deployment/web`
/// for a pod of one of its `ReplicaSets`.
///
/// ```
/// # use kai_core::{OwnerReference, Pod, Workload, WorkloadOrigin};
/// let pod = Pod::new("shop", "web-7f9c6d5b8-x2x9q")
///     .with_owner(OwnerReference::new("apps/v1", "ReplicaSet", "web-7f9c6d5b8"))
///     .with_label("pod-template-hash", "7f9c6d5b8");
/// let workload = Workload::from(&pod);
/// assert_eq!(workload.to_string(), "deployment/web");
/// assert_eq!(workload.origin(), WorkloadOrigin::Inferred);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workload {
    kind: Box<str>,
    name: Box<str>,
    origin: WorkloadOrigin,
}

/// How it is known to which workload a pod belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WorkloadOrigin {
    /// The pod, or its `ReplicaSet` or Job, names it as its controller.
    Owner,
    /// It follows from names, labels and times, and may be wrong.
    Inferred,
    /// The pod has no controller: it is the workload itself.
    Itself,
}

impl WorkloadOrigin {
    /// The word for it: `owner`, `inferred` or `itself`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Inferred => "inferred",
            Self::Itself => "itself",
        }
    }
}

impl fmt::Display for WorkloadOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// As its word.
impl Serialize for WorkloadOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Workload {
    /// A workload of a kind, as `Deployment`, and a name.
    #[must_use]
    pub fn new(
        kind: impl Into<Box<str>>,
        name: impl Into<Box<str>>,
        origin: WorkloadOrigin,
    ) -> Self {
        Self { kind: kind.into(), name: name.into(), origin }
    }

    /// Its kind, as the Kubernetes API writes it: `Deployment`. A static pod, which has no workload
    /// in the API, is a `StaticPod`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is known.
    #[must_use]
    pub fn origin(&self) -> WorkloadOrigin {
        self.origin
    }

    /// One that is named as an owner.
    pub(crate) fn owner(kind: &str, name: &str) -> Self {
        Self::new(kind, name, WorkloadOrigin::Owner)
    }

    /// Whether a controller of this kind may itself be controlled by a workload.
    pub(crate) fn is_between(owner: &OwnerReference) -> bool {
        is(owner, "apps", "ReplicaSet") || is(owner, "batch", "Job")
    }
}

/// From its controller, and from what tells which workload that one belongs to: the pod has to have
/// the details of [`Details::with_workloads`](crate::Details::with_workloads).
impl From<&Pod> for Workload {
    fn from(pod: &Pod) -> Self {
        let Some(owner) = pod.owner() else {
            return Self::new("Pod", &*pod.name, WorkloadOrigin::Itself);
        };
        let inferred = deployment(pod, owner)
            .or_else(|| deployment_config(pod, owner))
            .or_else(|| cron_job(pod, owner))
            .map(|(kind, name)| Self::new(kind, name, WorkloadOrigin::Inferred));
        inferred
            .or_else(|| static_pod(pod, owner))
            .unwrap_or_else(|| Self::owner(&owner.kind, &owner.name))
    }
}

/// Whether an owner is of a kind of an API group; of the core group where that is empty.
fn is(owner: &OwnerReference, group: &str, kind: &str) -> bool {
    let named = owner.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    *owner.kind == *kind && named == group
}

/// The hash of the template that a pod's `ReplicaSet` has, by each of the labels that tell it.
pub(crate) fn template_hashes(pod: &Pod) -> [Option<&str>; 2] {
    [ROLLOUT_HASH, DEPLOYMENT_HASH].map(|key| pod.label(key))
}

/// Of a `ReplicaSet`, the Deployment or Rollout: its name before the hash of the pods' template.
fn deployment<'p>(pod: &Pod, owner: &'p OwnerReference) -> Option<(&'static str, &'p str)> {
    if !is(owner, "apps", "ReplicaSet") {
        return None;
    }
    let before = |hash: Option<&str>| {
        let hash = hash.filter(|hash| !hash.is_empty())?;
        let name = owner.name.strip_suffix(hash)?.strip_suffix('-')?;
        (!name.is_empty()).then_some(name)
    };
    let rollout = before(pod.label(ROLLOUT_HASH)).map(|name| ("Rollout", name));
    rollout.or_else(|| before(pod.label(DEPLOYMENT_HASH)).map(|name| ("Deployment", name)))
}

/// Of a `ReplicationController` of `OpenShift`, the `DeploymentConfig` that an annotation names.
fn deployment_config<'p>(pod: &'p Pod, owner: &OwnerReference) -> Option<(&'static str, &'p str)> {
    let named = pod.annotation(DEPLOYMENT_CONFIG).filter(|name| !name.is_empty())?;
    is(owner, "", "ReplicationController").then_some(("DeploymentConfig", named))
}

/// Of a Job whose name ends in the minute that it was scheduled for, the `CronJob`.
fn cron_job<'p>(pod: &Pod, owner: &'p OwnerReference) -> Option<(&'static str, &'p str)> {
    let created = pod.created().filter(|_| is(owner, "batch", "Job"))?;
    let (name, minute) = owner.name.rsplit_once('-')?;
    let digits = minute.len() == 8 && minute.bytes().all(|byte| byte.is_ascii_digit());
    let minutes = minute.parse::<u64>().ok().filter(|_| digits && !name.is_empty())?;
    let scheduled = SystemTime::UNIX_EPOCH + Duration::from_secs(minutes * 60);
    let plausible = match created.duration_since(scheduled) {
        Ok(before) => before <= SCHEDULED_BEFORE,
        Err(after) => after.duration() <= SCHEDULED_AFTER,
    };
    plausible.then_some(("CronJob", name))
}

/// Of a pod that a kubelet runs from a file, what that file names: the [mirror pod] has the name of
/// its node behind it.
///
/// [mirror pod]: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
fn static_pod(pod: &Pod, owner: &OwnerReference) -> Option<Workload> {
    if !is(owner, "", "Node") {
        return None;
    }
    let before = pod.name.strip_suffix(&*owner.name).and_then(|name| name.strip_suffix('-'));
    let name = before.filter(|name| !name.is_empty()).unwrap_or(&pod.name);
    Some(Workload::new("StaticPod", name, WorkloadOrigin::Owner))
}

/// `kind/name`, the kind in lower case as kubectl takes it.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.to_lowercase(), self.name)
    }
}
