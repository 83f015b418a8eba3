//! From settings to the Anchore that takes reports.

use std::sync::Arc;

use async_trait::async_trait;
use kai_anchore::{
    AnchoreReporter, AnchoreSettings, Api, ApiVersion, CaCertificate, DeliveryError, FileReader,
    KeptReport, Password, Report,
};
use kai_core::{ReportError, Reporter};
use tracing::info;

use crate::error::Error;
use crate::files::FilePath;
use crate::settings::{self, Anchore, Settings};
use crate::version;

/// The longest password.
const PASSWORD_MAX: u64 = 64 * 1024;
/// The longest file of certificates: a hundred times what systems trust.
const CA_MAX: u64 = 16 * 1024 * 1024;

/// Where reports go, those of now and those that were kept.
pub(crate) trait Outlet: Reporter<Report> + Reporter<KeptReport> {}

impl<T: Reporter<Report> + Reporter<KeptReport>> Outlet for T {}

/// Where reports go by the settings; `None`: nowhere. Reads the password, to see that it can be.
pub(crate) fn outlet(settings: &Settings) -> Result<Option<Arc<dyn Outlet>>, Error> {
    let Some(anchore) = &settings.anchore else {
        if settings.dry_run {
            info!("nothing would be delivered");
        }
        return Ok(None);
    };
    let reporter = make_reporter(anchore)?;
    Ok(Some(if settings.dry_run { Arc::new(DryRun(reporter)) } else { Arc::new(reporter) }))
}

/// The APIs through which a report may be delivered.
pub(crate) fn apis(anchore: &Anchore) -> &'static [ApiVersion] {
    match anchore.api {
        Api::Auto => &[ApiVersion::V1, ApiVersion::V2],
        Api::Only(ApiVersion::V1) => &[ApiVersion::V1],
        Api::Only(ApiVersion::V2) => &[ApiVersion::V2],
    }
}

fn make_reporter(anchore: &Anchore) -> Result<AnchoreReporter, Error> {
    let password = match &anchore.password {
        settings::Password::Given(secret) => Password::given(secret.clone().into_inner()),
        settings::Password::File(file) => Password::Reader(reader(file, PASSWORD_MAX)),
    };
    let mut settings = AnchoreSettings::new(anchore.url.clone(), anchore.user.as_str(), password)
        .account(anchore.account.as_str())
        .api(anchore.api)
        .insecure(anchore.insecure)
        .timeout(anchore.timeout)
        .user_agent(version::user_agent());
    if let Some(file) = &anchore.ca_cert {
        settings = settings.ca_certificate(CaCertificate::Reader(reader(file, CA_MAX)));
    }
    Ok(AnchoreReporter::new(&settings)?)
}

fn reader(file: &FilePath, max: u64) -> FileReader {
    FileReader::new(file.path(), file.clone().reader(max))
}

/// Does everything but the POST.
struct DryRun(AnchoreReporter);

#[async_trait]
impl Reporter<Report> for DryRun {
    async fn deliver(&self, report: &Report) -> Result<(), ReportError> {
        self.look(report).await.map_err(|error| {
            let text = format!("the report would not be delivered to `{}`", self.0.url());
            ReportError::new(text, error.retry()).with_source(error)
        })
    }
}

/// Nothing is kept of what is not meant to be sent.
#[async_trait]
impl Reporter<KeptReport> for DryRun {
    async fn deliver(&self, _: &KeptReport) -> Result<(), ReportError> {
        Ok(())
    }
}

impl DryRun {
    async fn look(&self, report: &Report) -> Result<(), DeliveryError> {
        let to = self.0.destination().await?;
        let mut bytes = 0;
        for piece in report.pieces_of(to.api)? {
            bytes += piece?.len();
        }
        info!("dry run: {bytes} bytes would be delivered to {}", to.url);
        Ok(())
    }
}
