use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Api, Error, wait};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use super::super::error::BenchError;

/// So many pods change each second.
pub(super) const RATE: u32 = 100;
/// What a slow server is asked at once.
const IN_FLIGHT: usize = 32;

/// Changes one pod after the other for a time, each by an annotation: what is sent to those who
/// follow is the whole pod. Returns how many changes there were.
pub(super) fn change(api: &Api, pods: &[Value], period: Duration) -> Result<usize, BenchError> {
    let paths: Vec<String> = pods.iter().map(super::path).collect();
    let changed = wait(async {
        let places = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut under_way: JoinSet<Result<(), Error>> = JoinSet::new();
        let mut changed = 0;
        let end = Instant::now() + period;
        let mut ticks = interval(Duration::from_secs(1) / RATE);
        for path in paths.iter().cycle() {
            ticks.tick().await;
            if Instant::now() >= end {
                break;
            }
            // Nobody closes it.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let (api, path) = (api.clone(), path.clone());
            let change = json!({"metadata": {"annotations": {"changes": changed.to_string()}}});
            under_way.spawn(async move {
                let _place = place;
                api.merge_patch(&path, &change).await.map(drop)
            });
            changed += 1;
            while let Some(done) = under_way.try_join_next() {
                ended(done)?;
            }
        }
        while let Some(done) = under_way.join_next().await {
            ended(done)?;
        }
        Ok::<usize, Error>(changed)
    })?;
    Ok(changed)
}

fn ended(done: Result<Result<(), Error>, tokio::task::JoinError>) -> Result<(), Error> {
    done.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
}
