use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Api, wait};

use super::super::error::BenchError;
use super::daemon::Daemon;

/// How many images are written.
const WRITES: usize = 100;
/// How long one may take to be seen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at the inventory.
const OFTEN: Duration = Duration::from_millis(1);

/// Gives pods another image, one after the other; how long each took from the request to the API
/// server until the inventory of the program had it, in seconds. So the server's own time for the
/// write, and that of one answer with an inventory at least, are in it.
pub(super) fn writes(
    api: &Api,
    pods: &[Value],
    daemon: &Daemon,
    tag: &str,
) -> Result<Vec<f64>, BenchError> {
    let mut seen = Vec::with_capacity(WRITES);
    for (number, pod) in pods.iter().cycle().take(WRITES).enumerate() {
        let image = format!("registry.example/watched/app:w{tag}-{number:04}");
        let mut containers = pod["spec"]["containers"].clone();
        containers[0]["image"] = json!(image);
        let began = Instant::now();
        wait(api.merge_patch(&super::path(pod), &json!({"spec": {"containers": containers}})))?;
        while !daemon.unknown([image.as_str()])?.is_empty() {
            if began.elapsed() > PATIENCE {
                let reason = format!("`{image}` is not in it after {} s", PATIENCE.as_secs());
                return Err(BenchError::unexpected("the inventory", reason));
            }
            sleep(OFTEN);
        }
        seen.push(began.elapsed().as_secs_f64());
    }
    Ok(seen)
}
