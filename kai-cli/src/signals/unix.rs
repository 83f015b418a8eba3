use std::io;

use tokio::signal::unix::{self, SignalKind};
use tokio::sync::mpsc;

use super::Signal;

pub(super) struct Listener {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: Option<(unix::Signal, mpsc::Sender<()>)>,
}

impl Listener {
    /// Must be called within a runtime.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hangup: None,
        })
    }

    /// From here on SIGHUP is ignored, and each one is reported. Must be called within a runtime.
    pub(super) fn ignore_hangups(&mut self, report: mpsc::Sender<()>) -> io::Result<()> {
        self.hangup = Some((unix::signal(SignalKind::hangup())?, report));
        Ok(())
    }

    pub(super) async fn next(&mut self) -> Signal {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return Signal::Interrupt,
                _ = self.terminate.recv() => return Signal::Terminate,
                () = hung_up(self.hangup.as_mut()) => {}
            }
        }
    }
}

/// Waits for SIGHUP and reports it.
async fn hung_up(hangup: Option<&mut (unix::Signal, mpsc::Sender<()>)>) {
    match hangup {
        Some((hangup, tell)) => {
            hangup.recv().await;
            // It must not block; during shutdown nothing receives it any more.
            let _ = tell.try_send(());
        }
        None => std::future::pending().await,
    }
}
