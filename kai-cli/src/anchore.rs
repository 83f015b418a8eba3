//! From settings to the Anchore that takes reports.

use std::sync::Arc;

use kai_anchore::{
    AnchoreReporter, AnchoreSettings, Api, ApiVersion, CaCertificate, KeptReport, Password, Report,
};
use kai_core::Reporter;
use tracing::info;

use crate::dry_run::DryRun;
use crate::error::Error;
use crate::settings::{self, Anchore, Settings};
use crate::version;

/// Where reports go, those of now and those that were kept.
pub(crate) trait Outlet: Reporter<Report> + Reporter<KeptReport> {}

impl<T: Reporter<Report> + Reporter<KeptReport>> Outlet for T {}

/// Where reports go by the settings; `None`: nowhere. Reads the password, to see that it can be.
pub(crate) fn outlet(settings: &Settings) -> Result<Option<Arc<dyn Outlet>>, Error> {
    if settings.dry_run {
        return Ok(dry_run(settings)?.map(|dry_run| dry_run as _));
    }
    let Some(anchore) = &settings.anchore else { return Ok(None) };
    Ok(Some(Arc::new(reporter(anchore)?)))
}

/// What looks where reports would go; `None`: nowhere.
pub(crate) fn dry_run(settings: &Settings) -> Result<Option<Arc<DryRun>>, Error> {
    let Some(anchore) = &settings.anchore else {
        info!("nothing would be delivered");
        return Ok(None);
    };
    Ok(Some(Arc::new(DryRun::new(reporter(anchore)?, anchore))))
}

/// The APIs through which a report may be delivered.
pub(crate) fn apis(anchore: &Anchore) -> &'static [ApiVersion] {
    match anchore.api {
        Api::Auto => &[ApiVersion::V1, ApiVersion::V2],
        Api::Only(ApiVersion::V1) => &[ApiVersion::V1],
        Api::Only(ApiVersion::V2) => &[ApiVersion::V2],
    }
}

fn reporter(anchore: &Anchore) -> Result<AnchoreReporter, Error> {
    let password = match &anchore.password {
        settings::Password::Given(secret) => Password::given(secret.clone().into_inner()),
        settings::Password::File(path) => Password::File(path.clone()),
    };
    let mut settings = AnchoreSettings::new(anchore.url.clone(), anchore.user.as_str(), password)
        .account(anchore.account.as_str())
        .api(anchore.api)
        .insecure(anchore.insecure)
        .timeout(anchore.timeout)
        .user_agent(version::user_agent());
    if let Some(path) = &anchore.ca_cert {
        settings = settings.ca_certificate(CaCertificate::File(path.clone()));
    }
    Ok(AnchoreReporter::new(&settings)?)
}
