//! A kubeconfig as kubectl reads it: only the context, cluster and user that are used are judged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use kube::config::{
    AuthInfo, AuthProviderConfig, Cluster, Context, ExecConfig, ExecInteractiveMode, NamedExtension,
};
use serde_json::Value as Json;

use super::tree::{self, Node, Repeated, Value};
use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::excerpt::excerpt;

/// The largest kubeconfig that is read: a thousand clusters are some megabytes.
const SIZE_MAX: u64 = 16 * 1024 * 1024;

/// A kubeconfig, or several merged.
#[derive(Debug, Default)]
pub(crate) struct Kubeconfig {
    pub(super) current_context: Option<String>,
    pub(super) contexts: Vec<Entry>,
    pub(super) clusters: Vec<Entry>,
    pub(super) users: Vec<Entry>,
}

/// An entry of one of the lists, of which only the name was looked at so far.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The file that it stands in.
    pub(super) origin: Origin,
    body: Option<Node>,
}

impl Kubeconfig {
    /// Reads the file at a path. It may be a pipe.
    ///
    /// # Errors
    /// When it can't be read, is no YAML, or has two entries of one name in a list.
    pub(super) fn read(path: &Path, origin: &Origin) -> Result<Self, ReadError> {
        let bytes = kai_net::file::read(path, SIZE_MAX).map_err(ReadError::Io)?;
        let (kubeconfig, repeated) = Self::parse(&bytes, origin).map_err(ReadError::Text)?;
        for Repeated { key, line } in repeated {
            // A key may be anything where the file is none.
            let key = excerpt(&key);
            tracing::warn!(
                "the key `{key}` stands twice in {origin} (line {line}): the last one counts"
            );
        }
        Ok(kubeconfig)
    }

    /// Reads a text; also says which keys stand twice.
    ///
    /// # Errors
    /// What is wrong with it, without any secret.
    pub(super) fn parse(bytes: &[u8], origin: &Origin) -> Result<(Self, Vec<Repeated>), String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = str::from_utf8(bytes)
            .map_err(|error| format!("it is no text in UTF-8, at byte {}", error.valid_up_to()))?;
        let (documents, repeated) = tree::read(text)?;
        let mut kubeconfig = Self::default();
        for document in documents {
            kubeconfig.merge(Self::of(&document, origin)?);
        }
        Ok((kubeconfig, repeated))
    }

    fn of(document: &Node, origin: &Origin) -> Result<Self, String> {
        match &document.value {
            Value::Map(_) => {}
            Value::Null => return Ok(Self::default()),
            _ => return Err(format!("expected a mapping at line {}", document.line)),
        }
        let current = match document.get("current-context") {
            None => None,
            Some(node) => Some(text(node).ok_or_else(|| {
                format!("expected a text as `current-context` at line {}", node.line)
            })?),
        };
        Ok(Self {
            current_context: current.filter(|name| !name.is_empty()),
            contexts: entries(document, "contexts", "context", origin)?,
            clusters: entries(document, "clusters", "cluster", origin)?,
            users: entries(document, "users", "user", origin)?,
        })
    }

    /// Adds what the next file has and this one has not, as kubectl [merges] files.
    ///
    /// [merges]: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
    pub(super) fn merge(&mut self, next: Self) {
        let merge = |known: &mut Vec<Entry>, next: Vec<Entry>| {
            let names: HashSet<_> = known.iter().map(|entry| entry.name.clone()).collect();
            known.extend(next.into_iter().filter(|entry| !names.contains(&entry.name)));
        };
        merge(&mut self.contexts, next.contexts);
        merge(&mut self.clusters, next.clusters);
        merge(&mut self.users, next.users);
        self.current_context = self.current_context.take().or(next.current_context);
    }

    /// The names of the contexts, in their order.
    pub(crate) fn context_names(self) -> Vec<String> {
        names(&self.contexts)
    }
}

/// Why a kubeconfig can't be read.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(std::io::Error),
    Text(String),
}

impl ReadError {
    /// The error of the kubeconfig from this place.
    pub(super) fn of(self, origin: Origin) -> ConnectError {
        let source = match self {
            Self::Io(error) => error.into(),
            Self::Text(why) => why.into(),
        };
        ConnectError::Kubeconfig { origin, source }
    }
}

