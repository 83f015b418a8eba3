//! Several receivers of different kinds: each has its own mailbox, tries and spool.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kai_anchore::{AnchoreSettings, AnchoreSink, Api, ApiVersion, CaCertificate, Password};
use kai_core::{Body, ClusterReport, Details, Payload, ReportError, Retry, Sink};
use testkit::Reply;

use super::*;
use crate::sinks;

/// A receiver of another kind than Anchore: it takes a line for each image, and needs no containers.
#[derive(Default)]
struct Lines {
    is_down: AtomicBool,
    got: Mutex<Vec<String>>,
}

#[async_trait]
impl Sink for Lines {
    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
        let namespaces = report.inventory.namespaces().iter();
        let lines = namespaces.flat_map(|namespace| {
            namespace.images().iter().map(|image| format!("{} {image}", namespace.name()))
        });
        let text = lines.collect::<Vec<_>>().join("\n").into_bytes();
        Ok(Payload::default().with_form("lines", move || Ok(Body::whole(text.clone()))))
    }

    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(ReportError::new("the disk is full", Retry::Backoff));
        }
        let text = String::from_utf8(payload.body("lines")?.read()?).unwrap();
        self.got.lock().unwrap().push(text);
        Ok(())
    }
}

fn receiver(sink: Arc<dyn Sink>, url: &str, spool: &Path) -> sinks::Receiver {
    let (url, account) = (url.to_owned(), "admin".to_owned());
    sinks::Receiver { sink, url, account, timeout: None, spool: Some(spool.to_owned()) }
}

/// The images that Anchore has taken, a report each.
fn taken_by(anchore: &testkit::Receiver, verdicts: &Mutex<Vec<u16>>) -> Vec<String> {
    let verdicts = verdicts.lock().unwrap();
    let answered = anchore.requests().into_iter().zip(verdicts.iter());
    let taken = answered.filter(|(_, status)| **status == 201).map(|(request, _)| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        format!("a {}", body["containers"][0]["image_tag"].as_str().unwrap())
    });
    taken.collect()
}

/// Runs eight cycles with a receiver of each kind, of which one is down during the first five: what
/// the one that is down and the other one have taken by then, and at the end.
async fn run_with_one_down(anchore_is_down: bool) -> [[Vec<String>; 2]; 2] {
    let folder = tempfile::tempdir().unwrap();
    let spools = ["anchore", "lines"].map(|name| folder.path().join(name));
    let (down, verdicts) = (Arc::new(AtomicBool::new(anchore_is_down)), Arc::default());
    let (is_down, said) = (Arc::clone(&down), Arc::<Mutex<Vec<u16>>>::clone(&verdicts));
    let anchore = testkit::Receiver::start(move |_| {
        let status = if is_down.load(Ordering::Relaxed) { 503 } else { 201 };
        said.lock().unwrap().push(status);
        Reply::status(status)
    });
    let url = anchore.url().parse().unwrap();
    let settings = AnchoreSettings::new(url, "me", Password::given("p"))
        .api(Api::Only(ApiVersion::V2))
        .ca_certificate(CaCertificate::Pem(anchore.ca_pem().into()));
    let lines = Arc::new(Lines::default());
    lines.is_down.store(!anchore_is_down, Ordering::Relaxed);
    let receivers = vec![
        receiver(Arc::new(AnchoreSink::new(&settings).unwrap()), anchore.url(), &spools[0]),
        receiver(Arc::<Lines>::clone(&lines), "file:///lines", &spools[1]),
    ];
    assert_eq!(sinks::needs(&receivers), Details::default().with_containers());

    let settings = periodic(&["-p", "1"]);
    let source = Box::new(Shared(Cluster::of(&["a"])));
    let collector = Collector::of(Arc::clone(&settings), source);
    let it = Periodic::new(collector, &settings, receivers, Arc::new(()));
    let taken = || {
        let taken = [taken_by(&anchore, &verdicts), lines.got.lock().unwrap().clone()];
        let [anchore, lines] = taken;
        if anchore_is_down { [anchore, lines] } else { [lines, anchore] }
    };
    let mut early = None;
    let end = async {
        sleep(Duration::from_millis(4500)).await;
        early = Some(taken());
        let is_kept = spools.clone().map(|spool| spool.join("undelivered").exists());
        assert_eq!(is_kept, [anchore_is_down, !anchore_is_down], "each has its own spool");
        down.store(false, Ordering::Relaxed);
        lines.is_down.store(false, Ordering::Relaxed);
        sleep(seconds(3)).await;
    };
    it.run(end).await.unwrap();
    let is_kept = spools.map(|spool| spool.join("undelivered").exists());
    assert_eq!(is_kept, [false, false], "all is delivered");
    [early.unwrap(), taken()]
}

#[tokio::test]
async fn a_receiver_that_is_down_for_five_cycles_does_not_disturb_one_of_another_kind() {
    let (one, other) = tokio::join!(run_with_one_down(true), run_with_one_down(false));
    let reports = |upto: usize| (1..=upto).map(|pass| format!("a app:{pass}")).collect::<Vec<_>>();
    for [early, all] in [one, other] {
        let ([down_early, other_early], [down, other]) = (early, all);
        assert_eq!((down_early, other_early), (vec![], reports(5)));
        assert_eq!(other, reports(8));
        // The newest of those that it missed, and all that came after.
        assert!(down.is_sorted() && down.len() <= 4, "{down:?}");
        assert_eq!(down.last().unwrap(), "a app:8");
    }
}
