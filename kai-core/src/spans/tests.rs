use std::sync::Arc;

use super::*;
use crate::pod::{Container, OwnerReference, Pod, PodPhase};
use crate::uses::UseTableBuilder;
use crate::visit::{ImageUse, Visitor};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

/// A pod of a `StatefulSet` that runs an image.
fn pod(name: &str, set: &str, image: &str) -> Pod {
    Pod::new("shop", name)
        .with_phase(PodPhase::Running)
        .with_owner(OwnerReference::new("apps/v1", "StatefulSet", set))
        .with_container(Container::new(ContainerKind::Regular, "app", image))
}

fn table(pods: &[Pod]) -> UseTable {
    let mut builder = UseTableBuilder::default();
    for pod in pods {
        builder.pod(pod);
        let image = Arc::new(Image::parse(&pod.containers[0].image, None).unwrap());
        builder.image(ImageUse::new(pod, &pod.containers[0], &image));
    }
    builder.finish()
}

/// Shows a report, and returns what each use of it has: workload, image, first and last seen.
fn seen(spans: &mut Spans, pods: &[Pod], time: u64) -> Vec<(String, u64, u64)> {
    let mut uses = table(pods);
    spans.observe(&mut uses, at(time));
    let since = |time: SystemTime| time.duration_since(at(0)).unwrap().as_secs();
    let row = |row: UseRow<'_>| {
        let seen = row.seen.unwrap();
        (format!("{} {}", row.workload, row.spec_image), since(seen.first), since(seen.last))
    };
    uses.rows().map(row).collect()
}

fn expected(rows: &[(&str, u64, u64)]) -> Vec<(String, u64, u64)> {
    rows.iter().map(|(what, first, last)| ((*what).to_owned(), *first, *last)).collect()
}

#[test]
fn a_use_keeps_its_span_while_its_pods_come_and_go() {
    let mut spans = Spans::default();
    assert_eq!(
        seen(&mut spans, &[pod("db-0", "db", "pg:1")], 10),
        expected(&[("statefulset/db pg:1", 10, 10)])
    );
    let rolling = [pod("db-0", "db", "pg:1"), pod("db-1", "db", "pg:2")];
    assert_eq!(
        seen(&mut spans, &rolling, 20),
        expected(&[("statefulset/db pg:1", 10, 20), ("statefulset/db pg:2", 20, 20)])
    );
    assert_eq!(
        seen(&mut spans, &[pod("db-7", "db", "pg:2")], 30),
        expected(&[("statefulset/db pg:2", 20, 30)])
    );
    // It was away, and is the same again.
    assert_eq!(
        seen(&mut spans, &[pod("db-8", "db", "pg:1")], 40),
        expected(&[("statefulset/db pg:1", 10, 40)])
    );
    assert_eq!((spans.len(), spans.over), (2, 1));
}

#[test]
fn what_ended_before_it_was_seen_was_seen_from_its_start_to_its_end() {
    let job = pod("job-0", "job", "job:1").with_started(at(3)).with_ended(at(6));
    let mut spans = Spans::default();
    let rows = expected(&[("statefulset/job job:1", 3, 6)]);
    assert_eq!(seen(&mut spans, std::slice::from_ref(&job), 10), rows);
    assert_eq!(seen(&mut spans, &[job], 20), rows, "a report that has it again says the same");
    assert_eq!((spans.len(), spans.over), (1, 1));
}

#[test]
fn of_what_is_over_the_last_are_kept_and_the_rest_leaves_nothing() {
    let mut spans = Spans::default();
    let kept = pod("kept", "kept", "kept:1");
    let rounds = 3 * u64::try_from(Spans::OVER_MAX).unwrap() / 100;
    for round in 0..rounds {
        let mut pods = vec![kept.clone()];
        pods.extend((0..100).map(|number| {
            let name = format!("job-{round}-{number}");
            pod(&name, &name, &format!("job:{round}"))
        }));
        seen(&mut spans, &pods, round);
        assert!(spans.over <= Spans::OVER_MAX);
    }
    let over = spans.seen.values().filter(|span| span.round.is_none()).count();
    assert_eq!(over, spans.over);
    assert!(spans.over > Spans::OVER_MAX * 8 / 10, "{}", spans.over);
    assert_eq!(spans.workloads.len(), spans.len());
    assert!(spans.images.len() <= Spans::OVER_MAX / 100 + 2, "{}", spans.images.len());
    let newest = format!("job-{}-0", rounds - 1);
    let pods = [kept, pod(&newest, &newest, &format!("job:{}", rounds - 1))];
    let rows = seen(&mut spans, &pods, rounds);
    assert_eq!(rows[0].1, rounds - 1, "{rows:?}");
    assert_eq!(rows[1].1, 0, "what is in use is never forgotten: {rows:?}");
}
