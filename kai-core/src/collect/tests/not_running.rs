//! The digest of a container that does not run: its status may be that of the image before.

use super::*;

const KINDS: [ContainerKind; 3] =
    [ContainerKind::Regular, ContainerKind::Init, ContainerKind::Ephemeral];

/// What is told of a container with these texts in a running pod.
fn told_of_one(kind: ContainerKind, [spec, status, image_id]: [&str; 3], running: bool) -> String {
    let container = Container::new(kind, "web", full(spec));
    let container = container.with_status(full(status), full(image_id));
    let container = if running { container.running() } else { container };
    let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(container);
    told_of_pod(pod)
}

fn told_of_pod(pod: Pod) -> String {
    let options = CollectOptions::default();
    let (mut collector, mut told) = (Collector::new(&options), Told::default());
    collector.observe(&Observed::Pod(pod), &mut told);
    told.0.join("; ")
}

/// Rows of texts, of what is told where the container does not run, and where it does.
fn table(rows: &[([&str; 3], &str, &str)]) {
    for (texts, still, running) in rows {
        for kind in KINDS {
            assert_eq!(told_of_one(kind, *texts, false), full(still), "row: {texts:?} {kind:?}");
            assert_eq!(told_of_one(kind, *texts, true), full(running), "{texts:?}, running");
        }
    }
}

#[test]
fn digest_of_the_image_before_is_not_that_of_the_new_tag() {
    table(&[
        (["app:v2", "app:v1", "app@{A}"], "app:v2", "app:v2@{A}"),
        (
            ["r.example/app:v2", "r.example/app:v1", "r.example/app@{A}"],
            "r.example/app:v2",
            "r.example/app:v2@{A}",
        ),
        (["app:v2", "app:v1@{A}", ""], "app:v2", "app:v2@{A}"),
        (["app:v2", "app:v1@{A}", "app@{B}"], "app:v2", "app:v2@{A}"),
        (["app:v2", "app:v1", "docker-pullable://app@{A}"], "app:v2", "app:v2@{A}"),
        // docker.io/library is filled in, as runtimes do.
        (
            ["nginx:2", "docker.io/library/nginx:1", "docker.io/library/nginx@{A}"],
            "nginx:2",
            "nginx:2@{A}",
        ),
        (
            ["docker.io/nginx:2", "nginx:1", "nginx@{A}"],
            "docker.io/nginx:2",
            "docker.io/nginx:2@{A}",
        ),
        // What names neither tag nor digest is `latest`.
        (["app", "app:v1", "app@{A}"], "app:latest", "app:latest@{A}"),
        (["app:v2", "app", "app@{A}"], "app:v2", "app:v2@{A}"),
        (
            ["h:5000/app", "h:5000/app:v1", "h:5000/app@{A}"],
            "h:5000/app:latest",
            "h:5000/app:latest@{A}",
        ),
    ]);
}

#[test]
fn digest_of_the_same_image_stays_whether_it_runs_or_not() {
    let rows = [
        (["app:v2", "app:v2", "app@{A}"], "app:v2@{A}"),
        (["app", "docker.io/library/app:latest", "docker.io/library/app@{A}"], "app:latest@{A}"),
        (["app:latest", "app", "app@{A}"], "app:latest@{A}"),
        (["app:v2", "docker.io/library/app:v2", "app@{A}"], "app:v2@{A}"),
        // Another repository's tag says nothing.
        (["app:v2", "mirror.example/app:v1", "mirror.example/app@{A}"], "app:v2@{A}"),
        (["app:v2", "team/app:v1", "team/app@{A}"], "app:v2@{A}"),
        // No tag is named.
        (["app:v2", "app@{A}", "app@{A}"], "app:v2@{A}"),
        (["app:v2", "{B}", "app@{A}"], "app:v2@{A}"),
        (["app:v2", "", "app@{A}"], "app:v2@{A}"),
        // The spec's own digest is what is asked for.
        (["app:v2@{B}", "app:v1", "app@{A}"], "app:v2@{B}"),
        (["app@{B}", "app:v1", "app@{A}"], "app:v1@{B}"),
        // Without a spec, the status is all there is.
        (["", "app:v1", "app@{A}"], "app:v1@{A}"),
    ];
    for (texts, expected) in rows {
        table(&[(texts, expected, expected)]);
    }
}

#[test]
fn texts_are_judged_anew_where_another_container_runs() {
    let container = |running: bool| {
        let container = Container::new(ContainerKind::Regular, "web", "app:v2");
        let container = container.with_status("app:v1", full("app@{A}"));
        if running { container.running() } else { container }
    };
    for (first, told) in
        [(false, "app:v2; app:v2@{A}; app:v2"), (true, "app:v2@{A}; app:v2; app:v2@{A}")]
    {
        let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running);
        let pod = pod.with_container(container(first)).with_container(container(!first));
        assert_eq!(told_of_pod(pod.with_container(container(first))), full(told));
    }
}

#[test]
fn image_volume_never_runs_and_keeps_its_digest() {
    let volume = Container::new(ContainerKind::ImageVolume, "model", "models/m:2");
    let volume = volume.with_status("", full("models/m@{A}"));
    let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(volume);
    assert_eq!(told_of_pod(pod), full("models/m:2@{A}"));
}
