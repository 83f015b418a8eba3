//! The composition of receivers: from settings to the sinks that take reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kai_anchore::{AnchoreSettings, AnchoreSink, CaCertificate, FileReader, Password};
use kai_core::{Details, Sink};
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

/// A receiver of reports, and how they are delivered to it.
#[derive(Clone)]
pub(crate) struct Receiver {
    /// What takes the reports.
    pub(crate) sink: Arc<dyn Sink>,
    /// Its URL.
    pub(crate) url: String,
    /// The account there that the reports belong to.
    pub(crate) account: String,
    /// How long one request may take; `None`: there is no limit.
    pub(crate) timeout: Option<Duration>,
    /// The folder that keeps what was not delivered.
    pub(crate) spool: Option<PathBuf>,
}

/// The receivers that are configured. Reads their passwords, to see that they can be read.
pub(crate) fn receivers(settings: &Settings) -> Result<Vec<Receiver>, Error> {
    let Some(anchore) = &settings.anchore else {
        if settings.dry_run {
            info!("nothing would be delivered");
        }
        return Ok(Vec::new());
    };
    let sink = anchore_sink(anchore)?;
    let sink: Arc<dyn Sink> =
        if settings.dry_run { Arc::new(DryRun::new(sink, anchore)) } else { Arc::new(sink) };
    Ok(vec![Receiver::of(sink, anchore)])
}

/// What only looks where reports would go; `None`: nowhere.
pub(crate) fn dry_run(settings: &Settings) -> Result<Option<DryRun>, Error> {
    let Some(anchore) = &settings.anchore else {
        info!("nothing would be delivered");
        return Ok(None);
    };
    Ok(Some(DryRun::new(anchore_sink(anchore)?, anchore)))
}

/// What reports have to contain for all of these receivers.
pub(crate) fn needs(receivers: &[Receiver]) -> Details {
    let needs = receivers.iter().map(|receiver| receiver.sink.needs());
    needs.fold(Details::default(), Details::union)
}

impl Receiver {
    /// A sink for the Anchore that is configured.
    pub(crate) fn of(sink: Arc<dyn Sink>, anchore: &Anchore) -> Self {
        Self {
            sink,
            url: anchore.url.to_string(),
            account: anchore.account.clone(),
            timeout: anchore.timeout,
            spool: anchore.spool.clone(),
        }
    }
}

fn anchore_sink(anchore: &Anchore) -> Result<AnchoreSink, Error> {
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
    Ok(AnchoreSink::new(&settings)?)
}

fn reader(file: &FilePath, max: u64) -> FileReader {
    FileReader::new(file.path(), file.clone().reader(max))
}
