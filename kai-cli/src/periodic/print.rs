//! Reports on stdout, one after another.

use std::io;
use std::sync::Arc;

use kai_core::Inventory;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::output::{self, Format, Reader};

/// Prints reports in a thread of its own: whoever reads them may be slow, and a signal must get
/// through meanwhile.
#[derive(Clone)]
pub(crate) struct Printer {
    /// `None`: nothing is printed.
    format: Option<Format>,
    /// Whoever prints holds it.
    stdout: Arc<Mutex<()>>,
}

impl Printer {
    pub(crate) fn new(format: Option<Format>) -> Self {
        Self { format, stdout: Arc::default() }
    }

    /// Prints a report, where that is wanted, and gives it back.
    pub(crate) async fn print(&self, inventory: Inventory) -> (Inventory, io::Result<Reader>) {
        let Some(format) = self.format else { return (inventory, Ok(Reader::There)) };
        let stdout = Arc::clone(&self.stdout).lock_owned().await;
        let inventory = Arc::new(inventory);
        let to_print = Arc::clone(&inventory);
        let printed = spawn_blocking(move || {
            let _stdout = stdout;
            let printed = output::print_one_more(&to_print, format);
            drop(to_print);
            printed
        });
        let printed = printed.await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
        // The thread has let go of it.
        (Arc::unwrap_or_clone(inventory), printed)
    }

    /// Waits until nothing is being printed.
    pub(crate) async fn rest(&self) {
        drop(self.stdout.lock().await);
    }
}
