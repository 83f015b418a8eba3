//! A terminal: a real pseudo-terminal, and what its screen shows.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long a text may take to appear.
const SOON: Duration = Duration::from_secs(20);
const ROWS: u16 = 50;

/// A process whose stdout and stderr are one terminal.
pub(crate) struct OnTerminal {
    pub(crate) child: Child,
    columns: u16,
    keyboard: File,
    written: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// What a process left on its terminal.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) code: Option<i32>,
    /// Every byte.
    pub(crate) written: String,
    /// What is on the screen.
    pub(crate) screen: String,
}

/// Starts a command on a terminal of so many columns, its stdin left as it is.
pub(crate) fn on_terminal(command: &mut Command, columns: u16) -> OnTerminal {
    let (controller, terminal) = open(columns);
    spawn(command, controller, terminal, columns)
}

/// The same with the terminal's keyboard as its stdin.
pub(crate) fn typed_at(command: &mut Command, columns: u16) -> OnTerminal {
    let (controller, terminal) = open(columns);
    command.stdin(terminal.try_clone().unwrap());
    spawn(command, controller, terminal, columns)
}

/// A new terminal: the side that shows and types, and the side that a process has.
fn open(columns: u16) -> (File, File) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&controller, size).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(Path::new(&name)).unwrap();

    (File::from(controller), terminal)
}

fn spawn(command: &mut Command, controller: File, terminal: File, columns: u16) -> OnTerminal {
    if !command.get_envs().any(|(name, _)| name == "TERM") {
        command.env("TERM", "xterm");
    }
    command.stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let child = command.spawn().unwrap();
    // The command holds the terminal too, and the end is seen only once nobody does.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());

    let written = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&written);
    let mut controller = controller;
    let keyboard = controller.try_clone().unwrap();
    let reader = thread::spawn(move || {
        let mut buffer = [0; 4096];
        // A terminal that nobody writes to any more ends with an error.
        while let Ok(count @ 1..) = controller.read(&mut buffer) {
            keep.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    });
    OnTerminal { child, columns, keyboard, written, reader }
}

impl OnTerminal {
    /// Types.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Ends it, whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Every byte so far.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// What is on the screen now.
    pub(crate) fn screen(&self) -> String {
        let size = |cells| NonZeroU16::new(cells).unwrap();
        let mut terminal = vt100::Parser::new(size(ROWS), size(self.columns), 0);
        terminal.process(&self.written.lock().unwrap());
        terminal.screen().contents()
    }

    /// Waits until the screen shows a text, and gives what it shows then.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until the screen is as it should be, and gives what it shows then.
    pub(crate) fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(started.elapsed() < SOON, "no `{what}` in:\n{screen}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Left {
        let code = self.child.wait().unwrap().code();
        while !self.reader.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        Left { code, written: self.written(), screen: self.screen() }
    }
}
