//! Prints reports to stdout, one after another.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use kai_core::ClusterReport;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::output::{self, Format, Reader, View};

/// Writes a report to stdout.
type Write = dyn Fn(&ClusterReport, Format, &View) -> io::Result<Reader> + Send + Sync;

/// Prints reports on a blocking thread: the reader may be slow, and signals must be handled
/// meanwhile.
#[derive(Clone)]
pub(crate) struct Printer {
    /// `None`: nothing is printed.
    format: Option<(Format, View)>,
    write: Arc<Write>,
    /// Locked while a report is printed.
    stdout: Arc<Mutex<()>>,
}

impl Printer {
    pub(crate) fn new(format: Option<(Format, View)>) -> Self {
        Self { format, write: Arc::new(output::print_one_more), stdout: Arc::default() }
    }

    /// The same with another writer.
    #[cfg(test)]
    pub(super) fn by(
        mut self,
        write: impl Fn(&ClusterReport, Format, &View) -> io::Result<Reader> + Send + Sync + 'static,
    ) -> Self {
        self.write = Arc::new(write);
        self
    }

    /// Whether reports are printed.
    pub(crate) fn prints(&self) -> bool {
        self.format.is_some()
    }

    /// Prints a report, if enabled.
    ///
    /// # Errors
    /// When writing fails, and when the reader doesn't take it within `patience`: the write then
    /// continues, and until it ends no other report is printed.
    pub(crate) async fn print(
        &self,
        report: Arc<ClusterReport>,
        patience: Duration,
    ) -> io::Result<Reader> {
        let Some((format, view)) = self.format.clone() else { return Ok(Reader::There) };
        let blocked = || io::Error::new(ErrorKind::TimedOut, "nobody takes what is printed");
        let stdout = Arc::clone(&self.stdout).try_lock_owned().map_err(|_| blocked())?;
        let write = Arc::clone(&self.write);
        let printed = spawn_blocking(move || {
            let _stdout = stdout;
            write(&report, format, &view)
        });
        let printed = timeout(patience, printed).await.map_err(|_| blocked())?;
        printed.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
    }

    /// Waits until no report is being printed.
    pub(crate) async fn rest(&self) {
        drop(self.stdout.lock().await);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};
    use std::time::SystemTime;

    use kai_core::InventoryBuilder;
    use tokio::time::{Instant, advance, pause, sleep};

    use super::super::Periodic;
    use super::*;
    use crate::collect::Collector;
    use crate::logging::Level;
    use crate::logging::tests::logged;
    use crate::testing::{Cluster, Receiver, Shared, Verdict, periodic};

    const SECOND: Duration = Duration::from_secs(1);

    fn report() -> Arc<ClusterReport> {
        Arc::new(ClusterReport::new(InventoryBuilder::default().finish(SystemTime::UNIX_EPOCH)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_nothing_is_waited_for_once() {
        let (open, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let printer = Printer::new(Some((Format::Json, View::default()))).by(move |_, _, _| {
            let _ = gate.lock().unwrap().recv();
            Ok(Reader::There)
        });
        let print = || printer.print(report(), SECOND);
        let (first, ()) = tokio::join!(print(), advance(2 * SECOND));
        assert_eq!(first.unwrap_err().kind(), ErrorKind::TimedOut);
        let began = Instant::now();
        assert_eq!(print().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), Duration::ZERO);
        drop(open);
        printer.rest().await;
        assert_eq!(print().await.unwrap(), Reader::There);
    }

    #[test]
    fn a_reader_who_takes_nothing_delays_neither_cycles_nor_deliveries_and_is_told_of_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let told = logged(Level::ERROR, false, || {
            runtime.block_on(async {
                pause();
                let receiver = Receiver::start(|_| Verdict::Yes);
                let settings = periodic(&["-i"]);
                let source = Box::new(Shared(Cluster::of(&["a"])));
                let collector = Collector::of(Arc::clone(&settings), source);
                let it = Periodic::new(
                    collector,
                    &settings,
                    vec![receiver.configured(&settings)],
                    Arc::new(()),
                );
                let _printing = Arc::clone(&it.printer.stdout).lock_owned().await;
                it.run(sleep(700 * SECOND)).await.unwrap();
                let sent: Vec<_> = receiver.got().iter().map(|got| got.at).collect();
                assert_eq!(sent, [0, 300, 600]);
            });
        });
        insta::assert_snapshot!(told, @"error: printing the report failed: cannot write to stdout: nobody takes what is printed (failures=1)");
    }
}
