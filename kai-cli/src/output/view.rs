//! How a report is shown: what flags choose besides the format.

use std::env;
use std::io::{self, IsTerminal};

use kai_core::{Details, Image, Tag};
use terminal_size::{Width, terminal_size_of};

use super::columns::Column;

/// By what an image is named where it is handed to another tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pin {
    /// By its digest, and by its tag only where no digest is known.
    #[default]
    Digest,
    /// By its tag, and by its digest only where there is no tag.
    Tag,
    /// By both, where they are known.
    Both,
}

/// What flags choose besides the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The columns that are shown; `None`: those of the format.
    pub(crate) columns: Option<Vec<Column>>,
    /// Whether tables have headers.
    pub(crate) headers: bool,
    /// The column that rows are sorted by; `None`: as they come.
    pub(crate) sort_by: Option<Column>,
    /// By what references name images.
    pub(crate) pin: Pin,
    /// The keys of labels that are columns of their own.
    pub(crate) labels: Vec<String>,
    /// The width that tables are fitted to; `None`: they are as wide as it takes.
    pub(crate) width: Option<usize>,
    /// Whether workloads are looked up.
    pub(crate) exact: bool,
    /// The tag that the policy inserts where there is none.
    pub(crate) inserted: Option<Tag>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            columns: None,
            headers: true,
            sort_by: None,
            pin: Pin::default(),
            labels: Vec::new(),
            width: None,
            exact: false,
            inserted: None,
        }
    }
}

impl View {
    /// The details that a table of uses needs, with what is shown of it.
    pub(super) fn uses(&self) -> Details {
        let labels = self.labels.iter();
        let uses = labels.fold(Details::default().with_uses(), |details, key| {
            details.with_use_label(key.as_str())
        });
        let uses = if self.exact { uses.with_exact_workloads() } else { uses };
        // It takes a request, and a right.
        if self.shows(&Column::Arch) { uses.with_nodes() } else { uses }
    }

    /// The tag of an image, unless kai made it up.
    pub(crate) fn tag<'i>(&self, image: &'i Image) -> Option<&'i str> {
        let is_inserted = image.digest().is_some()
            && self.inserted.as_ref().is_some_and(|tag| *tag == *image.tag());
        (!is_inserted && !image.has_made_up_tag()).then(|| image.tag())
    }

    /// Whether a column was chosen by a flag.
    pub(super) fn shows(&self, column: &Column) -> bool {
        self.columns.as_ref().is_some_and(|columns| columns.contains(column))
    }
}

/// The width of the terminal that stdout is.
pub(crate) fn width_of_stdout() -> Option<usize> {
    // One that says nothing has as many as most.
    let known = terminal_size_of(io::stdout()).map_or(80, |(Width(columns), _)| columns.into());
    io::stdout().is_terminal().then_some(known)
}

/// Whether stdout is a terminal on which somebody reads.
pub(crate) fn is_for_people() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !set("CI") && !dumb
}
