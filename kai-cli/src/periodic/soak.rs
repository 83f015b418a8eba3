//! Soak test: memory doesn't grow over many cycles.

use std::env;
use std::process::Command;
use std::sync::Arc;

use kai_core::Retry;
use tokio::time::{pause, sleep};

use super::*;
use crate::testing::{Cluster, Receiver, Shared, Verdict, periodic};

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

/// Tolerated growth, in bytes.
const MORE_MAX: usize = 64 * 1024;

fn live() -> usize {
    dhat::HeapStats::get().curr_bytes
}

/// In a separate process, since memory is counted per process.
#[test]
#[ignore = "the test below runs it"]
fn process_of_10_000_cycles() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        pause();
        let _counting = dhat::Profiler::builder().testing().build();
        let cluster = Cluster::of(&["a", "b", "c"]);
        // It is unavailable half of the time, in part with final rejections.
        let receiver = Receiver::forgetful(|at| match at / 1000 % 4 {
            0 | 1 => Verdict::Yes,
            2 => Verdict::No(Retry::Backoff),
            _ => Verdict::No(Retry::Never),
        });
        let settings = periodic(&[]);
        let source = Box::new(Shared(Arc::clone(&cluster)));
        let collector = Collector::of(Arc::clone(&settings), source);
        let it =
            Periodic::new(collector, &settings, vec![receiver.configured(&settings)], Arc::new(()));
        let counted = Arc::clone(&cluster);
        let end = async move {
            let mut passes = 0;
            let mut early = 0;
            while passes < 10_000 {
                // Between two cycles, after the receiver went up and down several times.
                sleep(Duration::from_secs(if passes == 0 { 10 * 300 + 150 } else { 300 })).await;
                passes += counted.passes(Instant::now()).len();
                counted.forget();
                counted.have(if passes % 2 == 0 { &["a", "b", "c"] } else { &["b", "d"] });
                // An occasional failure.
                counted.fail(passes % 100 == 50);
                if early == 0 {
                    early = live();
                }
            }
            counted.fail(false);
            println!("\nbytes: {early} {} {passes}", live());
        };
        it.run(end).await.unwrap();
    });
}

#[test]
fn after_10_000_cycles_there_is_no_more_in_memory_than_after_10() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("periodic::soak::process_of_10_000_cycles")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let told = said.lines().find_map(|line| line.strip_prefix("bytes: ")).unwrap();
    println!("{told}");
    let numbers: Vec<usize> = told.split(' ').map(|number| number.parse().unwrap()).collect();
    let &[early, late, passes] = numbers.as_slice() else { panic!("{told}") };
    assert!(passes >= 10_000);
    assert!(late <= early + MORE_MAX, "{early} bytes have become {late}");
}
