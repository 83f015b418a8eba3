//! One page with the uses of a report: it contains all that it needs, and requests nothing.

use std::collections::HashMap;
use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kai_core::{ClusterReport, Details};
use serde::{Serialize, Serializer};

use super::columns::{Cell, Column, Rows, rfc3339};
use super::{Presenter, View};

#[cfg(test)]
mod tests;

const FRAME: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What the page may do: apply its own style, run its own script, and nothing else.
pub(crate) fn policy() -> String {
    let hash = |text: &str| BASE64.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The details that the page needs.
pub(crate) fn needs(view: &View) -> Details {
    view.uses()
}

pub(super) struct Html;

impl Presenter for Html {
    fn needs(&self, view: &View) -> Details {
        needs(view)
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let view = View { columns: None, ..view.clone() };
        write(report, &view, out)
    }
}

/// Writes the page: the frame, with its markers filled in.
pub(crate) fn write(report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = FRAME;
    while let Some((before, (marker, after))) =
        rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    {
        out.write_all(before.as_bytes())?;
        match marker {
            "csp" => out.write_all(policy().as_bytes())?,
            "title" => out.write_all(as_html(&title(report)).as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            _ => data(report, view, out)?,
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

fn title(report: &ClusterReport) -> String {
    format!("Images in {}", report.inventory.cluster_name().unwrap_or("use"))
}

fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes the data as JSON that HTML does not end.
fn data(report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let rows = Rows::of(report, view);
    let mut texts = Texts::default();
    let numbered: Vec<Vec<usize>> =
        rows.cells().map(|row| row.iter().map(|cell| texts.number(cell)).collect()).collect();
    let data = Data {
        cluster: report.inventory.cluster_name(),
        cluster_uid: report.cluster_uid.as_deref(),
        taken_at: rfc3339(report.inventory.taken_at()),
        columns: rows.columns.iter().map(|column| column.name().into_owned()).collect(),
        numeric: [Column::Pods.name(), Column::Nodes.name()],
        texts: &texts.all,
        rows: &numbered,
    };
    let mut json = serde_json::Serializer::with_formatter(out, InHtml);
    data.serialize(&mut json)?;
    Ok(())
}

#[derive(Serialize)]
struct Data<'r> {
    cluster: Option<&'r str>,
    cluster_uid: Option<&'r str>,
    taken_at: String,
    columns: Vec<String>,
    numeric: [std::borrow::Cow<'static, str>; 2],
    texts: &'r [String],
    #[serde(serialize_with = "compact")]
    rows: &'r [Vec<usize>],
}

fn compact<S: Serializer>(rows: &[Vec<usize>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows)
}

/// The texts of all cells, each once; the first one is empty.
struct Texts {
    all: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { all: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) }
    }
}

impl Texts {
    /// A number as it is, a text by its number.
    fn number(&mut self, cell: &Cell<'_>) -> usize {
        if let Cell::Number(number) = cell {
            return *number;
        }
        let text = cell.to_text();
        if let Some(number) = self.numbers.get(&*text) {
            return *number;
        }
        let number = self.all.len();
        self.all.push(text.to_string());
        self.numbers.insert(text.into_owned(), number);
        number
    }
}

/// JSON in which nothing means anything to HTML or to old scripts.
struct InHtml;

impl serde_json::ser::Formatter for InHtml {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let special = |it: char| matches!(it, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        for piece in fragment.split_inclusive(special) {
            match piece.chars().next_back().filter(|last| special(*last)) {
                Some(last) => {
                    let before = &piece[..piece.len() - last.len_utf8()];
                    write!(writer, "{before}\\u{:04x}", u32::from(last))?;
                }
                None => writer.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}
