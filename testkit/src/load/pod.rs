use fastrand::Rng;
use serde_json::Value;

use super::images::RuntimeImage;
use super::padding;
use super::workload::{Controller, Workload};
use crate::{ContainerFixture, PodFixture};

/// How far a pod got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No node yet, so no container has a status.
    Unscheduled,
    /// Init containers still run; the others wait.
    Starting,
    /// One image cannot be pulled; the others run.
    HalfStarted,
    Running,
    Succeeded,
    Failed,
    /// Thrown off its node: failed, and the statuses are gone.
    Evicted,
}

impl Stage {
    fn of(controller: Controller, rng: &mut Rng) -> Self {
        let roll = rng.u8(..100);
        match (controller, roll) {
            (Controller::Job, 0..60) => Self::Succeeded,
            (Controller::Job, 60..75) => Self::Failed,
            (_, 0..3) => Self::Unscheduled,
            (_, 3..5) => Self::Starting,
            (_, 5..7) => Self::HalfStarted,
            (_, 7) => Self::Evicted,
            _ => Self::Running,
        }
    }

    fn phase(self) -> &'static str {
        match self {
            Self::Unscheduled | Self::Starting | Self::HalfStarted => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed | Self::Evicted => "Failed",
        }
    }

    fn init(self, container: ContainerFixture, image: &RuntimeImage) -> ContainerFixture {
        match self {
            Self::Unscheduled | Self::Evicted => container,
            Self::Starting => known(container, image).running(),
            _ => known(container, image).terminated(0),
        }
    }

    fn sidecar(self, container: ContainerFixture, image: &RuntimeImage) -> ContainerFixture {
        match self {
            Self::Unscheduled | Self::Evicted => container,
            Self::Starting => container.waiting("PodInitializing"),
            Self::Succeeded | Self::Failed => known(container, image).terminated(0),
            Self::HalfStarted | Self::Running => known(container, image).running(),
        }
    }

    fn container(
        self,
        position: usize,
        container: ContainerFixture,
        image: &RuntimeImage,
    ) -> ContainerFixture {
        match self {
            Self::Unscheduled | Self::Evicted => container,
            Self::Starting => container.waiting("PodInitializing"),
            Self::HalfStarted if position == 0 => container.waiting("ImagePullBackOff"),
            Self::HalfStarted | Self::Running => known(container, image).running(),
            Self::Succeeded => known(container, image).terminated(0),
            Self::Failed => known(container, image).terminated(1),
        }
    }
}

fn known(container: ContainerFixture, image: &RuntimeImage) -> ContainerFixture {
    container.status_image(&image.status_image).image_id(&image.image_id)
}

/// One pod of a workload.
pub(super) fn render(namespace: &str, name: &str, workload: &Workload, rng: &mut Rng) -> Value {
    let stage = Stage::of(workload.controller, rng);
    let mut pod = PodFixture::new(namespace, name).uid(&padding::uid(rng)).phase(stage.phase());
    for (position, image) in workload.inits.iter().enumerate() {
        let container = ContainerFixture::new(&format!("init-{position}"), &image.reference);
        pod = pod.init(stage.init(container, image));
    }
    if let Some(image) = &workload.sidecar {
        let container = ContainerFixture::new("mesh-proxy", &image.reference);
        pod = pod.sidecar(stage.sidecar(container, image));
    }
    for (position, image) in workload.containers.iter().enumerate() {
        let container = ContainerFixture::new(&format!("main-{position}"), &image.reference);
        pod = pod.container(stage.container(position, container, image));
    }
    if stage == Stage::Running && rng.u8(..50) == 0 {
        let image = &workload.containers[0];
        let debugger = ContainerFixture::new("debugger-x7k2p", &image.reference);
        pod = pod.ephemeral(known(debugger, image).running());
    }
    if let Some(image) = &workload.volume {
        let digest = (stage == Stage::Running).then_some(image.digest.as_str());
        pod = pod.image_volume("models", &image.reference, digest);
    }
    if stage != Stage::Unscheduled {
        pod = pod.node(&padding::node(rng));
    }
    let mut pod = pod.to_json();
    padding::pad(&mut pod, workload, rng);
    pod
}
