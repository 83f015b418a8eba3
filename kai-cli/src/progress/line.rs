//! Formats the progress line.

use std::time::Duration;

use crate::words::counted;

const NAME: &str = "reading";
const COLORED_NAME: &str = "\x1b[1;36mreading\x1b[0m";

/// The state of a pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) pods: usize,
    pub(super) namespaces: usize,
    /// Time since its start.
    pub(super) elapsed: Duration,
}

impl Seen {
    /// `reading: 12345 pods in 204 namespaces, 8230 pods/s, 1.5 s`, or as much of it as fits into
    /// one line of this many columns.
    ///
    /// The last column stays free, since some terminals wrap once it is written. The line is ASCII,
    /// so that a byte is a column; names of clusters or namespaces might not be.
    pub(super) fn line(self, columns: usize, color: bool) -> String {
        let room = columns.saturating_sub(1);
        let mut forms = self.forms().into_iter();
        let fits = forms.find(|form| NAME.len() + 2 + form.len() <= room);
        let Some(form) = fits else {
            let mut shortest = format!("{}", self.pods);
            shortest.truncate(room);
            return shortest;
        };
        format!("{}: {form}", if color { COLORED_NAME } else { NAME })
    }

    /// The texts, from longest to shortest.
    fn forms(self) -> [String; 4] {
        let (pods, namespaces) = (counted(self.pods, "pod"), counted(self.namespaces, "namespace"));
        let seconds = self.elapsed.as_secs_f64();
        let rate = self.pods as u128 * 1000 / self.elapsed.as_millis().max(1);
        [
            format!("{pods} in {namespaces}, {rate} pods/s, {seconds:.1} s"),
            format!("{pods}, {} ns, {rate}/s, {seconds:.1} s", self.namespaces),
            format!("{pods}, {seconds:.0} s"),
            pods,
        ]
    }
}
