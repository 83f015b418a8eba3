//! Encodes a report in the forms that the APIs accept.

use std::error::Error as StdError;
use std::sync::Arc;

use kai_core::{Body, ClusterReport, Payload, ReportError, Retry};

use crate::api::ApiVersion;
use crate::error::DeliveryError;
use crate::v2;

/// Encodes a report for Anchore, in one [form](ApiVersion::form) for each API that accepts it: v1
/// has the images of each namespace, v2 the container table, if the report has one.
///
/// ```
/// # use std::sync::Arc;
/// # use std::time::SystemTime;
/// use kai_anchore::{ApiVersion, encode};
/// use kai_core::{ClusterReport, InventoryBuilder};
///
/// let inventory = InventoryBuilder::default().finish(SystemTime::now());
/// let report = Arc::new(ClusterReport::new(inventory).with_cluster_name("prod"));
/// let payload = encode(&report)?;
/// let json = payload.body(ApiVersion::V1.form())?.read()?;
/// assert!(json.starts_with(b"{\"timestamp\":"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the report has no cluster name. That it doesn't fit an API is an error of that body.
pub fn encode(report: &Arc<ClusterReport>) -> Result<Payload, DeliveryError> {
    cluster_name(report)?;
    let for_v1 = Arc::clone(report);
    let mut payload = Payload::default()
        .with_form(ApiVersion::V1.form(), move || v1(&for_v1).map_err(into_report_error));
    if report.containers.is_some() {
        let for_v2 = Arc::clone(report);
        payload = payload
            .with_form(ApiVersion::V2.form(), move || v2(&for_v2).map_err(into_report_error));
    }
    Ok(payload)
}

fn v1(report: &ClusterReport) -> Result<Body, DeliveryError> {
    let json = serde_json::to_vec(&report.inventory.document());
    json.map(Body::whole).map_err(|error| DeliveryError::Json(error.to_string()))
}

/// The body for v2, streamed in pieces. Some receivers need its length in advance; unless it is
/// already known, the body is written once more to measure it.
fn v2(report: &ClusterReport) -> Result<Body, DeliveryError> {
    let pieces = pieces(report)?;
    let to_measure = pieces.clone();
    let measure = move || {
        let mut length = 0;
        for piece in to_measure.clone() {
            length += piece.map_err(into_report_error)?.len() as u64;
        }
        Ok(length)
    };
    let pieces = pieces.map(|piece| piece.map_err(into_report_error));
    Ok(Body::measured_by(measure, Box::new(pieces)))
}

/// The pieces for v2.
///
/// # Errors
/// When the report can't be encoded for v2.
pub(crate) fn pieces(report: &ClusterReport) -> Result<v2::Pieces, DeliveryError> {
    v2::Pieces::of(cluster_name(report)?, report)
}

/// The cluster name, without which nothing is delivered.
fn cluster_name(report: &ClusterReport) -> Result<&str, DeliveryError> {
    let name = report.inventory.cluster_name().filter(|name| !name.trim().is_empty());
    name.ok_or(DeliveryError::NoClusterName)
}

/// Converts an encoding error into the error of the `Sink` port.
fn into_report_error(error: DeliveryError) -> ReportError {
    ReportError::new("the report cannot be encoded", Retry::Never).with_source(error)
}

/// Restores the error of a body that this crate encoded, or wraps that of a body stored elsewhere.
pub(crate) fn failure(error: ReportError) -> DeliveryError {
    let (retry, message) = (error.retry(), error.to_string());
    match error.into_source().map(<dyn StdError + Send + Sync>::downcast::<DeliveryError>) {
        Some(Ok(error)) => *error,
        source => {
            let error = ReportError::new(message, retry);
            DeliveryError::Unreadable(match source {
                Some(Err(source)) => error.with_source(source),
                _ => error,
            })
        }
    }
}
