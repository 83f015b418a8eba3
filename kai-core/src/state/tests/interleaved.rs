//! However changes come, the picture is that of the newest revisions.

use std::collections::BTreeMap;

use super::*;

/// What happens to a pod.
#[derive(Clone, Copy, Debug)]
enum Step {
    Create,
    Run(u8),
    Succeed,
    Delete,
}

/// A change of one of a few pods, in the order of revisions.
type History = Vec<(u8, Step)>;

fn history() -> impl Strategy<Value = History> {
    let step = prop_oneof![
        2 => Just(Step::Create),
        3 => (0..3u8).prop_map(Step::Run),
        2 => Just(Step::Succeed),
        2 => Just(Step::Delete),
    ];
    prop::collection::vec((0..6u8, step), 1..60)
}

/// The events that a watch tells of a history: a pod that was deleted comes back as another one.
fn events(history: &History) -> Vec<Change> {
    let mut incarnations = BTreeMap::<u8, (u64, bool)>::new();
    let mut events = Vec::new();
    for (at, (number, step)) in history.iter().enumerate() {
        let revision = Revision::new(10 + at as u64);
        let (incarnation, exists) = incarnations.entry(*number).or_default();
        let namespace = if number % 2 == 0 { "shop" } else { "jobs" };
        let number = u64::from(*number) + 100 * *incarnation;
        let state = match step {
            Step::Create => pod(namespace, number).with_container(Container::new(
                ContainerKind::Regular,
                "app",
                "a:0",
            )),
            Step::Run(tag) => running(namespace, number, &format!("a:{tag}")),
            Step::Succeed | Step::Delete => succeeded(running(namespace, number, "a:0")),
        };
        if matches!(step, Step::Delete) {
            if *exists {
                events.push(Change::Gone(Observed::Pod(state), revision));
                (*incarnation, *exists) = (*incarnation + 1, false);
            }
        } else {
            *exists = true;
            events.push(Change::Observed(Observed::Pod(state), revision));
        }
    }
    events
}

fn revision(event: &Change) -> Revision {
    match event {
        Change::Observed(_, revision) | Change::Gone(_, revision) => *revision,
        _ => Revision::default(),
    }
}

/// What a list finds after these events, each object in the revision of its last change.
fn listed(events: &[Change]) -> Vec<Change> {
    let mut pods = BTreeMap::new();
    for event in events {
        match event {
            Change::Observed(Observed::Pod(pod), _) => {
                pods.insert(pod.uid.clone(), event.clone());
            }
            Change::Gone(Observed::Pod(pod), _) => {
                pods.remove(&pod.uid);
            }
            _ => {}
        }
    }
    pods.into_values().collect()
}

/// Puts items at random places, the order of the others kept.
fn mixed(mut into: Vec<Change>, items: Vec<Change>, places: &[Index]) -> Vec<Change> {
    for (item, place) in items.into_iter().zip(places.iter().cycle()) {
        into.insert(place.index(into.len() + 1), item);
    }
    into
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn however_changes_come_the_newest_revisions_win(
        history in history(),
        cuts in prop::array::uniform3(any::<Index>()),
        places in prop::collection::vec(any::<Index>(), 1..30),
        replayed in prop::collection::vec((any::<Index>(), any::<Index>()), 0..20),
        relisted in any::<bool>(),
    ) {
        let events = events(&history);
        let mut cuts = cuts.map(|cut| cut.index(events.len() + 1));
        cuts.sort_unstable();
        // The watch begins at the first one, the list has all until the second one, and all of the
        // list is told when the watch is at the third one.
        let [from, list, told] = cuts;
        let revision_of = |cut: usize| {
            cut.checked_sub(1).map_or(Revision::new(1), |at| revision(&events[at]))
        };
        let mut state = state();
        let now = at(0);
        state.apply(Change::Began, now);
        for change in mixed(events[from..told.max(from)].to_vec(), listed(&events[..list]), &places) {
            state.apply(change, now);
        }
        state.apply(Change::Synced(revision_of(from)), now);
        if relisted {
            // The watch broke: a list of now, and a watch from there.
            state.apply(Change::Began, now);
            for change in listed(&events) {
                state.apply(change, now);
            }
            state.apply(Change::Synced(revision_of(events.len())), now);
        }
        let rest = if relisted { &[][..] } else { &events[told.max(from)..] };
        let mut came = events[from..told.max(from)].to_vec();
        for (number, event) in rest.iter().enumerate() {
            state.apply(event.clone(), now);
            came.push(event.clone());
            for (when, which) in &replayed {
                if when.index(rest.len()) == number {
                    // What came before comes again, from some place on.
                    state.apply(came[which.index(came.len())].clone(), now);
                }
            }
        }

        let facts = listed(&events).into_iter().filter_map(|change| match change {
            Change::Observed(fact, _) => Some(fact),
            _ => None,
        });
        let facts: Vec<_> = facts.collect();
        let mut collector = Collector::new(&state.options);
        let mut pass = Fingerprints::default();
        for fact in &facts {
            collector.observe(fact, &mut pass);
        }
        prop_assert_eq!(state.fingerprints().differences(&pass).count(), 0);
        let expected = collect_facts(facts, &options(), at(9));
        prop_assert_eq!(shown(&state.report(Window::Now, at(9))), shown(&expected));
        prop_assert_eq!(state.inventory(at(9)), expected.inventory);
    }
}
