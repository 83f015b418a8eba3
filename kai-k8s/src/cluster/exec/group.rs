//! The process group of a plugin.

use tokio::process::Child;

/// The process group of a plugin, which is ended when this is dropped. (Where there are no such
/// groups, the plugin alone is ended, by its own handle.)
#[derive(Debug)]
pub(super) struct Group(Option<u32>);

impl Group {
    /// The group of a process that leads one; none where it is in the terminal's foreground.
    pub(super) fn of(leader: &Child, in_foreground: bool) -> Self {
        Self(leader.id().filter(|_| cfg!(unix) && !in_foreground))
    }

    /// Leaves running what still does.
    pub(super) fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.0.and_then(|id| i32::try_from(id).ok())
            && let Some(leader) = rustix::process::Pid::from_raw(leader)
        {
            // It may be gone by itself.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
