//! `AnchoreSink`: delivers reports to Anchore.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kai_core::{ClusterReport, Details, Payload, ReportError, Sink};
use reqwest::Client;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tracing::Instrument as _;

use crate::api::{Api, ApiSource, ApiVersion};
use crate::client;
use crate::deliver::{Delivered, Delivery};
use crate::detect;
use crate::encode::{encode, pieces};
use crate::error::{DeliveryError, Refusal};
use crate::password::Password;
use crate::settings::{AnchoreSettings, SettingsError};
use crate::url::AnchoreUrl;

/// Delivers reports to Anchore.
///
/// [`send`](Self::send) makes one attempt, and only one runs at a time: a second call waits for the
/// first. [`Sink::deliver`] does the same through the port. The API is detected at the first
/// delivery, and again if the detected one has disappeared.
///
/// Proxies come from the environment: `HTTPS_PROXY` or `HTTP_PROXY` by the scheme of the URL, else
/// `ALL_PROXY`, unless `NO_PROXY` covers the server, [parsed as by Go](kai_net::no_proxy). They are
/// read once, at construction; a variable that isn't a proxy URL is ignored. A server on this
/// machine is never reached through a proxy.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use kai_anchore::{AnchoreSettings, AnchoreSink, Password};
/// # async fn example(report: kai_core::ClusterReport) -> Result<(), Box<dyn std::error::Error>> {
/// let url = "https://anchore.example".parse()?;
/// let password = Password::File("/var/run/secrets/anchore/password".into());
/// let sink = AnchoreSink::new(&AnchoreSettings::new(url, "kai", password))?;
/// let report = Arc::new(report.with_cluster_name("prod"));
/// let delivered = sink.send(&report).await?;
/// println!("{} bytes to {}", delivered.bytes, delivered.url);
/// # Ok(()) }
/// ```
pub struct AnchoreSink {
    client: Client,
    url: AnchoreUrl,
    user: String,
    password: Password,
    account: HeaderValue,
    api: Api,
    timeout: Option<Duration>,
    /// The detected API. A delivery holds the lock, so that deliveries don't overlap.
    found: Mutex<Option<ApiVersion>>,
}

/// Where a report would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// The API.
    pub api: ApiVersion,
    /// How the API was determined.
    pub source: ApiSource,
    /// The URL.
    pub url: String,
}

impl AnchoreSink {
    /// Validates the settings, reads the certificate, and reads the password once to verify that it
    /// is readable. Sends nothing.
    ///
    /// # Errors
    /// When the settings are invalid.
    pub fn new(settings: &AnchoreSettings) -> Result<Self, SettingsError> {
        if settings.user.is_empty() {
            return Err(SettingsError::Empty("user"));
        }
        if let Some((name, _)) = settings.user.split_once(':') {
            return Err(SettingsError::User(name.to_owned()));
        }
        Password::register(&settings.user, &settings.password.read()?);
        Ok(Self {
            client: client::build(settings)?,
            url: settings.url.clone(),
            user: settings.user.clone(),
            password: settings.password.clone(),
            account: client::header("account", &settings.account)?,
            api: settings.api,
            timeout: settings.limit(),
            found: Mutex::new(None),
        })
    }

    /// Makes one attempt to deliver a report. Under [`Api::Auto`] it may take several requests,
    /// each with its own timeout, to find the API that accepts it. Dropping it cancels the attempt.
    ///
    /// # Errors
    /// When the report was not accepted; [`DeliveryError::retry`] returns whether to retry. A
    /// report that lacks required data fails before anything is sent.
    pub async fn send(&self, report: &Arc<ClusterReport>) -> Result<Delivered, DeliveryError> {
        let payload = self.encode_for_anchore(report)?;
        self.send_payload(&payload).await.map_err(|error| match error {
            DeliveryError::NotKept(ApiVersion::V2) => DeliveryError::NoContainers,
            error => error,
        })
    }

