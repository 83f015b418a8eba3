//! Sources of credentials, and their validity.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::exec::{Plugin, PluginTimeout};
use crate::cluster::token::checked_token;

/// How often a token file is read again, as client-go does it.
const REREAD: Duration = Duration::from_secs(60);
/// The most that a credential is renewed before it ends; less where it lasts shorter than five
/// minutes.
const AHEAD: Duration = Duration::from_secs(30);
/// The minimum time between renewals unless the credential is refused: a plugin that gives out what
/// has ended already is not run for each request.
const LEAST: Duration = Duration::from_secs(1);
/// Longer than any run; a time that is further away may not fit into the clock.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// When to try again where a renewal failed and the old credential still holds.
const AGAIN: Duration = Duration::from_secs(10);

/// Where a credential comes from.
pub(crate) enum CredentialSource {
    /// It stands in the settings, or there is none.
    Settings,
    /// A file that holds a token, which may be another one later.
    TokenFile {
        path: PathBuf,
        /// The token beside it in the settings, for where the file can't be read.
        instead: Option<SecretString>,
    },
    /// A program that is run.
    Plugin(Box<Plugin>),
}

/// What a source gives.
#[derive(Default)]
pub(crate) struct Credential {
    pub(crate) token: Option<SecretString>,
    /// A certificate and its private key, both PEM.
    pub(crate) certificate: Option<(String, SecretString)>,
    pub(crate) validity: Validity,
}

/// How long a credential is good for, as far as is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Validity {
    look_again: Option<Instant>,
    ends: Option<Instant>,
    /// When it ends, as its issuer says it.
    expiry: Option<Timestamp>,
}

impl CredentialSource {
    /// Gets the credential; `before`: what was known of the one before.
    pub(crate) async fn obtain(
        &self,
        before: &Validity,
        patience: PluginTimeout,
        origin: &Origin,
    ) -> Result<Credential, ConnectError> {
        match self {
            Self::Settings => Ok(Credential::default()),
            Self::TokenFile { path, instead } => match (token_aside(path, origin).await, instead) {
                (Ok(token), _) => Ok(Credential::of_file(token)),
                (Err(_), Some(token)) => Ok(Credential::of_file(token.clone())),
                (Err(error), None) => Err(error),
            },
            Self::Plugin(plugin) => {
                let issued = plugin.run(patience).await?;
                let validity = issued.expiry.map(|expiry| Validity::until(expiry, before));
                Ok(Credential {
                    token: issued.token,
                    certificate: issued.certificate,
                    validity: validity.unwrap_or_default(),
                })
            }
        }
    }
}

impl Credential {
    fn of_file(token: SecretString) -> Self {
        let look_again = Some(Instant::now() + REREAD);
        let validity = Validity { look_again, ..Validity::default() };
        Self { token: Some(token), certificate: None, validity }
    }
}

impl Validity {
    fn until(expiry: Timestamp, before: &Self) -> Self {
        let now = Instant::now();
        let left = expiry.duration_since(Timestamp::now()).try_into().unwrap_or(Duration::ZERO);
        let left = left.min(FOREVER);
        // A plugin that keeps its own credential until the end gives out the same one till then.
        let same = before.expiry == Some(expiry);
        let ahead = if same { Duration::ZERO } else { AHEAD.min(left / 10) };
        Self {
            look_again: Some(now + LEAST.max(left.saturating_sub(ahead))),
            ends: Some(now + left),
            expiry: Some(expiry),
        }
    }

    /// Whether it is time to look for another one.
    pub(crate) fn is_due(&self) -> bool {
        self.look_again.is_some_and(|when| Instant::now() >= when)
    }

    /// Whether it is known to be over.
    pub(crate) fn is_over(&self) -> bool {
        self.ends.is_some_and(|when| Instant::now() >= when)
    }

    /// The same, to be looked at again in a while, or when it ends.
    pub(crate) fn postponed(&self) -> Self {
        let now = Instant::now();
        // What has no known end may last: a file that is gone after the start is no emergency.
        let look_again = self.ends.map_or(now + REREAD, |ends| ends.min(now + AGAIN));
        Self { look_again: Some(look_again), ..self.clone() }
    }
}

/// The largest token file that is read.
const TOKEN_MAX: u64 = 1024 * 1024;

/// Reads a token file without holding up others: one that is a pipe may be slow.
async fn token_aside(path: &Path, origin: &Origin) -> Result<SecretString, ConnectError> {
    let (path, its_origin) = (path.to_owned(), origin.clone());
    let read = spawn_blocking(move || token_of(&path, &its_origin)).await;
    read.unwrap_or_else(|error| {
        let (origin, why) = (origin.clone(), error.to_string());
        Err(ConnectError::Value { origin, what: "tokenFile", why })
    })
}

/// Reads a token file as client-go does, trimmed; kube would send its trailing line break.
fn token_of(path: &Path, origin: &Origin) -> Result<SecretString, ConnectError> {
    let shown = path.display();
    let unusable = |why| ConnectError::Value { origin: origin.clone(), what: "tokenFile", why };
    let text = kai_net::file::read_text(path, TOKEN_MAX)
        .map_err(|error| unusable(format!("`{shown}`: {error}")))?;
    match checked_token(&text) {
        Ok(Some(token)) => Ok(token),
        Ok(None) => Err(unusable(format!("`{shown}` is empty"))),
        Err(why) => Err(unusable(why)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use tokio::time::{advance, pause};

    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn lasting(count: i64, before: &Validity) -> Validity {
        Validity::until(Timestamp::now() + SignedDuration::from_secs(count), before)
    }

    #[tokio::test]
    async fn a_credential_is_renewed_a_little_before_it_ends() {
        pause();
        for (lasts, due) in
            [(3600, 3571), (300, 271), (100, 91), (10, 10), (1, 2), (0, 2), (-60, 2)]
        {
            let validity = lasting(lasts, &Validity::default());
            assert!(!validity.is_due(), "{lasts}");
            advance(seconds(due)).await;
            assert!(validity.is_due(), "{lasts}");
            assert_eq!(validity.is_over(), lasts <= 10, "{lasts}");
        }
    }

    #[tokio::test]
    async fn one_that_comes_again_is_kept_to_its_end() {
        pause();
        let expiry = Timestamp::now() + SignedDuration::from_secs(20);
        let before = Validity::until(expiry, &Validity::default());
        let again = Validity::until(expiry, &before);
        advance(seconds(19)).await;
        assert!(before.is_due() && !again.is_due());
        advance(seconds(1)).await;
        assert!(again.is_due());
    }

    #[tokio::test]
    async fn what_never_ends_is_never_due() {
        pause();
        advance(seconds(1_000_000)).await;
        assert!(!Validity::default().is_due() && !Validity::default().is_over());
    }

    #[tokio::test]
    async fn a_postponed_one_is_due_in_a_while_but_not_after_its_end() {
        pause();
        let validity = lasting(100, &Validity::default());
        advance(seconds(92)).await;
        let postponed = validity.postponed();
        assert!(!postponed.is_due());
        advance(seconds(8)).await;
        assert!(postponed.is_due() && postponed.is_over());

        let file = Credential::of_file("t".into()).validity.postponed();
        advance(seconds(59)).await;
        assert!(!file.is_due());
        advance(seconds(1)).await;
        assert!(file.is_due() && !file.is_over());
    }
}
