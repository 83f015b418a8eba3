//! Settings of the connection to Anchore: URL, credentials, API, TLS, timeouts.

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
    /// Where Anchore is.
    pub url: AnchoreUrl,
    /// Who delivers.
    pub user: String,
    /// The user's password.
    pub password: Password,
    /// The account that the inventory belongs to.
    pub account: String,
    /// Which API is used.
    pub api: Api,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// How long a request may take; no time at all (`None`, or zero) is no limit.
    pub timeout: Option<Duration>,
    /// Whom to trust besides the system's roots.
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

/// A certificate, or several, to trust besides the system's roots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaCertificate {
    /// In a regular PEM file, which is read once.
    File(PathBuf),
    /// The same, read by the program itself.
    Reader(FileReader),
    /// This PEM.
    Pem(Vec<u8>),
}

impl AnchoreSettings {
    /// Settings for this Anchore and this user: account `admin`, the API that Anchore says it has,
    /// 10 seconds for each request, the system's roots.
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

    /// Sets which API is used.
    #[must_use]
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// Sets whether any certificate is accepted: a server in the place of Anchore then gets the
    /// password. With the feature `fips` this is refused.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Sets how long a request may take, from connecting to the last byte of the answer; no time
    /// at all (`None`, or zero) is no limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets whom to trust besides the system's roots.
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

    /// The limit that there is.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.timeout.filter(|timeout| !timeout.is_zero())
    }
}

/// Why nothing can be delivered with certain settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A text is needed, and there is none.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// The name of a user can't be sent; what stands before its first colon.
    #[error(
        "the user `{}:` has a colon, which no name of a user may have (what stands after it is not \
         shown, since it may be a password)",
        Excerpt(.0)
    )]
    User(String),
    /// A text can't be sent in a header.
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
    /// The file with the certificate can't be read.
    #[error("the CA certificate `{}` cannot be read", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What should be a certificate is none.
    #[error("{from} holds no certificate in PEM that could be used{}", after_colon(why))]
    CaCertificate {
        /// Where it stands.
        from: String,
        /// What is wrong with it, where there is more to say.
        why: String,
    },
    /// Any certificate is to be accepted, in a FIPS build.
    #[error("a FIPS build verifies every certificate, and `insecure` says not to")]
    Insecure,
    /// This is a FIPS build, and the program's cryptography is another.
    #[error("{}", kai_net::fips::NotFips)]
    NotFips,
    /// There is no client.
    #[error("no connection can be prepared: {0}")]
    Client(String),
}

fn after_colon(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {}", Excerpt(why)) }
}
