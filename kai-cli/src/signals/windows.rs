use std::io;

use tokio::signal::windows;
use tokio::sync::mpsc;

use super::Signal;

/// Ctrl-C and Ctrl-Break are typed by the user. Closing the console and system shutdown leave a
/// process a few seconds, like SIGTERM.
pub(super) struct Listener {
    c: windows::CtrlC,
    pause: windows::CtrlBreak,
    close: windows::CtrlClose,
    shutdown: windows::CtrlShutdown,
}

impl Listener {
    /// Must be called within a runtime.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self {
            c: windows::ctrl_c()?,
            pause: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            shutdown: windows::ctrl_shutdown()?,
        })
    }

    /// Windows has no such signal.
    #[expect(clippy::unused_self, reason = "as on other systems")]
    #[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
    pub(super) fn ignore_hangups(&mut self, _report: mpsc::Sender<()>) -> io::Result<()> {
        Ok(())
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.c.recv() => Signal::Interrupt,
            _ = self.pause.recv() => Signal::Interrupt,
            _ = self.close.recv() => Signal::Terminate,
            _ = self.shutdown.recv() => Signal::Terminate,
        }
    }
}
