//! What an observer hears of the requests of a pass.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kai_k8s::{RequestObserver, Split};
use testkit::{Fault, RelayRequest, first};

use super::{Encoding, connect, is_later_page, paged, run};

/// Keeps what it hears.
#[derive(Default)]
struct Ear(Mutex<Heard>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Heard {
    answers: BTreeMap<Option<u16>, usize>,
    progress: usize,
}

impl RequestObserver for Ear {
    fn answered(&self, code: Option<u16>) {
        *self.0.lock().unwrap().answers.entry(code).or_default() += 1;
    }

    fn progressed(&self) {
        self.0.lock().unwrap().progress += 1;
    }
}

/// What is heard of a pass in twelve requests (ten pages, the namespaces, the version), with these
/// faults in the way.
async fn heard(policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static) -> Heard {
    let ear = Arc::new(Ear::default());
    let relay = Encoding::Protobuf.relay(policy);
    let options = paged().split(Split::Pages).request_timeout(Duration::from_secs(10));
    run(&connect(relay.url(), options.observer(ear.clone())).await).await.unwrap();
    ear.0.lock().unwrap().clone()
}

#[tokio::test]
async fn each_attempt_is_told_with_its_status_and_only_what_is_new_as_progress() {
    type Answers = &'static [(Option<u16>, usize)];
    let table: [(&str, Fault, usize, Answers); 6] = [
        ("nothing", Fault::Pass, 0, &[(Some(200), 12)]),
        ("429 twice", Fault::status(429), 2, &[(Some(200), 12), (Some(429), 2)]),
        ("503", Fault::status(503), 1, &[(Some(200), 12), (Some(503), 1)]),
        // Of a connection that was used before: the request goes over another, as one attempt.
        ("reset", Fault::Reset, 1, &[(Some(200), 12)]),
        ("reset again", Fault::Reset, 2, &[(None, 1), (Some(200), 12)]),
        // Its status had come already.
        ("cut", Fault::CutAfter(60), 1, &[(Some(200), 13)]),
    ];
    for (what, fault, times, answers) in table {
        let answers: BTreeMap<_, _> = answers.iter().copied().collect();
        // The pages, the namespaces, the version.
        let progress = 12;
        let heard = heard(first(times, is_later_page, fault)).await;
        assert_eq!(heard, Heard { answers, progress }, "{what}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_as_no_answer() {
    let heard = heard(first(1, is_later_page, Fault::StallBeforeHeaders)).await;
    assert_eq!(heard.answers, BTreeMap::from([(None, 1), (Some(200), 12)]));
    assert_eq!(heard.progress, 12);
}
