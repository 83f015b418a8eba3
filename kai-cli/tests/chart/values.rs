//! The values: what documents them, and what checks them. One list, `values.yaml`, says all.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::chart;

/// A value of the chart.
struct Row {
    /// Its path, `kai.anchore.url`.
    key: String,
    /// The default as it is written.
    default: String,
    /// The comment above it.
    meaning: String,
}

/// The leaves of `values.yaml`, which has each on a line of its own, below its comment.
fn rows() -> Vec<Row> {
    let text = fs::read_to_string(chart().join("values.yaml")).unwrap();
    let (mut rows, mut path, mut comment) = (Vec::new(), Vec::new(), String::new());
    for line in text.lines() {
        let content = line.trim_start();
        if let Some(text) = content.strip_prefix("# ") {
            let space = if comment.is_empty() { "" } else { " " };
            write!(comment, "{space}{text}").unwrap();
            continue;
        }
        let depth = (line.len() - content.len()) / 2;
        let comment = std::mem::take(&mut comment);
        let Some((key, default)) = content.split_once(':') else { continue };
        path.truncate(depth);
        path.push(key);
        let default = default.trim().to_owned();
        if !default.is_empty() {
            rows.push(Row { key: path.join("."), default, meaning: comment });
        }
    }
    rows
}

#[test]
fn each_value_has_a_comment() {
    let rows = rows();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for row in rows {
        assert!(!row.meaning.is_empty(), "{}", row.key);
    }
}

/// `UPDATE_DOCS=1 cargo test -p kai-cli docs_` writes the table.
#[test]
fn docs_of_the_chart_have_its_values() {
    let mut table = "| value | default | meaning |\n|---|---|---|\n".to_owned();
    for Row { key, default, meaning } in rows() {
        let default = if default == "\"\"" { String::new() } else { format!("`{default}` ") };
        writeln!(table, "| `{key}` | {default}| {} |", meaning.replace('|', "\\|")).unwrap();
    }
    let path = chart().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- values -->\n", "<!-- end of values -->");
    let start = readme.find(begin).unwrap() + begin.len();
    let stop = readme.find(end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, format!("{}{table}{}", &readme[..start], &readme[stop..])).unwrap();
    } else {
        assert!(readme[start..stop] == table, "the values differ: UPDATE_DOCS=1 writes them");
    }
}

/// The paths of the leaves: what has no properties of its own.
fn leaves(schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    match schema["properties"].as_object() {
        None => {
            found.insert(path.to_owned());
        }
        Some(properties) => {
            assert_eq!(schema["additionalProperties"], false, "`{path}` takes any key");
            for (key, schema) in properties {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(schema, &format!("{path}{dot}{key}"), found);
            }
        }
    }
}

#[test]
fn the_schema_knows_each_value_and_no_other() {
    let text = fs::read_to_string(chart().join("values.schema.json")).unwrap();
    let mut known = BTreeSet::new();
    leaves(&serde_json::from_str(&text).unwrap(), "", &mut known);
    // Kubernetes' own objects have their own schema.
    let whole = ["securityContext", "resources"];
    let values: BTreeSet<_> = rows()
        .into_iter()
        .map(|row| {
            whole
                .iter()
                .find(|it| row.key.split('.').next() == Some(it))
                .map_or(row.key.clone(), ToString::to_string)
        })
        .collect();
    let only_schema: Vec<_> = known.difference(&values).map(String::as_str).collect();
    let only_values: Vec<_> = values.difference(&known).collect();
    // What helm hands down to each chart, and fields of probes that have a default elsewhere.
    let expected = [
        "enabled",
        "global",
        "probes.liveness.terminationGracePeriodSeconds",
        "probes.readiness.initialDelaySeconds",
    ];
    assert_eq!(only_schema, expected);
    assert!(only_values.is_empty(), "{only_values:?}");
}
