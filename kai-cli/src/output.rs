//! Writes the report to stdout: nothing else writes there, except for the help, which clap prints.

mod age;
mod columns;
mod csv;
mod cyclonedx;
mod digest;
mod grid;
pub(crate) mod html;
mod images;
mod json;
mod jsonl;
mod markdown;
mod mirror;
mod purl;
mod refs;
mod table;
#[cfg(test)]
mod tests;
mod view;
mod wide;
mod yaml;

use std::io::{self, BufWriter, ErrorKind, Write};

use kai_core::{ClusterReport, Details};

pub(crate) use age::age;
pub(crate) use columns::{Column, Columns, Rows, kind, phase, rfc3339};
pub(crate) use digest::short;
pub(crate) use grid::{Fit, Grid, GridColumn};
pub(crate) use view::{Pin, View, is_for_people, width_of_stdout};

/// Buffer size.
const BUFFER: usize = 64 * 1024;

/// The report's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The JSON that Anchore accepts, indented.
    Json,
    /// A row per image and namespace, as Go kai prints it.
    Table,
    /// A row per distinct image, fitted to the terminal.
    Images,
    /// A row per use, aligned.
    Wide,
    /// The JSON document as YAML.
    Yaml,
    /// A JSON object per use, one a line.
    Jsonl,
    /// A row per use, by RFC 4180.
    Csv,
    /// A row per use, as a table of Markdown.
    Markdown,
    /// The distinct references, one a line.
    Refs,
    /// What `skopeo sync` takes.
    MirrorSkopeo,
    /// `repository:tag`, one a line.
    MirrorText,
    /// A `CycloneDX` document of the images.
    Cyclonedx,
    /// A page for a browser.
    Html,
}

impl Format {
    /// The formats, by their names.
    pub(crate) const ALL: [(&'static str, Self); 13] = [
        ("json", Self::Json),
        ("table", Self::Table),
        ("images", Self::Images),
        ("wide", Self::Wide),
        ("yaml", Self::Yaml),
        ("jsonl", Self::Jsonl),
        ("csv", Self::Csv),
        ("markdown", Self::Markdown),
        ("refs", Self::Refs),
        ("mirror=skopeo", Self::MirrorSkopeo),
        ("mirror=text", Self::MirrorText),
        ("cyclonedx", Self::Cyclonedx),
        ("html", Self::Html),
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether lines about what changes may follow a report in it.
    pub(crate) fn is_for_changes(self) -> bool {
        matches!(self, Self::Images | Self::Table | Self::Wide | Self::Jsonl)
    }

    /// Whether a series of reports may be printed in it.
    pub(crate) fn is_for_series(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl | Self::Table)
    }
}

/// Writes a report in one format.
trait Presenter {
    /// The details that the report must contain besides the images of each namespace.
    fn needs(&self, view: &View) -> Details {
        let _ = view;
        Details::default()
    }

    /// Which columns may be chosen; empty: it has none.
    fn columns(&self) -> Columns {
        Columns::NONE
    }

    /// Writes a single report.
    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()>;

    /// Writes one of a series of reports.
    fn write_one_of_many(
        &self,
        report: &ClusterReport,
        view: &View,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.write(report, view, out)
    }
}

impl Format {
    fn presenter(self) -> &'static dyn Presenter {
        match self {
            Self::Json => &json::Json,
            Self::Table => &table::Table,
            Self::Images => &images::Images,
            Self::Wide => &wide::Wide,
            Self::Yaml => &yaml::Yaml,
            Self::Jsonl => &jsonl::Jsonl,
            Self::Csv => &csv::Csv,
            Self::Markdown => &markdown::Markdown,
            Self::Refs => &refs::Refs,
            Self::MirrorSkopeo => &mirror::Skopeo,
            Self::MirrorText => &mirror::Text,
            Self::Cyclonedx => &cyclonedx::Cyclonedx,
            Self::Html => &html::Html,
        }
    }

    /// The details that a report must contain for this format.
    pub(crate) fn needs(self, view: &View) -> Details {
        self.presenter().needs(view)
    }

    /// The columns that it has.
    pub(crate) fn columns(self) -> Columns {
        self.presenter().columns()
    }
}

/// Whether stdout still has a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The pipe is open.
    There,
    /// The pipe was closed.
    Gone,
}

/// Writes a report to stdout. A closed pipe is no error: its reader has what it needs.
pub(crate) fn print(report: &ClusterReport, format: Format, view: &View) -> io::Result<()> {
    print_first(report, format, view).map(drop)
}

/// The same, and returns whether stdout still has a reader.
pub(crate) fn print_first(
    report: &ClusterReport,
    format: Format,
    view: &View,
) -> io::Result<Reader> {
    print_to_reader(|out| format.presenter().write(report, view, out))
}

/// Writes one of a series of reports to stdout: as one line of JSON, or as a table.
pub(crate) fn print_one_more(
    report: &ClusterReport,
    format: Format,
    view: &View,
) -> io::Result<Reader> {
    print_to_reader(|out| format.presenter().write_one_of_many(report, view, out))
}

/// Writes uses in a format that has a row for each.
pub(crate) fn write_rows(rows: Rows<'_>, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Csv => csv::write(&rows, out),
        Format::Jsonl => jsonl::write(&rows, out),
        Format::Json => jsonl::write_array(&rows, out),
        Format::Yaml => yaml::write_rows(&rows, out),
        Format::Markdown => markdown::write(&rows, out),
        _ => wide::write(rows, out),
    }
}

/// Writes to stdout through one buffer; a closed pipe is no error.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    print_to_reader(write).map(drop)
}

/// The same, and returns whether stdout still has a reader.
pub(crate) fn print_to_reader(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Reader> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // Not flushed again on drop: the error is returned already.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        written => written.map(|()| Reader::There),
    }
}
