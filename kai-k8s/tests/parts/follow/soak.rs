//! Many faults, one after another, while pods come and go: in the end nothing differs.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// How many faults there are, unless this variable says so.
const FAULTS: (&str, usize) = ("KAI_SOAK_FAULTS", 100);

/// What may happen to a watch, and now and then to another request.
fn fault(is_watch: bool) -> Fault {
    match fastrand::u8(..40) {
        // Of another request it would be an answer for good.
        0..4 if is_watch => Fault::status(410),
        4..8 => Fault::status(429),
        8..12 => Fault::status(500),
        12..16 => Fault::Reset,
        16..20 => Fault::NotHttp,
        20 => Fault::Delay(Duration::from_millis(fastrand::u64(..50))),
        _ => Fault::CutAfter(fastrand::usize(..3000)),
    }
}

#[tokio::test]
async fn after_many_faults_nothing_differs() {
    let faults = std::env::var(FAULTS.0).map_or(FAULTS.1, |text| text.parse().unwrap());
    let (namespace, api) = ("follow-soak", cluster().api());
    let options_of = SourceOptions::default()
        .watch_time(Duration::from_secs(1))
        .pause_max(Duration::from_millis(10));
    let scene = Scene::new(namespace, options_of).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    trouble.set(move |request| {
        // A list that fails waits for longer.
        let is_probed = is_watch(request) || fastrand::u8(..100) == 0;
        if !is_probed || fastrand::u8(..50) == 0 {
            return Fault::Pass;
        }
        counted.fetch_add(1, Ordering::Relaxed);
        fault(is_watch(request))
    });
    let churn = async {
        let mut number = 0;
        while count.load(Ordering::Relaxed) < faults {
            number += 1;
            let name = format!("job-{}", number % 5);
            let _ = api.delete_pod(namespace, &name).await;
            let image = format!("job:{number}");
            api.create_pod(&pod(namespace, &name, &image).to_json()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        number
    };
    let mut churn = std::pin::pin!(churn);
    let changes = loop {
        tokio::select! {
            changes = &mut churn => break changes,
            () = followed.for_a_moment() => {}
        }
    };
    trouble.nothing();
    followed.until_it_is_what_a_pass_finds(direct).await;
    let missed =
        (1..=changes).filter(|number| !seen(&followed.state, &format!("job:{number}"))).count();
    println!(
        "{} faults, {changes} changes, {} lists again, {missed} jobs ran and ended between a list \
         and the one before: {:?}",
        count.load(Ordering::Relaxed),
        heard.relisted(),
        heard.0.lock().unwrap(),
    );
}
