//! Settings: Anchore's URL, the credentials, and the options of requests.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use kai_core::Excerpt;
use kai_net::secrets::without_password;

use crate::api::Api;
use crate::file::FileReader;
use crate::password::{Password, PasswordError};
use crate::url::AnchoreUrl;

/// Where and how reports are delivered.
///
/// ```
/// # use kai_anchore::{AnchoreSettings, CaCertificate, Password};
/// # use std::time::Duration;
/// let url = "https://anchore.example".parse()?;
/// let settings = AnchoreSettings::new(url, "kai", Password::File("/run/secrets/anchore".into()))
///     .account("platform")
///     .ca_certificate(CaCertificate::File("/etc/ssl/company.pem".into()))
///     .timeout(Some(Duration::from_secs(60)))
///     .user_agent("my-tool/1.0");
/// # Ok::<(), kai_anchore::UrlError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct AnchoreSettings {
    /// Anchore's URL.
    pub url: AnchoreUrl,
    /// The user that delivers.
    pub user: String,
    /// The user's password.
    pub password: Password,
    /// The account that the inventory belongs to.
    pub account: String,
    /// Which API to use.
    pub api: Api,
    /// Whether to skip verification of the server's certificate.
    pub insecure: bool,
    /// Timeout of a request; `None` or zero means no limit.
    pub timeout: Option<Duration>,
    /// A CA to trust in addition to the system's roots.
    pub ca_certificate: Option<CaCertificate>,
    /// The `User-Agent` of every request.
    pub user_agent: String,
}

impl fmt::Debug for AnchoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            url,
            user,
            password,
            account,
            api,
            insecure,
            timeout,
            ca_certificate,
            user_agent,
        } = self;
        f.debug_struct("AnchoreSettings")
            .field("url", url)
            .field("user", &without_password(user))
            .field("password", password)
            .field("account", &without_password(account))
            .field("api", api)
            .field("insecure", insecure)
            .field("timeout", timeout)
            .field("ca_certificate", ca_certificate)
            .field("user_agent", user_agent)
            .finish()
    }
}

/// One or more CA certificates to trust in addition to the system's roots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaCertificate {
    /// A regular PEM file, which is read once.
    File(PathBuf),
    /// A file that the application reads itself.
    Reader(FileReader),
    /// Inline PEM.
    Pem(Vec<u8>),
}

impl AnchoreSettings {
    /// Settings for this Anchore and this user. Defaults: account `admin`, API detection, a timeout
    /// of 10 seconds for each request, the system's roots.
    #[must_use]
    pub fn new(url: AnchoreUrl, user: impl Into<String>, password: Password) -> Self {
        Self {
            url,
            user: user.into(),
            password,
            account: "admin".to_owned(),
            api: Api::Auto,
            insecure: false,
            timeout: Some(Duration::from_secs(10)),
            ca_certificate: None,
            user_agent: concat!("kai-anchore/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Sets the account that the inventory belongs to.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets which API to use.
    #[must_use]
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// Sets whether to skip verification of the server's certificate: an impostor then receives the
    /// password. Rejected with the feature `fips`.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Sets the timeout of a request, from connecting to the last byte of the response; `None` or
    /// zero means no limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets a CA to trust in addition to the system's roots.
    #[must_use]
    pub fn ca_certificate(mut self, certificate: CaCertificate) -> Self {
        self.ca_certificate = Some(certificate);
        self
    }

    /// Sets the `User-Agent` of every request.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// The effective timeout.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.timeout.filter(|timeout| !timeout.is_zero())
    }
}

/// Why an `AnchoreSink` can't be created from the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A required text is empty.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// The user name can't be sent; contains the part before its first colon.
    #[error(
        "the user `{}:` has a colon, which no name of a user may have (what stands after it is not \
         shown, since it may be a password)",
        Excerpt(.0)
    )]
    User(String),
    /// A text can't be sent as a header value.
    #[error("the {what} `{}` has characters that no header may have", Excerpt(text))]
    Header {
        /// `account` or `User-Agent`.
        what: &'static str,
        /// The text, up to its first colon.
        text: String,
    },
    /// There is no password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The CA file can't be read.
    #[error("the CA certificate `{}` cannot be read", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The CA certificate is invalid.
    #[error("{from} holds no certificate in PEM that could be used{}", after_colon(why))]
    CaCertificate {
        /// Its source.
        from: String,
        /// What is wrong with it, if known.
        why: String,
    },
    /// Certificate verification is disabled in a FIPS build.
    #[error("a FIPS build verifies every certificate, and `insecure` says not to")]
    Insecure,
    /// This is a FIPS build, but the crypto provider is not FIPS-approved.
    #[error("{}", kai_net::fips::NotFips)]
    NotFips,
    /// The HTTP client can't be created.
    #[error("no connection can be prepared: {0}")]
    Client(String),
}

fn after_colon(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {}", Excerpt(why)) }
}
