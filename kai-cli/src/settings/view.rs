//! How the report is shown.

use kai_core::{LabelSelector, Tag};

use super::layers::Layers;
use super::{Notice, Origin, Schedule, SettingsError};
use crate::keys::{self, Attribution, Policy};
use crate::output::{self, Column, Columns, Format, Pin, View};

/// The format, and how the report is shown in it.
pub(super) fn from(
    layers: &Layers<'_>,
    schedule: &Schedule,
    notices: &mut Vec<Notice>,
) -> Result<(Format, View), SettingsError> {
    let found = layers.found(&keys::OUTPUT)?;
    let periodic = matches!(schedule, Schedule::Periodic { .. });
    let follows = layers.args().watch;
    let format = match found {
        None if !periodic && output::is_for_people() => Format::Images,
        None if follows => Format::Jsonl,
        None => layers.required(&keys::OUTPUT)?,
        Some(found) if periodic && !found.value.is_for_series() => {
            let (origin, format) = (found.origin, found.value.name());
            return Err(SettingsError::NoSeries { origin, format });
        }
        Some(found) if follows && !found.value.is_for_changes() => {
            let (origin, format) = (found.origin, found.value.name());
            return Err(SettingsError::NoChanges { origin, format });
        }
        Some(found) => found.value,
    };
    let args = layers.args();
    let view = View {
        columns: None,
        headers: !args.no_headers,
        sort_by: None,
        pin: match args.pin.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("tag") => Pin::Tag,
            Some("both") => Pin::Both,
            _ => Pin::Digest,
        },
        labels: labels(&args.label_columns)?,
        width: output::width_of_stdout(),
        inserted: inserted(layers)?,
        exact: layers.required(&keys::ATTRIBUTION)? == Attribution::Exact,
    };
    unused(layers, format, notices);
    Ok((format, columns(layers, format, view)?))
}

/// The tag that the policy inserts where there is none.
fn inserted(layers: &Layers<'_>) -> Result<Option<Tag>, SettingsError> {
    Ok(match layers.required(&keys::MISSING_TAG_POLICY)? {
        Policy::Insert => Some(layers.required(&keys::MISSING_TAG)?),
        Policy::Digest | Policy::Drop => None,
    })
}

/// The same view with the columns that were chosen of a format.
fn columns(layers: &Layers<'_>, format: Format, view: View) -> Result<View, SettingsError> {
    let args = layers.args();
    let all = if args.of_where { Columns::PODS } else { format.columns() };
    if all.is_empty() {
        return Ok(view);
    }
    let named = |flag, name: &String| {
        all.named(name).ok_or_else(|| SettingsError::NoSuchColumn {
            flag: Origin::Flag(flag),
            column: name.clone(),
            format: format.name(),
            columns: all.names().collect::<Vec<_>>().join(", "),
        })
    };
    // Each once: objects have a key for each.
    let mut chosen: Vec<Column> = Vec::new();
    for name in &args.columns {
        let column = named("columns", name)?;
        if !chosen.contains(&column) {
            chosen.push(column);
        }
    }
    let sort_by = args.sort_by.as_ref().map(|name| named("sort-by", name)).transpose()?;
    Ok(View { columns: (!chosen.is_empty()).then_some(chosen), sort_by, ..view })
}

fn labels(keys: &[String]) -> Result<Vec<String>, SettingsError> {
    let key = |key: &String| match key.parse::<LabelSelector>() {
        Ok(selector) if selector.keys().eq([key.as_str()]) => Ok(key.clone()),
        _ => Err(SettingsError::NoLabel { flag: Origin::Flag("label-columns"), key: key.clone() }),
    };
    let mut labels: Vec<String> = Vec::new();
    for label in keys.iter().map(key) {
        let label = label?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Ok(labels)
}

/// Warns of flags that a format doesn't use.
fn unused(layers: &Layers<'_>, format: Format, notices: &mut Vec<Notice>) {
    let args = layers.args();
    if args.of_where {
        return;
    }
    let of_uses = matches!(format, Format::Wide | Format::Jsonl | Format::Csv | Format::Markdown);
    let pins = matches!(format, Format::Refs | Format::MirrorSkopeo);
    let has_headers = matches!(format, Format::Wide | Format::Csv | Format::Images);
    let has_columns = !format.columns().is_empty();
    let flags = [
        ("columns", !args.columns.is_empty() && !has_columns),
        ("sort-by", args.sort_by.is_some() && (!has_columns || format == Format::Refs)),
        ("no-headers", args.no_headers && !has_headers),
        ("pin", args.pin.is_some() && !pins),
        ("label-columns", !args.label_columns.is_empty() && !of_uses),
    ];
    notices.extend(flags.into_iter().filter(|(_, unused)| *unused).map(|(flag, _)| {
        let (flag, format) = (Origin::Flag(flag), format.name());
        Notice::Warning(format!(
            "{flag} has no effect, since the format `{format}` has no use for it"
        ))
    }));
}
