//! After a storm, memory is what it was.

use super::*;

fn kept(state: &ClusterState) -> (usize, [usize; 5], usize, usize, usize) {
    let ClusterState { pods, shared, objects, in_use, gone, .. } = state;
    (pods.len(), shared.len(), objects.len(), in_use.len(), gone.len())
}

#[test]
fn a_storm_leaves_nothing_behind() {
    let mut state = state_with((0..20).map(|number| running("shop", number, "nginx:1.27")));
    let before = kept(&state);
    for round in 0..5 {
        for number in 0..2_000 {
            let revision = 1_000 + round * 100_000 + 10 * number;
            let namespace = format!("ci-{round}-{}", number % 50);
            let fact = Observed::Namespace(Namespace::new(&namespace));
            state.apply(Change::Observed(fact, Revision::new(revision)), at(0));
            let job = |uid: &str| {
                let mut job = running(&namespace, 100 + number, &format!("job:{round}-{number}"));
                job.uid = Some(uid.to_owned());
                job.with_label("app", format!("job-{number}"))
            };
            let uid = if number % 2 == 0 { format!("odd-{number}") } else { uid(1000 + number) };
            tell(&mut state, job(&uid), revision + 1);
            tell(&mut state, succeeded(job(&uid)), revision + 2);
            end(&mut state, succeeded(job(&uid)), revision + 3);
            let fact = Observed::Namespace(Namespace::new(&namespace));
            state.apply(Change::Gone(fact, Revision::new(revision + 4)), at(0));
        }
        state.forget(state.mark());
    }
    assert_eq!(kept(&state), before);
    let (places, chunks) = state.pods.room();
    assert!(places < 500 && chunks == 1, "{places}, {chunks}");
}
