use std::fmt::Write as _;

/// Rows of texts under headings; all columns but the first hold numbers.
#[derive(Debug, Clone)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// For a terminal: columns aligned, two spaces between them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let pad = self.width(column) - width(cell);
                match column {
                    0 => {
                        let _ = write!(line, "{cell}{:pad$}", "");
                    }
                    _ => {
                        let _ = write!(line, "  {:pad$}{cell}", "");
                    }
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if index == 0 {
                let rule = row.iter().enumerate().map(|(column, _)| match column {
                    0 => "---",
                    _ => "---:",
                });
                let _ = writeln!(text, "|{}|", rule.collect::<Vec<_>>().join("|"));
            }
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        self.rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| width(cell))
            .max()
            .unwrap_or(0)
    }
}

/// None of the characters in a table takes more than one column.
fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["", "wall s", "×"]);
        table.row(vec!["kai".to_owned(), "0.41".to_owned(), String::new()]);
        table.row(vec!["kubectl".to_owned(), "12.8".to_owned(), "31.2×".to_owned()]);
        table
    }

    #[test]
    fn numbers_are_aligned_on_the_right() {
        let lines = ["         wall s      ×", "kai        0.41", "kubectl    12.8  31.2×", ""];
        assert_eq!(table().text(), lines.join("\n"));
    }

    #[test]
    fn markdown_has_a_rule_below_its_headings() {
        let lines = [
            "|  | wall s | × |",
            "|---|---:|---:|",
            "| kai | 0.41 |  |",
            "| kubectl | 12.8 | 31.2× |",
            "",
        ];
        assert_eq!(table().markdown(), lines.join("\n"));
    }
}