/// The names of entries.
pub(super) fn names(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

/// The entries of a list. Names are unique, as client-go has it.
fn entries(document: &Node, list: &str, body: &str, origin: &Origin) -> Result<Vec<Entry>, String> {
    let items = match document.get(list).map(|node| (&node.value, node.line)) {
        None => return Ok(Vec::new()),
        Some((Value::List(items), _)) => items,
        Some((_, line)) => return Err(format!("expected a list as `{list}` at line {line}")),
    };
    let mut known = HashSet::new();
    let mut entries = Vec::new();
    for item in items {
        let name = item.get("name").and_then(text).unwrap_or_default();
        if !known.insert(name.clone()) {
            let (line, name) = (item.line, excerpt(&name));
            return Err(format!("`{list}` has `{name}` twice, again at line {line}"));
        }
        entries.push(Entry { name, origin: origin.clone(), body: item.get(body).cloned() });
    }
    Ok(entries)
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

impl Entry {
    /// What the entry is, read by its kind; `None` where there is nothing in it.
    ///
    /// # Errors
    /// When a field can't be what it is.
    pub(super) fn read<T>(
        &self,
        of: fn(&Fields<'_>) -> Result<T, ConnectError>,
    ) -> Result<Option<T>, ConnectError> {
        let folder = match &self.origin {
            Origin::File(path) | Origin::Restricted(path) => path.parent(),
            _ => None,
        };
        let fields = |node| Fields { node, origin: &self.origin, folder };
        self.body.as_ref().map(|node| of(&fields(node))).transpose()
    }
}

/// The fields of a mapping.
pub(super) struct Fields<'n> {
    node: &'n Node,
    origin: &'n Origin,
    /// What relative paths begin at.
    folder: Option<&'n Path>,
}

impl<'n> Fields<'n> {
    fn invalid(&self, what: &'static str, why: impl Into<String>) -> ConnectError {
        ConnectError::Value { origin: self.origin.clone(), what, why: why.into() }
    }

    /// The last part of a field's name is its key.
    fn find(&self, what: &'static str) -> Option<&'n Node> {
        self.node.get(what.rsplit('.').next().unwrap_or(what))
    }

    fn text(&self, what: &'static str) -> Result<Option<String>, ConnectError> {
        let Some(node) = self.find(what) else { return Ok(None) };
        text(node).map(Some).ok_or_else(|| {
            self.invalid(what, format!("it is no text (line {}), and has to be one", node.line))
        })
    }

    fn switch(&self, what: &'static str) -> Result<Option<bool>, ConnectError> {
        match self.text(what)?.map(|text| text.to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "on" | "y") => Ok(Some(true)),
            Some("false" | "no" | "off" | "n") => Ok(Some(false)),
            Some(_) => Err(self.invalid(what, "it can be `true` or `false`")),
        }
    }

    fn items(&self, what: &'static str) -> Result<Option<&'n [Node]>, ConnectError> {
        match self.find(what) {
            None => Ok(None),
            Some(Node { value: Value::List(items), .. }) => Ok(Some(items)),
            Some(node) => {
                let why = format!("it is no list (line {}), and has to be one", node.line);
                Err(self.invalid(what, why))
            }
        }
    }

    fn texts(&self, what: &'static str) -> Result<Option<Vec<String>>, ConnectError> {
        let Some(items) = self.items(what)? else { return Ok(None) };
        let texts: Option<Vec<_>> = items.iter().map(text).collect();
        texts.map(Some).ok_or_else(|| self.invalid(what, "it has to be a list of texts"))
    }

    /// The fields of a mapping within.
    fn within(&self, what: &'static str) -> Result<Option<Fields<'n>>, ConnectError> {
        match self.find(what) {
            None => Ok(None),
            Some(node @ Node { value: Value::Map(_), .. }) => Ok(Some(Fields { node, ..*self })),
            Some(node) => {
                let why = format!("it is no mapping (line {}), and has to be one", node.line);
                Err(self.invalid(what, why))
            }
        }
    }

    fn entries(&self) -> &'n [(String, Node)] {
        match &self.node.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A path, which begins at the folder of the file.
    fn path(&self, what: &'static str) -> Result<Option<String>, ConnectError> {
        let path = self.text(what)?.filter(|path| !path.is_empty());
        Ok(path.map(|path| self.absolute(path)))
    }

    fn absolute(&self, path: String) -> String {
        let folder = self.folder.filter(|_| Path::new(&path).is_relative());
        let joined = folder.map(|folder: &Path| folder.join(&path));
        joined.and_then(|joined: PathBuf| joined.to_str().map(str::to_owned)).unwrap_or(path)
    }
}

/// What a context names.
pub(super) fn context(fields: &Fields<'_>) -> Result<Context, ConnectError> {
    Ok(Context {
        cluster: fields.text("contexts[].context.cluster")?.unwrap_or_default(),
        user: fields.text("contexts[].context.user")?,
        ..Context::default()
    })
}

/// What is said of a cluster.
pub(super) fn cluster(fields: &Fields<'_>) -> Result<Cluster, ConnectError> {
    Ok(Cluster {
        server: fields.text("server")?,
        insecure_skip_tls_verify: fields.switch("insecure-skip-tls-verify")?,
        certificate_authority: fields.path("certificate-authority")?,
        certificate_authority_data: fields.text("certificate-authority-data")?,
        proxy_url: fields.text("proxy-url")?,
        disable_compression: fields.switch("disable-compression")?,
        tls_server_name: fields.text("tls-server-name")?,
        extensions: extensions(fields)?,
        ..Cluster::default()
    })
}

/// The extensions that have a name and a content, for a plugin that wants to know.
fn extensions(fields: &Fields<'_>) -> Result<Option<Vec<NamedExtension>>, ConnectError> {
    let Some(items) = fields.items("extensions")? else { return Ok(None) };
    let extension = |item: &Node| {
        let name = item.get("name").and_then(text)?;
        Some(NamedExtension { name, extension: json(item.get("extension")?) })
    };
    Ok(Some(items.iter().filter_map(extension).collect()))
}

/// What is said of a user.
pub(super) fn user(fields: &Fields<'_>) -> Result<AuthInfo, ConnectError> {
    let secret = |what| fields.text(what).map(|text| text.map(Into::into));
    Ok(AuthInfo {
        username: fields.text("users[].user.username")?,
        password: secret("users[].user.password")?,
        token: secret("users[].user.token")?,
        token_file: fields.path("tokenFile")?,
        client_certificate: fields.path("client-certificate")?,
        client_certificate_data: fields.text("client-certificate-data")?,
        client_key: fields.path("client-key")?,
        client_key_data: secret("client-key-data")?,
        impersonate: fields.text("as")?,
        impersonate_uid: fields.text("as-uid")?,
        impersonate_groups: fields.texts("as-groups")?,
        impersonate_user_extra: extra(fields)?,
        auth_provider: fields.within("auth-provider")?.as_ref().map(provider).transpose()?,
        exec: fields.within("exec")?.as_ref().map(exec).transpose()?,
        ..AuthInfo::default()
    })
}

fn extra(fields: &Fields<'_>) -> Result<Option<HashMap<String, Vec<String>>>, ConnectError> {
    let what = "as-user-extra";
    let Some(extra) = fields.within(what)? else { return Ok(None) };
    let texts = |node: &Node| match &node.value {
        Value::Null => Some(Vec::new()),
        Value::List(items) => items.iter().map(text).collect(),
        _ => None,
    };
    let entries = extra.entries().iter().map(|(key, node)| Some((key.clone(), texts(node)?)));
    let entries: Option<HashMap<_, _>> = entries.collect();
    entries.map(Some).ok_or_else(|| fields.invalid(what, "each key has to be a list of texts"))
}

fn provider(fields: &Fields<'_>) -> Result<AuthProviderConfig, ConnectError> {
    let config = fields.within("auth-provider.config")?;
    let entries = config.iter().flat_map(Fields::entries);
    Ok(AuthProviderConfig {
        name: fields.text("auth-provider.name")?.unwrap_or_default(),
        config: entries.filter_map(|(key, node)| Some((key.clone(), text(node)?))).collect(),
        other: BTreeMap::new(),
    })
}

fn exec(fields: &Fields<'_>) -> Result<ExecConfig, ConnectError> {
    let mode = fields.text("exec.interactiveMode")?.filter(|mode| !mode.is_empty());
    let interactive_mode = match mode.as_deref() {
        None => None,
        Some("Never") => Some(ExecInteractiveMode::Never),
        Some("IfAvailable") => Some(ExecInteractiveMode::IfAvailable),
        Some("Always") => Some(ExecInteractiveMode::Always),
        Some(other) => {
            let other = excerpt(other);
            let why = format!("it is `{other}`; it can be `Never`, `IfAvailable` or `Always`");
            return Err(fields.invalid("exec.interactiveMode", why));
        }
    };
    let variable = |node: &Node| {
        let of = |key: &str| node.get(key).and_then(text).map(|text| (key.to_owned(), text));
        ["name", "value"].into_iter().filter_map(of).collect::<HashMap<_, _>>()
    };
    let command = fields.text("exec.command")?;
    Ok(ExecConfig {
        api_version: fields.text("exec.apiVersion")?,
        // A bare name is looked up in PATH.
        command: command.map(|command| {
            let is_path = command.contains(std::path::MAIN_SEPARATOR);
            if is_path { fields.absolute(command) } else { command }
        }),
        args: fields.texts("exec.args")?,
        env: fields.items("exec.env")?.map(|items| items.iter().map(variable).collect()),
        install_hint: fields.text("exec.installHint")?,
        interactive_mode,
        provide_cluster_info: fields.switch("exec.provideClusterInfo")?.unwrap_or_default(),
        ..ExecConfig::default()
    })
}

/// A value as JSON, as Go makes it of YAML.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, plain: true } => match &**text {
            "true" | "True" | "TRUE" => Json::Bool(true),
            "false" | "False" | "FALSE" => Json::Bool(false),
            _ => serde_json::from_str::<serde_json::Number>(text)
                .map_or_else(|_| text.clone().into(), Json::Number),
        },
        Value::Scalar { text, .. } => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, node)| (key.clone(), json(node))).collect()
        }
    }
}
