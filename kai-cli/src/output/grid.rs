//! Aligned columns of text, fitted to a width.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape::Escaped;

/// What stands between two columns.
const GAP: &str = "  ";
/// What stands for what was cut.
const CUT: char = '…';
/// The fewest columns of the terminal that a text that is cut keeps, unless its heading is wider.
const LEAST: usize = 8;

/// A column, by its heading.
#[derive(Clone, Debug)]
pub(crate) struct GridColumn {
    heading: String,
    fit: Fit,
    /// Which of the columns goes first where there is no room; `None`: it stays.
    goes: Option<u8>,
    /// The fewest columns of the terminal that its texts keep.
    least: usize,
}

impl GridColumn {
    pub(crate) fn new(heading: impl Into<String>, fit: Fit) -> Self {
        Self { heading: heading.into(), fit, goes: None, least: LEAST }
    }

    /// The same, whose texts keep so many columns of the terminal: others give way before.
    pub(crate) fn least(mut self, least: usize) -> Self {
        self.least = least;
        self
    }

    /// The same, left out where there is no room: the lowest of these first.
    pub(crate) fn goes(mut self, rank: u8) -> Self {
        self.goes = Some(rank);
        self
    }
}

/// How a column gives way where a row is wider than the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Not at all.
    Whole,
    /// It is cut at its end.
    End,
    /// It is cut in its middle.
    Middle,
}

/// Rows of texts.
#[derive(Debug)]
pub(crate) struct Grid {
    columns: Vec<GridColumn>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid of these columns.
    pub(crate) fn new(columns: impl IntoIterator<Item = GridColumn>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row. Whatever could steer a terminal is escaped.
    pub(crate) fn push<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|it| Escaped(it.as_ref()).to_string()).collect());
    }

    /// The headings of the columns for which there is no room.
    pub(crate) fn hidden(&self, headers: bool, width: Option<usize>) -> Vec<&str> {
        let widths = self.widths(headers, width);
        let hidden = self.columns.iter().zip(widths).filter(|(_, width)| width.is_none());
        hidden.map(|(column, _)| column.heading.as_str()).collect()
    }

    /// Writes the rows, and the headings before them.
    pub(crate) fn write(
        &self,
        headers: bool,
        width: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let widths = self.widths(headers, width);
        let headings: Vec<_> = self.columns.iter().map(|column| column.heading.clone()).collect();
        let shown: Vec<usize> = widths.iter().copied().flatten().collect();
        for row in headers.then_some(&headings).into_iter().chain(&self.rows) {
            let cells = row
                .iter()
                .enumerate()
                .filter_map(|(at, cell)| Some(cut(cell, widths[at]?, self.columns[at].fit)));
            write_line(&cells.collect::<Vec<_>>(), &shown, out)?;
        }
        Ok(())
    }

    /// How wide each column is shown; `None`: it is left out.
    fn widths(&self, headers: bool, width: Option<usize>) -> Vec<Option<usize>> {
        let heading = |column: &GridColumn| if headers { column.heading.width() } else { 0 };
        let mut widths: Vec<_> = self.columns.iter().map(heading).map(Some).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(Some(cell.width()));
            }
        }
        let Some(room) = width else { return widths };
        let least: Vec<usize> = self
            .columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| match column.fit {
                Fit::Whole => width.unwrap_or_default(),
                _ => width.unwrap_or_default().min(heading(column).max(column.least)),
            })
            .collect();
        while let Some(first) = self.next_to_go(&widths, &least, room) {
            widths[first] = None;
        }
        let mut over = taken_by(widths.iter().flatten()).saturating_sub(room);
        // The widest gives way first.
        while over > 0 {
            let gives = |at: &usize| widths[*at].is_some_and(|width| width > least[*at]);
            let Some(widest) = (0..widths.len()).filter(gives).max_by_key(|at| widths[*at]) else {
                break;
            };
            widths[widest] = widths[widest].map(|width| width - 1);
            over -= 1;
        }
        widths
    }

    /// The column that is left out next, where they are too many however they are cut.
    fn next_to_go(&self, widths: &[Option<usize>], least: &[usize], room: usize) -> Option<usize> {
        let shown = least.iter().zip(widths).filter(|(_, width)| width.is_some());
        if taken_by(shown.map(|(least, _)| least)) <= room {
            return None;
        }
        let may_go = (0..widths.len()).filter(|at| widths[*at].is_some());
        may_go.filter_map(|at| Some((self.columns[at].goes?, at))).min().map(|(_, at)| at)
    }
}

/// Writes cells, each as wide as its column but for the last that says something.
pub(super) fn write_line(
    cells: &[String],
    widths: &[usize],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        if !line.is_empty() {
            line.push_str(GAP);
        }
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
    }
    writeln!(out, "{}", line.trim_end())
}

/// How wide a row of columns of these widths is.
fn taken_by<'w>(widths: impl Iterator<Item = &'w usize>) -> usize {
    let (count, sum) = widths.fold((0_usize, 0), |(count, sum), width| (count + 1, sum + width));
    sum + GAP.len() * count.saturating_sub(1)
}

/// A text in at most so many columns of a terminal.
fn cut(text: &str, width: usize, fit: Fit) -> String {
    if text.width() <= width || fit == Fit::Whole {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let tail = if fit == Fit::Middle { room - room / 3 } else { 0 };
    let head = taken(text.chars(), room - tail);
    let tail: String = taken(text.chars().rev(), tail).chars().rev().collect();
    format!("{head}{CUT}{tail}")
}

/// As many characters as fit into so many columns.
fn taken(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or_default();
        used <= width
    };
    characters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(grid: &Grid, width: Option<usize>) -> String {
        let mut out = Vec::new();
        grid.write(true, width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let columns = [("NAME", Fit::End), ("N", Fit::Whole)];
        let mut grid = Grid::new(columns.map(|(heading, fit)| GridColumn::new(heading, fit)));
        grid.push(["日本語", "1"]);
        grid.push(["abc", "22"]);
        grid.push(["a\x1b[2J", ""]);
        insta::assert_snapshot!(written(&grid, None), @r"
        NAME        N
        日本語      1
        abc         22
        a\u{1b}[2J
        ");
    }

    #[test]
    fn the_widest_column_that_may_gives_way() {
        let columns = [("IMAGE", Fit::Middle), ("TAG", Fit::End), ("DIGEST", Fit::Whole)];
        let columns = columns.map(|(heading, fit)| GridColumn::new(heading, fit));
        let mut grid = Grid::new(columns.into_iter().map(|it| match &*it.heading {
            "TAG" => it.goes(1),
            _ => it,
        }));
        grid.push(["registry.example.com:5000/some/team/app", "1.27.4-alpine3.21", "94ab12f0c3d4"]);
        grid.push(["日本語日本語日本語日本語日本語", "", "94ab12f0c3d4"]);
        for width in [80, 60, 40, 30, 10] {
            let text = written(&grid, Some(width));
            let longest = text.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert_eq!(text.starts_with("IMAGE") && text.contains("TAG"), width > 30, "{text}");
            assert!(longest <= width || width == 10, "{width}: {longest}\n{text}");
            assert!(text.lines().all(|line| line == line.trim_end()));
        }
        insta::assert_snapshot!(written(&grid, Some(60)), @"
        IMAGE                        TAG                DIGEST
        registry…5000/some/team/app  1.27.4-alpine3.21  94ab12f0c3d4
        日本語日…日本語日本語日本語                     94ab12f0c3d4
        ");
    }
}