    /// The same for a payload that is encoded already, now or by an earlier process.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_payload(&self, payload: &Payload) -> Result<Delivered, DeliveryError> {
        let span = tracing::debug_span!("delivery", url = %self.url);
        self.attempt(payload).instrument(span).await
    }

    async fn attempt(&self, payload: &Payload) -> Result<Delivered, DeliveryError> {
        let mut found = self.found.lock().await;
        if let Api::Only(api) = self.api
            && !payload.has(api.form())
        {
            return Err(DeliveryError::NotKept(api));
        }
        let password = self.password.read_aside().await?;
        Password::register(&self.user, &password);
        let delivery = Delivery {
            client: &self.client,
            url: &self.url,
            user: &self.user,
            password,
            account: &self.account,
            timeout: self.timeout,
            payload,
        };
        match self.api {
            Api::Only(ApiVersion::V1) => {
                delivery.post(ApiVersion::V1).await.map_err(|error| match error {
                    DeliveryError::Rejected(refusal) if refusal.is_not_found() => {
                        DeliveryError::NoApiV1(refusal)
                    }
                    other => other,
                })
            }
            Api::Only(ApiVersion::V2) => delivery.post(ApiVersion::V2).await,
            Api::Auto => self.find_and_post(&mut found, &delivery).await,
        }
    }

    /// Encodes a report in the forms that may be sent, and rejects a report that doesn't fit the
    /// configured API.
    fn encode_for_anchore(&self, report: &Arc<ClusterReport>) -> Result<Payload, DeliveryError> {
        let payload = encode(report)?;
        if let Api::Only(ApiVersion::V2) = self.api {
            pieces(report)?;
        }
        Ok(match self.api {
            Api::Auto => payload,
            Api::Only(api) => payload.only(api.form()),
        })
    }

    /// Where a report would be sent now. Detects the API if it isn't known, without sending
    /// credentials.
    ///
    /// # Errors
    /// When the API has to be detected and Anchore can't be reached.
    pub async fn destination(&self) -> Result<Destination, DeliveryError> {
        let found = self.found.lock().await;
        let (api, source) = match (self.api, *found) {
            (Api::Only(api), _) => (api, ApiSource::Configured),
            (Api::Auto, Some(api)) => (api, ApiSource::Detected),
            (Api::Auto, None) => match self.ask().await? {
                Some(api) => (api, ApiSource::Detected),
                None => (ApiVersion::V2, ApiSource::Assumed),
            },
        };
        Ok(Destination { api, source, url: self.url.join(api.path()).into() })
    }

    /// Anchore's URL.
    #[must_use]
    pub fn url(&self) -> &AnchoreUrl {
        &self.url
    }

    async fn ask(&self) -> Result<Option<ApiVersion>, DeliveryError> {
        detect::ask(&self.client, &self.url, self.timeout).await
    }

    /// Delivers through the detected API, and detects again if that has disappeared.
    async fn find_and_post(
        &self,
        found: &mut Option<ApiVersion>,
        delivery: &Delivery<'_>,
    ) -> Result<Delivered, DeliveryError> {
        let mut gone: Option<Refusal> = None;
        if let Some(api) = *found {
            match unless_not_found(delivery.post(api).await)? {
                Ok(delivered) => return Ok(delivered),
                Err(refusal) => gone = Some(refusal),
            }
        }
        *found = None;
        let Some(api) = self.ask().await? else {
            let delivered = guess_and_post(delivery).await?;
            *found = Some(delivered.api);
            return Ok(delivered);
        };
        if let Some(refusal) = gone.filter(|refusal| refusal.api == api) {
            return Err(DeliveryError::Rejected(refusal));
        }
        *found = Some(api);
        unless_not_found(delivery.post(api).await)?.map_err(|refusal| {
            *found = None;
            DeliveryError::Rejected(refusal)
        })
    }
}

/// Tries v2, then v1 if v2 doesn't exist or the report doesn't fit it.
async fn guess_and_post(delivery: &Delivery<'_>) -> Result<Delivered, DeliveryError> {
    if !delivery.payload.has(ApiVersion::V2.form()) {
        return delivery.post(ApiVersion::V1).await;
    }
    let v2 = match unless_not_found(delivery.post(ApiVersion::V2).await)? {
        Ok(delivered) => return Ok(delivered),
        Err(refusal) => refusal,
    };
    let v1 = unless_not_found(delivery.post(ApiVersion::V1).await)?;
    v1.map_err(|v1| DeliveryError::NoApi { v2, v1 })
}

/// Separates a 404, after which another API is tried, from final outcomes.
fn unless_not_found(
    outcome: Result<Delivered, DeliveryError>,
) -> Result<Result<Delivered, Refusal>, DeliveryError> {
    match outcome {
        Ok(delivered) => Ok(Ok(delivered)),
        Err(DeliveryError::Rejected(refusal)) if refusal.is_not_found() => Ok(Err(refusal)),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Sink for AnchoreSink {
    /// The container table, unless only v1 is used.
    fn needs(&self) -> Details {
        match self.api {
            Api::Only(ApiVersion::V1) => Details::default(),
            Api::Only(ApiVersion::V2) | Api::Auto => Details::default().with_containers(),
        }
    }

    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
        let encoded = self.encode_for_anchore(report);
        encoded.map_err(|error| error.into_report_error(&self.url))
    }

    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
        let sent = self.send_payload(payload).await;
        sent.map(drop).map_err(|error| error.into_report_error(&self.url))
    }
}

impl fmt::Debug for AnchoreSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnchoreSink")
            .field("url", &self.url)
            .field("user", &self.user)
            .field("account", &self.account)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
