//! A report of an earlier time, of which nothing is left but its bodies.

use bytes::Bytes;
use reqwest::Body;

use crate::api::ApiVersion;
use crate::error::DeliveryError;
use crate::report::Report;
use crate::v2;

/// A report as it was kept: the bodies that [`Report::body`] gave for the APIs that may be there
/// when it is delivered. Whether it still holds, and belongs to this Anchore, is for whoever kept it
/// to know.
///
/// ```
/// use kai_anchore::{ApiVersion, KeptReport};
/// let kept = KeptReport::default().with_body(ApiVersion::V1, b"{}".to_vec());
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeptReport {
    v1: Option<Bytes>,
    v2: Option<Bytes>,
}

impl KeptReport {
    /// The same report with its body for an API.
    #[must_use]
    pub fn with_body(mut self, api: ApiVersion, body: impl Into<Bytes>) -> Self {
        *self.place(api) = Some(body.into());
        self
    }

    fn place(&mut self, api: ApiVersion) -> &mut Option<Bytes> {
        match api {
            ApiVersion::V1 => &mut self.v1,
            ApiVersion::V2 => &mut self.v2,
        }
    }

    /// The body for an API, where it was kept.
    #[must_use]
    pub fn body(&self, api: ApiVersion) -> Option<&Bytes> {
        match api {
            ApiVersion::V1 => self.v1.as_ref(),
            ApiVersion::V2 => self.v2.as_ref(),
        }
    }
}

/// What is sent: a report of now, or of an earlier time.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Fresh(&'a Report),
    Kept(&'a KeptReport),
}

impl Content<'_> {
    /// The body of the request to an API, and its length.
    pub(crate) async fn body(self, api: ApiVersion) -> Result<(Body, u64), DeliveryError> {
        let whole = match self {
            Self::Fresh(report) if api == ApiVersion::V2 => {
                return v2::body(report.pieces()?).await;
            }
            Self::Fresh(report) => report.inventory_json()?.into(),
            Self::Kept(kept) => kept.body(api).cloned().ok_or(DeliveryError::NotKept(api))?,
        };
        let bytes = whole.len() as u64;
        Ok((whole.into(), bytes))
    }

    /// Whether there is something for API v2.
    pub(crate) fn has_v2(self) -> bool {
        match self {
            Self::Fresh(report) => report.kubernetes().is_some(),
            Self::Kept(kept) => kept.v2.is_some(),
        }
    }

    /// Refuses what lacks something that an API, or each of them, needs.
    pub(crate) fn check(self, only: Option<ApiVersion>) -> Result<(), DeliveryError> {
        match (self, only) {
            (Self::Fresh(report), Some(ApiVersion::V2)) => report.pieces().map(drop),
            (Self::Fresh(report), _) => report.cluster_name().map(drop),
            (Self::Kept(kept), Some(api)) if kept.body(api).is_none() => {
                Err(DeliveryError::NotKept(api))
            }
            (Self::Kept(_), _) => Ok(()),
        }
    }
}
