//! Encodes metrics in either of Prometheus' text formats.

use std::fmt::{self, Write as _};

use http::HeaderMap;
use http::header::ACCEPT;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// The text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `OpenMetrics` 1.0.0.
    OpenMetrics,
    /// Prometheus text format 0.0.4.
    Text,
}

impl Form {
    /// The format that a request prefers; by default the one that every client supports.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<_> = accepted.flat_map(|value| value.split(',')).map(Range::from).collect();
        let quality = |form: Self| {
            let fitting = ranges.iter().filter(|range| range.fits(form));
            fitting.map(|range| range.quality).fold(0.0, f32::max)
        };
        let open_metrics = quality(Self::OpenMetrics);
        if open_metrics > 0.0 && open_metrics >= quality(Self::Text) {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// Encodes the registry in this format.
    pub(super) fn write(self, registry: &Registry) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, registry)?;
        match self {
            Self::OpenMetrics => Ok(text),
            Self::Text => prometheus_text(&text),
        }
    }
}

/// A media range of `Accept`.
struct Range<'a> {
    /// In lower case.
    media_type: String,
    version: Option<&'a str>,
    /// From 0 to 1.
    quality: f32,
}

impl<'a> From<&'a str> for Range<'a> {
    fn from(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut range = Self { media_type, version: None, quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "version" => range.version = Some(value),
                "q" => range.quality = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        range
    }
}

impl Range<'_> {
    /// Whether a format matches. A wildcard for any type selects the text format.
    fn fits(&self, form: Form) -> bool {
        let (types, version): (&[&str], _) = match form {
            Form::OpenMetrics => (&["application/openmetrics-text", "application/*"], "1.0.0"),
            Form::Text => (&["text/plain", "text/*", "*/*"], "0.0.4"),
        };
        types.contains(&self.media_type.as_str()) && self.version.is_none_or(|it| it == version)
    }
}

/// Converts `OpenMetrics` to the older format: there, a counter is named like its samples, there
/// are no units and no end marker, and an info is a gauge.
fn prometheus_text(open_metrics: &str) -> Result<String, fmt::Error> {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help = "";
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            // The type line, which has the name, follows.
            help = rest.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "info" => ("_info", "gauge"),
                kind => ("", kind),
            };
            writeln!(text, "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}")?;
        } else if !line.starts_with('#') {
            writeln!(text, "{line}")?;
        }
    }
    Ok(text)
}
