//! Delivery settings.

use std::path::PathBuf;
use std::time::Duration;

use kai_anchore::{AnchoreSettings, CaCertificate, FileReader, Password};
use kai_net::fips;

use super::layers::{Found, Layers};
use super::{Notice, Origin, SettingsError};
use crate::files::FilePath;
use crate::keys;

/// Maximum size of a password file.
const PASSWORD_MAX: u64 = 64 * 1024;
/// Maximum size of a CA file: a hundred times that of a system's trust store.
const CA_MAX: u64 = 16 * 1024 * 1024;

/// An account of an Anchore that reports are delivered to.
#[derive(Debug)]
pub(crate) struct Anchore {
    /// The settings of its client.
    pub(crate) settings: AnchoreSettings,
    /// The spool directory for undelivered reports.
    pub(crate) spool: Option<PathBuf>,
}

impl Anchore {
    /// The receivers of the report; empty: no delivery.
    pub(super) fn from(
        layers: &Layers<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<Self>, SettingsError> {
        let args = layers.args();
        if !args.filename.is_empty() && !args.deliver {
            let why = "`--filename` delivers nothing without `--deliver`";
            unused(layers, why, notices);
            return Ok(Vec::new());
        }
        let Some(url) = layers.optional(&keys::ANCHORE_URL)? else {
            if args.deliver {
                return Err(SettingsError::NothingToDeliverTo);
            }
            off(layers, notices);
            return Ok(Vec::new());
        };
        let (user, password) = credentials(layers)?;
        let seconds = layers.required(&keys::ANCHORE_TIMEOUT)?;
        let mut settings = AnchoreSettings::new(url, user, password)
            .account(layers.required(&keys::ANCHORE_ACCOUNT)?)
            .api(layers.required(&keys::ANCHORE_API)?)
            .insecure(insecure(layers)?)
            .timeout((seconds > 0).then(|| Duration::from_secs(seconds.into())));
        if let Some(file) = layers.file(&keys::ANCHORE_CA_CERT)? {
            settings = settings.ca_certificate(CaCertificate::Reader(reader(file, CA_MAX)));
        }
        let anchore = Self { settings, spool: layers.folder(&keys::ANCHORE_SPOOL)? };
        anchore.warn(notices);
        Ok(vec![anchore])
    }

    /// Warns of insecure settings.
    fn warn(&self, notices: &mut Vec<Notice>) {
        let url = &self.settings.url;
        if self.settings.insecure {
            let text = format!(
                "`{}` is true: whoever answers in the place of {url} gets the password",
                keys::ANCHORE_INSECURE.key.name,
            );
            notices.push(Notice::Warning(text));
        }
        if url.is_clear_text() {
            let text = format!("the password travels to {url} in clear text");
            notices.push(Notice::Warning(text));
        }
    }
}

fn credentials(layers: &Layers<'_>) -> Result<(String, Password), SettingsError> {
    let user = layers.optional(&keys::ANCHORE_USER)?;
    let origins = [&keys::ANCHORE_PASSWORD.key, &keys::ANCHORE_PASSWORD_FILE.key];
    if let [Some(password), Some(file)] = origins.map(|key| layers.origin(key)) {
        let (password, file) = (password.clone(), file.clone());
        return Err(SettingsError::TwoPasswords { password, file });
    }
    let password = match layers.file(&keys::ANCHORE_PASSWORD_FILE)? {
        Some(file) => Some(Password::Reader(reader(file, PASSWORD_MAX))),
        None => layers
            .optional(&keys::ANCHORE_PASSWORD)?
            .map(|password| Password::Given(password.into_inner())),
    };
    let (no_user, no_password) =
        ("`anchore.user`", "a password (`anchore.password` or `anchore.password-file`)");
    let missing = match (user, password) {
        (Some(user), Some(password)) => return Ok((user, password)),
        (None, Some(_)) => no_user.to_owned(),
        (Some(_), None) => no_password.to_owned(),
        (None, None) => format!("{no_user} and {no_password}"),
    };
    let url = layers.origin(&keys::ANCHORE_URL.key).cloned().unwrap_or(Origin::Default);
    Err(SettingsError::IncompleteAnchore { url, missing })
}

fn reader(file: FilePath, max: u64) -> FileReader {
    FileReader::new(file.path().to_owned(), file.reader(max))
}

/// Whether to skip certificate verification.
fn insecure(layers: &Layers<'_>) -> Result<bool, SettingsError> {
    match layers.found(&keys::ANCHORE_INSECURE)? {
        Some(Found { value: true, origin }) if fips::BUILD => {
            Err(SettingsError::Insecure { origin })
        }
        Some(Found { value, .. }) => Ok(value),
        None => Ok(layers.required(&keys::ANCHORE_INSECURE)?),
    }
}

/// Warns that nothing is delivered without a URL, which the user may not expect if the rest is set.
fn off(layers: &Layers<'_>, notices: &mut Vec<Notice>) {
    let credentials =
        [&keys::ANCHORE_USER.key, &keys::ANCHORE_PASSWORD.key, &keys::ANCHORE_PASSWORD_FILE.key];
    if let Some(origin) = credentials.into_iter().find_map(|key| layers.origin(key)) {
        let text = format!("{origin} is set, but not `anchore.url`: nothing is delivered");
        notices.push(Notice::Warning(text));
    }
    unused(layers, "`anchore.url` is not set", notices);
}

/// Validates settings that have no effect.
fn unused(layers: &Layers<'_>, why: &str, notices: &mut Vec<Notice>) {
    let checks = [
        layers.optional(&keys::ANCHORE_URL).err(),
        layers.optional(&keys::ANCHORE_USER).err(),
        layers.optional(&keys::ANCHORE_PASSWORD).err(),
        layers.optional(&keys::ANCHORE_PASSWORD_FILE).err(),
        layers.optional(&keys::ANCHORE_ACCOUNT).err(),
        layers.optional(&keys::ANCHORE_API).err(),
        layers.optional(&keys::ANCHORE_SPOOL).err(),
        layers.optional(&keys::ANCHORE_INSECURE).err(),
        layers.optional(&keys::ANCHORE_TIMEOUT).err(),
        layers.optional(&keys::ANCHORE_CA_CERT).err(),
    ];
    Notice::tell_unused(&checks, why, notices);
}
