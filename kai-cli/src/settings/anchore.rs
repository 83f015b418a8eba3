//! Where the report is delivered.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use kai_anchore::{AnchoreUrl, Api};

use super::layers::{Found, Layers};
use super::{Notice, Origin, SettingsError};
use crate::files::FilePath;
use crate::keys;
use crate::secret::{Secret, without_password};
use kai_net::fips;

/// The Anchore that takes the report, and how it is asked.
pub(crate) struct Anchore {
    pub(crate) url: AnchoreUrl,
    pub(crate) user: String,
    pub(crate) password: Password,
    pub(crate) account: String,
    pub(crate) api: Api,
    pub(crate) insecure: bool,
    /// `None`: there is no limit.
    pub(crate) timeout: Option<Duration>,
    pub(crate) ca_cert: Option<FilePath>,
    pub(crate) spool: Option<PathBuf>,
}

impl fmt::Debug for Anchore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, user, password, account, api, insecure, timeout, ca_cert, spool } = self;
        f.debug_struct("Anchore")
            .field("url", url)
            .field("user", &without_password(user))
            .field("password", password)
            .field("account", &without_password(account))
            .field("api", api)
            .field("insecure", insecure)
            .field("timeout", timeout)
            .field("ca_cert", ca_cert)
            .field("spool", spool)
            .finish()
    }
}

/// Where the password is.
#[derive(Debug, PartialEq)]
pub(crate) enum Password {
    /// Here.
    Given(Secret),
    /// In a file, which is read at each delivery.
    File(FilePath),
}

impl Anchore {
    /// Where the report is delivered; `None`: nowhere.
    pub(super) fn from(
        layers: &Layers<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Self>, SettingsError> {
        let args = layers.args();
        if args.filename.is_some() && !args.deliver {
            let why = "`--filename` delivers nothing without `--deliver`";
            unused(layers, why, notices);
            return Ok(None);
        }
        let Some(url) = layers.optional(&keys::ANCHORE_URL)? else {
            if args.deliver {
                return Err(SettingsError::NothingToDeliverTo);
            }
            off(layers, notices);
            return Ok(None);
        };
        let (user, password) = credentials(layers)?;
        let anchore = Self {
            url,
            user,
            password,
            account: layers.required(&keys::ANCHORE_ACCOUNT)?,
            api: layers.required(&keys::ANCHORE_API)?,
            insecure: insecure(layers)?,
            timeout: match layers.required(&keys::ANCHORE_TIMEOUT)? {
                0 => None,
                seconds => Some(Duration::from_secs(seconds.into())),
            },
            ca_cert: layers.file(&keys::ANCHORE_CA_CERT)?,
            spool: layers.folder(&keys::ANCHORE_SPOOL)?,
        };
        anchore.warn(notices);
        Ok(Some(anchore))
    }

    /// Says what is dangerous about it.
    fn warn(&self, notices: &mut Vec<Notice>) {
        if self.insecure {
            let text = format!(
                "`{}` is true: whoever answers in the place of {} gets the password",
                keys::ANCHORE_INSECURE.key.name,
                self.url
            );
            notices.push(Notice::Warning(text));
        }
        if self.url.is_clear_text() {
            let text = format!("the password travels to {} in clear text", self.url);
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
        Some(file) => Some(Password::File(file)),
        None => layers.optional(&keys::ANCHORE_PASSWORD)?.map(Password::Given),
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

/// Whether any certificate is accepted.
fn insecure(layers: &Layers<'_>) -> Result<bool, SettingsError> {
    match layers.found(&keys::ANCHORE_INSECURE)? {
        Some(Found { value: true, origin }) if fips::BUILD => {
            Err(SettingsError::Insecure { origin })
        }
        Some(Found { value, .. }) => Ok(value),
        None => Ok(layers.required(&keys::ANCHORE_INSECURE)?),
    }
}

/// Without a URL nothing is delivered, which may surprise whoever set the rest.
fn off(layers: &Layers<'_>, notices: &mut Vec<Notice>) {
    let credentials =
        [&keys::ANCHORE_USER.key, &keys::ANCHORE_PASSWORD.key, &keys::ANCHORE_PASSWORD_FILE.key];
    if let Some(origin) = credentials.into_iter().find_map(|key| layers.origin(key)) {
        let text = format!("{origin} is set, but not `anchore.url`: nothing is delivered");
        notices.push(Notice::Warning(text));
    }
    unused(layers, "`anchore.url` is not set", notices);
}

/// Checks what has no effect.
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
