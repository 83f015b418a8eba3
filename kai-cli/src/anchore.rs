//! From settings to the Anchore that takes reports.

use std::sync::Arc;

use kai_anchore::{
    AnchoreReporter, AnchoreSettings, Api, ApiVersion, CaCertificate, FileReader, KeptReport,
    Password, Report,
};
use kai_core::Reporter;
use tracing::info;

use crate::dry_run::DryRun;
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
    if settings.dry_run {
        return Ok(dry_run(settings)?.map(|dry_run| dry_run as _));
    }
    let Some(anchore) = &settings.anchore else { return Ok(None) };
    Ok(Some(Arc::new(make_reporter(anchore)?)))
}

/// What looks where reports would go; `None`: nowhere.
pub(crate) fn dry_run(settings: &Settings) -> Result<Option<Arc<DryRun>>, Error> {
    let Some(anchore) = &settings.anchore else {
        info!("nothing would be delivered");
        return Ok(None);
    };
    Ok(Some(Arc::new(DryRun::new(make_reporter(anchore)?, anchore))))
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
