//! The keys, in the order of a configuration file.

use std::num::NonZeroU32;

use kai_anchore::{AnchoreUrl, Api};
use kai_core::{NamespaceName, Tag};
use kai_k8s::{Compression, OnForbidden};

use super::types::{CredentialType, KubeconfigPath, Listen, Mode, Policy, Url, WrittenPath};
use super::{Key, Kind, Section, Takes, Typed, parse};
use crate::logging::Level;
use crate::output::Format;
use crate::secret::Secret;
use crate::update::UpdateUrl;

/// Declares the keys, and [`ALL`] of them.
macro_rules! keys {
    ($($id:ident: $type:ty = $parse:path, $key:expr;)*) => {
        $(pub(crate) static $id: Typed<$type> = Typed { key: $key, parse: $parse };)*

        /// Every key, in the order of a configuration file.
        pub(crate) static ALL: &[&Key] = &[$(&$id.key),*];
    };
}

const BOOLEAN: &str = "`true` or `false`";
const NAME: &str = "a name";
const PATH: &str = "a path";
const PEM: &str = "base64 of PEM";
const SECONDS: &str = "a whole number of seconds, at least 1, as `90`, `90s`, `5m` or `1h30m`";
const URL: &str = "a URL that begins with `https://` or `http://`";

keys! {
    OUTPUT: Format = parse::format,
        Key::new("output", Kind::Word, "json", "`json` or `table`",
            "Form of the report: json or table")
        .flag("output", Some('o'), Takes::Value("FORMAT"), Section::Output);
    QUIET: bool = parse::boolean,
        Key::new("quiet", Kind::Switch, "false", BOOLEAN,
            "Nothing but the report, and the error that ends a run")
        .flag("quiet", Some('q'), Takes::Switch, Section::Output)
        .details("It wins over -v, and leaves a log file as it is.");
    VERBOSE_INVENTORY_REPORTS: bool = parse::boolean,
        Key::new("verbose-inventory-reports", Kind::Switch, "", BOOLEAN,
            "Print the report also where it is delivered")
        .flag("verbose-inventory-reports", Some('i'), Takes::Switch, Section::Output)
        .details("Unless it is set, the report is printed in mode adhoc, and in mode periodic \
                  only where Anchore is off. With false, mode adhoc prints a report that was \
                  not delivered all the same.");
    MODE: Mode = parse::mode,
        Key::new("mode", Kind::Word, "adhoc", "`adhoc` or `periodic`",
            "adhoc: once; periodic: again and again")
        .flag("mode", Some('m'), Takes::Value("MODE"), Section::Running);
    POLLING_INTERVAL: NonZeroU32 = parse::at_least_one_second,
        Key::new("polling-interval-seconds", Kind::Duration, "300", SECONDS,
            "Time between reports: seconds, or 5m, 1h")
        .flag("polling-interval-seconds", Some('p'), Takes::Value("TIME"), Section::Running)
        .details("Only mode periodic uses it.");
    CHECK_FOR_APP_UPDATE: bool = parse::boolean,
        Key::new("check-for-app-update", Kind::Switch, "true", BOOLEAN,
            "Whether to ask for a newer kai at each start, where update-url is set");
    UPDATE_URL: UpdateUrl = parse::update_url,
        Key::new("update-url", Kind::Url, "", URL,
            "Where to ask for a newer kai; empty: nowhere");
    LOG_LEVEL: Level = parse::level,
        Key::new("log.level", Kind::Word, "info",
            "`trace`, `debug`, `info`, `warn` or `error`",
            "Say more on stderr: -v debug, -vv trace")
        .means("What is logged: trace, debug, info, warn or error")
        .flag("verbose", Some('v'), Takes::Nothing(&["debug", "trace"]), Section::Output)
        .details("debug says of each container why it is left out.");
    LOG_FILE: WrittenPath = parse::path,
        Key::new("log.file", Kind::Path, "", PATH, "File that the log is appended to")
        .details("With it, the console is silent unless -v is typed.");
    LOG_STRUCTURED: bool = parse::boolean,
        Key::new("log.structured", Kind::Switch, "false", BOOLEAN,
            "Log one JSON object a line");
    KUBECONFIG_PATH: KubeconfigPath = parse::kubeconfig_path,
        Key::new("kubeconfig.path", Kind::Kubeconfig, "", "a path, or `use-in-cluster`",
            "Kubeconfig of the cluster, or use-in-cluster")
        .flag("kubeconfig", Some('k'), Takes::Value("PATH"), Section::Source)
        .details("The latter means the service account of the pod that kai runs in. Without \
                  it, kai looks where kubectl does: the files that KUBECONFIG names, \
                  ~/.kube/config, and then the service account.");
    KUBECONFIG_CONTEXT: String = parse::name,
        Key::new("kubeconfig.context", Kind::Text, "", NAME,
            "Context to use instead of the current one")
        .flag("context", None, Takes::Value("NAME"), Section::Source);
    KUBECONFIG_CLUSTER: String = parse::name,
        Key::new("kubeconfig.cluster", Kind::Text, "", NAME,
            "Name of the cluster in the report, unless cluster-name or --context is given");
    CLUSTER_CERT: String = parse::pem,
        Key::new("kubeconfig.cluster-cert", Kind::Data, "", PEM,
            "Certificate to trust of a cluster given in place; empty: the system's roots");
    SERVER: Url = parse::server,
        Key::new("kubeconfig.server", Kind::Url, "",
            "a URL that begins with `https://` or `http://`, without user and password",
            "API server of a cluster given in place, without a kubeconfig")
        .details("It needs a token, or a client certificate with its private key.");
    USER_TYPE: CredentialType = parse::credential_type,
        Key::new("kubeconfig.user.type", Kind::Word, "private_key", "`private_key` or `token`",
            "Who we are on a cluster given in place: private_key or token")
        .expands();
    CLIENT_CERT: String = parse::pem,
        Key::new("kubeconfig.user.client-cert", Kind::Data, "", PEM,
            "Client certificate, for the type private_key")
        .expands();
    PRIVATE_KEY: Secret = parse::private_key,
        Key::new("kubeconfig.user.private-key", Kind::Secret, "", PEM,
            "Private key of the client certificate")
        .expands();
    USER_TOKEN: Secret = parse::token,
        Key::new("kubeconfig.user.token", Kind::Secret, "",
            "a token: one word of visible characters",
            "Bearer token, for the type token")
        .expands();
    CLUSTER_NAME: String = parse::name,
        Key::new("cluster-name", Kind::Text, "", NAME, "Name of the cluster in the report")
        .flag("cluster-name", None, Takes::Value("NAME"), Section::Output)
        .details("Without it, it is the name that the kubeconfig gives the cluster.");
    REQUEST_TIMEOUT: NonZeroU32 = parse::at_least_one_second,
        Key::new("kubernetes.request-timeout-seconds", Kind::Duration, "60", SECONDS,
            "Time for one request: seconds, or 90s, 5m")
        .flag("request-timeout", None, Takes::Value("TIME"), Section::Requests)
        .details("That is one GET or one page of a list, all its attempts and waits together.");
    REQUEST_BATCH_SIZE: u32 = parse::number,
        Key::new("kubernetes.request-batch-size", Kind::Number, "500",
            "a whole number; 0 means no paging",
            "How many objects one page of a list holds; 0: no paging");
    WORKER_POOL_SIZE: NonZeroU32 = parse::at_least_one,
        Key::new("kubernetes.worker-pool-size", Kind::Number, "8",
            "a whole number, at least 1",
            "How many requests are in flight at the most; above 32 it is taken as 32");
    ON_FORBIDDEN: OnForbidden = parse::on_forbidden,
        Key::new("kubernetes.on-forbidden", Kind::Word, "fail", "`fail` or `skip`",
            "Where pods may not be listed: fail or skip")
        .means("What to do about a namespace whose pods may not be listed: fail or skip")
        .flag("on-forbidden", None, Takes::Value("ACTION"), Section::Namespaces)
        .details("fail: the run ends with code 3 and without a report. skip: the report lacks the \
                  namespace, with a warning, and the code is 3 all the same.");
    COMPRESSION: Compression = parse::compression,
        Key::new("kubernetes.compression", Kind::Word, "auto", "`auto`, `on` or `off`",
            "Whether the API server compresses its answers: auto, on or off")
        .details("auto: not in the cluster, not on this machine, and not where the kubeconfig disables it.");
    LISTEN: Listen = parse::listen,
        Key::new("listen", Kind::Text, "",
            "an address and a port, as `127.0.0.1:8080` or `[::1]:8080`, or `:8080` for all \
             addresses",
            "Address of the status endpoint, or :PORT for all")
        .flag("listen", None, Takes::Value("ADDRESS"), Section::Running)
        .details("Only mode periodic has one.");
    LISTEN_INVENTORY: bool = parse::boolean,
        Key::new("listen-inventory", Kind::Switch, "false", BOOLEAN,
            "Whether the status endpoint shows the last report")
        .details("To whoever can connect, it maps every image of the cluster.");
    INCLUDE: NamespaceName = parse::namespace,
        Key::new("namespace-selectors.include", Kind::Items, "",
            "the name of a namespace: 1 to 63 lower-case letters, digits and dashes, beginning \
             and ending with a letter or digit",
            "Only this namespace (repeatable, or with commas)")
        .means("Only these namespaces; empty: every one")
        .flag("namespace", Some('n'), Takes::Items { name: "NAME", comma: true },
            Section::Namespaces)
        .details("Rights in the named namespaces suffice then.");
    EXCLUDE: String = parse::exclude,
        Key::new("namespace-selectors.exclude", Kind::Items, "",
            "the name of a namespace or a regular expression",
            "Not this one, or a regular expression (repeatable)")
        .means("Not these namespaces: names, or regular expressions")
        .flag("exclude-namespace", None, Takes::Items { name: "NAME", comma: false },
            Section::Namespaces)
        .details("What looks like a name is an exact one. Anything else is a regular expression \
                  that may match anywhere in a name: `^kube-` excludes kube-system, and \
                  `^kube-*` also kubefoo. In the variable, a comma separates items.");
    MISSING_TAG_POLICY: Policy = parse::policy,
        Key::new("missing-tag-policy.policy", Kind::Word, "digest",
            "`digest`, `insert` or `drop`",
            "Images without a tag: digest, insert or drop")
        .flag("missing-tag-policy", None, Takes::Value("POLICY"), Section::Images)
        .details("Such an image is known by its digest only. digest: the tag is the digest's \
                  hexadecimal digits. insert: it is that of --missing-tag. drop: the image is \
                  left out.");
    MISSING_TAG: Tag = parse::tag,
        Key::new("missing-tag-policy.tag", Kind::Text, "UNKNOWN",
            "a tag: 1 to 128 letters, digits, `_`, `.` or `-`, beginning with none of the last \
             two",
            "The tag to insert")
        .flag("missing-tag", None, Takes::Value("TAG"), Section::Images);
    IGNORE_NOT_RUNNING: bool = parse::boolean,
        Key::new("ignore-not-running", Kind::Switch, "true", BOOLEAN,
            "Leave out pods of which nothing runs")
        .flag("ignore-not-running", None, Takes::Switch, Section::Images)
        .details("With false, every pod counts.");
    ANCHORE_URL: AnchoreUrl = parse::anchore_url,
        Key::new("anchore.url", Kind::Url, "", URL,
            "Anchore that the report is delivered to; empty: nothing is delivered")
        .details("It needs anchore.user and a password.");
    ANCHORE_USER: String = parse::user,
        Key::new("anchore.user", Kind::Login, "", "a name, without a colon", "User of Anchore")
        .expands();
    ANCHORE_PASSWORD: Secret = parse::secret,
        Key::new("anchore.password", Kind::Secret, "", "a password", "Password of that user")
        .expands();
    ANCHORE_PASSWORD_FILE: WrittenPath = parse::path,
        Key::new("anchore.password-file", Kind::Path, "", PATH,
            "File with the password, instead of anchore.password")
        .details("It is read again at each delivery.");
    ANCHORE_ACCOUNT: String = parse::name,
        Key::new("anchore.account", Kind::Login, "admin", NAME, "Account of Anchore");
    ANCHORE_API: Api = parse::api,
        Key::new("anchore.api", Kind::Word, "auto", "`auto`, `v1` or `v2`",
            "API of Anchore: auto, v1 (Enterprise 4) or v2 (5 and later)");
    ANCHORE_SPOOL: WrittenPath = parse::path,
        Key::new("anchore.spool", Kind::Path, "", "a path of a folder",
            "Folder that keeps the newest undelivered report, in mode periodic");
    ANCHORE_INSECURE: bool = parse::boolean,
        Key::new("anchore.http.insecure", Kind::Switch, "false", BOOLEAN,
            "Accept any certificate from Anchore");
    ANCHORE_TIMEOUT: u32 = parse::seconds,
        Key::new("anchore.http.timeout-seconds", Kind::Duration, "10",
            "a whole number of seconds, as `90`, `90s`, `5m` or `1h30m`; 0 means no limit",
            "Time for one delivery: seconds, or 90s, 5m; 0: no limit");
    ANCHORE_CA_CERT: WrittenPath = parse::path,
        Key::new("anchore.http.ca-cert", Kind::Path, "", "a path of a PEM file",
            "Certificates to trust besides the system's roots, as PEM");
    NAMESPACES: String = parse::name,
        Key::new("namespaces", Kind::Items, "", "names of namespaces, or `all`",
            "Only these namespaces, where namespace-selectors.include is empty; all: every one")
        .legacy("use `namespace-selectors.include`");
    LEGACY_REQUEST_TIMEOUT: i64 = parse::legacy_seconds,
        Key::new("kubernetes-request-timeout-seconds", Kind::Duration, "",
            "a whole number of seconds, as `90`, `90s`, `5m` or `1h30m`",
            "kubernetes.request-timeout-seconds, over which it wins where it is more than 0")
        .legacy("use `kubernetes.request-timeout-seconds`")
        .in_files_only();
    PROFILE_CPU: bool = parse::boolean,
        Key::new("dev.profile-cpu", Kind::Switch, "false", BOOLEAN, "Nothing")
        .legacy("it has no effect");
}
