//! Progress of a pass on a terminal: one line, which is removed when the pass ends.

mod line;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::env;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kai_core::{Namespace, Pod, Visitor};
use terminal_size::{Width, terminal_size_of};

use crate::console;
use crate::logging::Level;
use crate::settings::Settings;
use line::Seen;

/// Interval between updates.
const TICK: Duration = Duration::from_millis(100);
/// Delay before the first update: fast passes show none.
const PATIENCE: Duration = Duration::from_millis(300);
/// The width to assume if a terminal doesn't report it.
const USUAL_WIDTH: u16 = 80;

/// A visitor that shows progress on stderr. Dropping it removes the line.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    shown: Option<Shown>,
}

/// The counters of the pass, and a thread that shows them: it also updates while no data comes, and
/// the pass only has to count.
#[derive(Debug)]
struct Shown {
    counts: Arc<Counts>,
    /// The names counted so far: a pod's namespace may be listed before it, after it or never.
    namespaces: HashSet<Box<str>>,
    /// The last name: pods of one namespace usually come together.
    last: Box<str>,
    ticker: Ticker,
}

#[derive(Debug, Default)]
struct Counts {
    pods: AtomicUsize,
    namespaces: AtomicUsize,
}

impl Progress {
    /// Starts to show progress, if enabled.
    pub(crate) fn start(settings: &Settings) -> Self {
        let wanted = is_wanted(settings, &Surroundings::found());
        // If the thread can't be started, there is simply no progress.
        Self { shown: wanted.then(|| Shown::start(draw_on_stderr).ok()).flatten() }
    }
}

/// What matters besides the settings.
struct Surroundings {
    terminal: bool,
    ci: bool,
}

impl Surroundings {
    fn found() -> Self {
        let ci = env::var_os("CI").is_some_and(|text| !text.is_empty());
        Self { terminal: console::is_terminal(), ci }
    }
}

/// Whether stderr is a user's terminal with room for progress, which a verbose log or one for
/// machines doesn't leave.
fn is_wanted(settings: &Settings, here: &Surroundings) -> bool {
    let terse = settings.log.level < Level::DEBUG && !settings.log.structured;
    here.terminal && !here.ci && !settings.quiet && terse
}

impl Shown {
    fn start(draw: impl FnMut(Seen) + Send + 'static) -> io::Result<Self> {
        let counts = Arc::new(Counts::default());
        let ticker = Ticker::start(Arc::clone(&counts), draw)?;
        Ok(Self { counts, namespaces: HashSet::new(), last: Box::default(), ticker })
    }

    fn namespace(&mut self, name: &str) {
        if *self.last == *name {
            return;
        }
        self.last = name.into();
        if self.namespaces.insert(self.last.clone()) {
            self.counts.namespaces.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Visitor for Progress {
    fn namespace(&mut self, namespace: &Namespace) {
        if let Some(shown) = &mut self.shown {
            shown.namespace(&namespace.name);
        }
    }

    fn pod(&mut self, pod: &Pod) {
        if let Some(shown) = &mut self.shown {
            shown.counts.pods.fetch_add(1, Ordering::Relaxed);
            shown.namespace(&pod.namespace);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(shown) = self.shown.take() {
            shown.ticker.end();
            console::clear();
        }
    }
}

fn draw_on_stderr(seen: Seen) {
    let width = terminal_size_of(io::stderr()).map_or(USUAL_WIDTH, |(Width(columns), _)| columns);
    console::show(&seen.line(width.into(), console::is_colored()));
}

/// A thread that redraws until it is told to end.
#[derive(Debug)]
struct Ticker {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Ticker {
    fn start(counts: Arc<Counts>, mut draw: impl FnMut(Seen) + Send + 'static) -> io::Result<Self> {
        let (end, ended) = mpsc::channel();
        let started = Instant::now();
        let tick = move || {
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                draw(Seen {
                    pods: counts.pods.load(Ordering::Relaxed),
                    namespaces: counts.namespaces.load(Ordering::Relaxed),
                    elapsed: started.elapsed(),
                });
                wait = TICK;
            }
        };
        let thread = thread::Builder::new().name("progress".into()).spawn(tick)?;
        Ok(Self { end, thread })
    }

    /// Ends the thread, and waits for it.
    fn end(self) {
        let _ = self.end.send(());
        let _ = self.thread.join();
    }
}
