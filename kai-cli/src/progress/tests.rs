use std::ffi::OsString;
use std::sync::Mutex;

use super::*;
use crate::args::{self, Invocation};

fn seen(pods: usize, namespaces: usize, millis: u64) -> Seen {
    Seen { pods, namespaces, elapsed: Duration::from_millis(millis) }
}

#[test]
fn a_line_says_pods_namespaces_rate_and_time_as_far_as_there_is_room() {
    let some = seen(12_345, 204, 1500);
    let table = [
        (200, "reading: 12345 pods in 204 namespaces, 8230 pods/s, 1.5 s"),
        (80, "reading: 12345 pods in 204 namespaces, 8230 pods/s, 1.5 s"),
        (58, "reading: 12345 pods in 204 namespaces, 8230 pods/s, 1.5 s"),
        (57, "reading: 12345 pods, 204 ns, 8230/s, 1.5 s"),
        (43, "reading: 12345 pods, 204 ns, 8230/s, 1.5 s"),
        (40, "reading: 12345 pods, 2 s"),
        (20, "reading: 12345 pods"),
        (10, "12345"),
        (4, "123"),
        (1, ""),
        (0, ""),
    ];
    for (columns, expected) in table {
        println!("{columns}");
        let line = some.line(columns, false);
        assert_eq!(line, expected);
        assert!(line.len() < columns.max(1));
    }
}

#[test]
fn a_line_counts_one_as_one_and_none_as_none() {
    assert_eq!(seen(0, 0, 0).line(80, false), "reading: 0 pods in 0 namespaces, 0 pods/s, 0.0 s");
    assert_eq!(seen(1, 1, 1000).line(80, false), "reading: 1 pod in 1 namespace, 1 pods/s, 1.0 s");
}

#[test]
fn a_colour_takes_no_room() {
    let some = seen(12_345, 204, 1500);
    let plain = some.line(58, true).replace("\x1b[1;36m", "").replace("\x1b[0m", "");
    assert_eq!(plain, some.line(58, false));
}

#[test]
fn progress_is_for_people_at_a_terminal_only() {
    let table: [(&[&str], bool, bool, bool); 8] = [
        (&[], true, false, true),
        (&["-o", "table"], true, false, true),
        (&[], false, false, false),
        (&[], true, true, false),
        (&["-q"], true, false, false),
        (&["-v"], true, false, false),
        (&["-vv"], true, false, false),
        (&["-qv"], true, false, false),
    ];
    for (typed, terminal, ci, expected) in table {
        println!("{typed:?} {terminal} {ci}");
        let here = Surroundings { terminal, ci };
        assert_eq!(is_wanted(&settings(typed), &here), expected);
    }
    let mut structured = settings(&[]);
    structured.log.structured = true;
    assert!(!is_wanted(&structured, &Surroundings { terminal: true, ci: false }));
}

fn settings(typed: &[&str]) -> Settings {
    let typed = ["kai"].iter().chain(typed).map(OsString::from);
    match args::parse(typed) {
        Ok(Invocation::Inventory(args)) => {
            Settings::from(&args, &std::iter::empty().collect(), None).unwrap().0
        }
        other => panic!("{other:?}"),
    }
}

/// Progress that keeps what it would draw.
fn kept() -> (Progress, Arc<Mutex<Vec<Seen>>>) {
    let drawn = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&drawn);
    let shown = Shown::start(move |seen| keep.lock().unwrap().push(seen)).unwrap();
    (Progress { shown: Some(shown) }, drawn)
}

#[test]
fn a_namespace_is_counted_once_however_it_is_met() {
    let (mut progress, _) = kept();
    for name in ["shop", "web", "shop"] {
        progress.pod(&Pod::new(name, "a"));
        progress.namespace(&Namespace::new(name));
    }
    progress.namespace(&Namespace::new("empty"));
    let counts = &progress.shown.as_ref().unwrap().counts;
    assert_eq!(counts.pods.load(Ordering::Relaxed), 3);
    assert_eq!(counts.namespaces.load(Ordering::Relaxed), 3);
}

#[test]
fn nothing_is_drawn_once_it_is_dropped() {
    let (progress, drawn) = kept();
    while drawn.lock().unwrap().is_empty() {
        thread::yield_now();
    }
    drop(progress);
    let before = drawn.lock().unwrap().len();
    // The thread has ended: it alone held the other handle.
    assert_eq!(Arc::strong_count(&drawn), 1);
    assert_eq!(drawn.lock().unwrap().len(), before);
}

#[test]
fn a_pass_that_is_soon_over_draws_nothing() {
    let (mut progress, drawn) = kept();
    progress.pod(&Pod::new("shop", "web-0"));
    drop(progress);
    assert!(drawn.lock().unwrap().is_empty());
}
