//! The keys, in the order of a configuration file.

use std::num::NonZeroU32;

use kai_anchore::{AnchoreUrl, Api};
use kai_core::{AnnotationMatch, ImagePattern, LabelSelector, NamespaceName, Tag};
use kai_k8s::{Compression, OnForbidden};

use super::types::{
    Attribution, CredentialType, KubeconfigPath, Listen, Mode, Policy, ReportWindow, Url,
    WrittenPath,
};
use super::update_url::UpdateUrl;
use super::{FlagArity, Key, Kind, Section, Typed, parse};
use crate::logging::Level;
use crate::output::Format;
use crate::secret::Secret;

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
const PATTERN: &str = "a pattern of images, as `nginx`, `ghcr.io/team/**` or `tag=latest`";
const SECONDS: &str = "a whole number of seconds, at least 1, as `90`, `90s`, `5m` or `1h30m`";
const URL: &str = "a URL that begins with `https://` or `http://`";

keys! {
    OUTPUT: Format = parse::format,
        Key::new("output", Kind::Word, "json",
            "`json`, `table`, `images`, `wide`, `yaml`, `jsonl`, `csv`, `markdown`, `refs`, \
             `mirror=skopeo`, `mirror=text`, `cyclonedx` or `html`",
            "Format: json, table, images, wide, csv, refs, …")
        .flag("output", Some('o'), FlagArity::Value("FORMAT"), Section::Output)
        .details("json and table: the images of each namespace. images: a row for each image, \
                  fitted to the terminal. wide, csv, jsonl, markdown: a row for each use of an \
                  image, with its workload. yaml: as json. refs: references for other tools, one a \
                  line. mirror=skopeo, mirror=text: lists for copying images. cyclonedx: \
                  CycloneDX 1.6. html: a page. On a terminal, mode adhoc prints images if no format is set.");
    QUIET: bool = parse::boolean,
        Key::new("quiet", Kind::Switch, "false", BOOLEAN,
            "Log nothing to stderr but the error that ends a run")
        .flag("quiet", Some('q'), FlagArity::Switch, Section::Output)
        .details("It takes precedence over -v, and does not affect a log file.");
    VERBOSE_INVENTORY_REPORTS: bool = parse::boolean,
        Key::new("verbose-inventory-reports", Kind::Switch, "", BOOLEAN,
            "Print the report even if it is delivered")
        .flag("verbose-inventory-reports", Some('i'), FlagArity::Switch, Section::Output)
        .details("If it is not set, the report is printed in mode adhoc, and in the modes periodic \
                  and watch only without delivery. With false, mode adhoc prints the report only \
                  if it was not delivered.");
    MODE: Mode = parse::mode,
        Key::new("mode", Kind::Word, "adhoc", "`adhoc`, `periodic` or `watch`",
            "adhoc: once; periodic: at each interval; watch: at changes")
        .flag("mode", Some('m'), FlagArity::Value("MODE"), Section::Running)
        .details("periodic lists everything at each interval. watch lists it once, and is told of \
                  each change from then on: reports are current within seconds, contain what ran \
                  and ended between them, and cost the API server next to nothing. It requires the \
                  permission to watch pods.");
    POLLING_INTERVAL: NonZeroU32 = parse::at_least_one_second,
        Key::new("polling-interval-seconds", Kind::Duration, "300", SECONDS,
            "Time between reports: seconds, or 5m, 1h")
        .flag("polling-interval-seconds", Some('p'), FlagArity::Value("TIME"), Section::Running)
        .details("Only the modes periodic and watch use it. In mode watch, it is the longest time \
                  between two reports, and the shortest between two that are delivered.");
    WATCH_QUIET: NonZeroU32 = parse::at_least_one_second,
        Key::new("watch.quiet-seconds", Kind::Duration, "5", SECONDS,
            "Mode watch: time without changes of images after which a report is made");
    WATCH_LATEST: NonZeroU32 = parse::at_least_one_second,
        Key::new("watch.latest-seconds", Kind::Duration, "30", SECONDS,
            "Mode watch: time after the first change at which a report is made at the latest");
    WATCH_VERIFY: u32 = parse::seconds,
        Key::new("watch.verify-seconds", Kind::Duration, "3600",
            "a whole number of seconds, as `90`, `90s`, `5m` or `1h30m`; 0 means never",
            "Mode watch: interval at which everything is listed and compared with what is known; 0: \
             never");
    REPORT_WINDOW: ReportWindow = parse::window,
        Key::new("report.window", Kind::Word, "since-last", "`now` or `since-last`",
            "Mode watch: what a report contains: now or since-last")
        .details("now: what runs. since-last: what ran and ended since the last report, too.");
    CHECK_FOR_APP_UPDATE: bool = parse::boolean,
        Key::new("check-for-app-update", Kind::Switch, "true", BOOLEAN,
            "Check for a newer version at each start, if update-url is set");
    UPDATE_URL: UpdateUrl = parse::update_url,
        Key::new("update-url", Kind::Url, "", URL,
            "URL to check for a newer version; empty: no check");
    LOG_LEVEL: Level = parse::level,
        Key::new("log.level", Kind::Word, "info",
            "`trace`, `debug`, `info`, `warn` or `error`",
            "Log more to stderr: -v debug, -vv trace")
        .means("Log level: trace, debug, info, warn or error")
        .flag("verbose", Some('v'), FlagArity::Nothing(&["debug", "trace"]), Section::Output)
        .details("debug logs why each container is left out.");
    LOG_FILE: WrittenPath = parse::path,
        Key::new("log.file", Kind::Path, "", PATH, "File to append the log to")
        .details("With it, nothing is logged to stderr unless -v is given.");
    LOG_STRUCTURED: bool = parse::boolean,
        Key::new("log.structured", Kind::Switch, "false", BOOLEAN,
            "Log one JSON object per line");
    KUBECONFIG_PATH: KubeconfigPath = parse::kubeconfig_path,
        Key::new("kubeconfig.path", Kind::Kubeconfig, "", "a path, or `use-in-cluster`",
            "Kubeconfig of the cluster, or use-in-cluster")
        .flag("kubeconfig", Some('k'), FlagArity::Value("PATH"), Section::Source)
        .details("use-in-cluster selects the service account of the pod that kai runs in. By \
                  default, kai looks where kubectl does: the files in KUBECONFIG, \
                  ~/.kube/config, and then the service account.");
    KUBECONFIG_CONTEXT: String = parse::name,
        Key::new("kubeconfig.context", Kind::Text, "", NAME,
            "Context to use instead of the current one")
        .flag("context", None, FlagArity::Value("NAME"), Section::Source);
    KUBECONFIG_CLUSTER: String = parse::name,
        Key::new("kubeconfig.cluster", Kind::Text, "", NAME,
            "Name of the cluster in the report, unless cluster-name or --context is set");
    CLUSTER_CERT: String = parse::pem,
        Key::new("kubeconfig.cluster-cert", Kind::Data, "", PEM,
            "CA certificates of an inline cluster; empty: the root certificates of the system");
    SERVER: Url = parse::server,
        Key::new("kubeconfig.server", Kind::Url, "",
            "a URL that begins with `https://` or `http://`, without user and password",
            "API server of an inline cluster, without a kubeconfig")
        .details("It requires a token, or a client certificate with its private key.");
    USER_TYPE: CredentialType = parse::credential_type,
        Key::new("kubeconfig.user.type", Kind::Word, "private_key", "`private_key` or `token`",
            "Type of credential for an inline cluster: private_key or token")
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
        .flag("cluster-name", None, FlagArity::Value("NAME"), Section::Output)
        .details("By default, it is the name of the cluster in the kubeconfig.");
    REQUEST_TIMEOUT: NonZeroU32 = parse::at_least_one_second,
        Key::new("kubernetes.request-timeout-seconds", Kind::Duration, "60", SECONDS,
            "Timeout of one request: seconds, or 90s, 5m")
        .flag("request-timeout", None, FlagArity::Value("TIME"), Section::Requests)
        .details("A request is one GET or one page of a list, with all its attempts and waits. A page \
                  may take longer while its objects keep arriving.");
    REQUEST_BATCH_SIZE: Option<u32> = parse::number_or_auto,
        Key::new("kubernetes.request-batch-size", Kind::Number, "auto",
            "`auto`, or a whole number; 0 means no paging",
            "Number of objects per page of a list; 0: no paging; auto: 500, or 5000 of one namespace \
             where the server is Kubernetes 1.34 or later");
    WORKER_POOL_SIZE: Option<NonZeroU32> = parse::at_least_one_or_auto,
        Key::new("kubernetes.worker-pool-size", Kind::Number, "auto",
            "`auto`, or a whole number, at least 1",
            "Maximum number of parallel requests; values above 32 are taken as 32; auto: 8, and up \
             to 32 while the network's latency, not the server, bounds the time");
    ON_FORBIDDEN: OnForbidden = parse::on_forbidden,
        Key::new("kubernetes.on-forbidden", Kind::Word, "fail", "`fail` or `skip`",
            "If pods may not be listed: fail or skip")
        .means("Action for a namespace whose pods may not be listed: fail or skip")
        .flag("on-forbidden", None, FlagArity::Value("ACTION"), Section::Namespaces)
        .details("fail: the run ends with code 3 and without a report. skip: the namespace is left \
                  out of the report, with a warning, and the exit code is still 3.");
    COMPRESSION: Compression = parse::compression,
        Key::new("kubernetes.compression", Kind::Word, "auto", "`auto`, `on` or `off`",
            "Compression of API server responses: auto, on or off")
        .details("auto: off in the cluster, off for a server on this machine (plain HTTP there is a \
                  proxy, and not the server), and off if the kubeconfig disables it; otherwise on.");
    LISTEN: Listen = parse::listen,
        Key::new("listen", Kind::Text, "",
            "an address and a port, as `127.0.0.1:8080` or `[::1]:8080`, or `:8080` for all \
             addresses",
            "Address of the status endpoint, or :PORT for all addresses")
        .flag("listen", None, FlagArity::Value("ADDRESS"), Section::Running)
        .details("Only the modes periodic and watch have a status endpoint.");
    LISTEN_INVENTORY: bool = parse::boolean,
        Key::new("listen-inventory", Kind::Switch, "false", BOOLEAN,
            "Serve the last report (in mode watch, the current one) at the status endpoint")
        .details("Everyone who can connect can read it.");
    INCLUDE: NamespaceName = parse::namespace,
        Key::new("namespace-selectors.include", Kind::Items, "",
            "the name of a namespace: 1 to 63 lower-case letters, digits and dashes, beginning \
             and ending with a letter or digit",
            "Only this namespace (repeatable, or comma-separated)")
        .means("Only these namespaces; empty: all namespaces")
        .flag("namespace", Some('n'), FlagArity::Items { name: "NAME", comma: true },
            Section::Namespaces)
        .details("Permissions in the named namespaces suffice.");
    EXCLUDE: String = parse::exclude,
        Key::new("namespace-selectors.exclude", Kind::Items, "",
            "the name of a namespace or a regular expression",
            "Exclude this namespace, or a regular expression (repeatable)")
        .means("Exclude these namespaces: names or regular expressions")
        .flag("exclude-namespace", None, FlagArity::Items { name: "NAME", comma: false },
            Section::Namespaces)
        .details("An item of lower-case letters, digits and dashes is an exact name. Any other \
                  item is a regular expression that may match anywhere in a name: `^kube-` \
                  excludes kube-system, and `^kube-*` also kubefoo. In the variable, items are \
                  comma-separated.");
    IMAGES_INCLUDE: ImagePattern = parse::pattern,
        Key::new("images.include", Kind::Items, "", PATTERN,
            "Only images that match this pattern (repeatable)")
        .means("Only images that match one of these patterns; empty: all images")
        .flag("image", None, FlagArity::Items { name: "PATTERN", comma: false }, Section::Images)
        .details("A name without a registry matches in any registry: nginx, team/app:1.*. With a \
                  registry it is exact. ** stands for any segments: 'ghcr.io/team/**'. \
                  sha256:94ab12 is a digest or its beginning; registry=quay.io, tag=latest, \
                  pinned=false and regex=EXPR look at one thing.");
    IMAGES_EXCLUDE: ImagePattern = parse::pattern,
        Key::new("images.exclude", Kind::Items, "", PATTERN,
            "Leave out images that match this pattern (repeatable)")
        .means("Leave out images that match one of these patterns")
        .flag("exclude-image", None, FlagArity::Items { name: "PATTERN", comma: false },
            Section::Images);
    PODS_SELECTOR: LabelSelector = parse::label_selector,
        Key::new("pods.selector", Kind::Text, "",
            "a label selector, as `app=web,tier in (api,web),!canary`",
            "Only pods that this label selector selects")
        .flag("selector", Some('l'), FlagArity::Value("SELECTOR"), Section::Images)
        .details("The API server applies it, so that what it leaves out is not counted.");
    PODS_EXCLUDE_ANNOTATIONS: AnnotationMatch = parse::annotation,
        Key::new("pods.exclude-annotations", Kind::Items, "",
            "an annotation, as `example.com/inventory` or `example.com/inventory=off`",
            "Leave out pods with this annotation, KEY or KEY=VALUE (repeatable)")
        .means("Leave out pods with one of these annotations, KEY or KEY=VALUE")
        .flag("exclude-annotation", None, FlagArity::Items { name: "KEY", comma: false },
            Section::Images);
    ATTRIBUTION: Attribution = parse::attribution,
        Key::new("attribution", Kind::Word, "auto", "`auto` or `exact`",
            "How workloads are known: auto (inferred) or exact (looked up)")
        .flag("attribution", None, FlagArity::Value("HOW"), Section::Images)
        .details("auto infers the Deployment of a ReplicaSet and the CronJob of a Job from names \
                  and labels, without a request. exact lists the metadata of ReplicaSets and Jobs, \
                  and requires the permission to do so.");
    MISSING_TAG_POLICY: Policy = parse::policy,
        Key::new("missing-tag-policy.policy", Kind::Word, "digest",
            "`digest`, `insert` or `drop`",
            "Images without a tag: digest, insert or drop")
        .flag("missing-tag-policy", None, FlagArity::Value("POLICY"), Section::Images)
        .details("This applies if only the digest of an image is known. digest: the tag is the \
                  hexadecimal digits of the digest. insert: the tag is --missing-tag. drop: the \
                  image is left out.");
    MISSING_TAG: Tag = parse::tag,
        Key::new("missing-tag-policy.tag", Kind::Text, "UNKNOWN",
            "a tag: 1 to 128 letters, digits, `_`, `.` or `-`, beginning with none of the last \
             two",
            "Tag to insert")
        .flag("missing-tag", None, FlagArity::Value("TAG"), Section::Images);
    IGNORE_NOT_RUNNING: bool = parse::boolean,
        Key::new("ignore-not-running", Kind::Switch, "true", BOOLEAN,
            "Leave out pods that do not run")
        .flag("ignore-not-running", None, FlagArity::Switch, Section::Images)
        .details("A pod runs if its phase is Running or any of its containers runs. With false, all \
                  pods count.");
    ANCHORE_URL: AnchoreUrl = parse::anchore_url,
        Key::new("anchore.url", Kind::Url, "", URL,
            "URL of Anchore; empty: no delivery")
        .details("Delivery requires anchore.user and a password.");
    ANCHORE_USER: String = parse::user,
        Key::new("anchore.user", Kind::Login, "", "a name, without a colon", "User of Anchore")
        .expands();
    ANCHORE_PASSWORD: Secret = parse::secret,
        Key::new("anchore.password", Kind::Secret, "", "a password", "Password of the user")
        .expands();
    ANCHORE_PASSWORD_FILE: WrittenPath = parse::path,
        Key::new("anchore.password-file", Kind::Path, "", PATH,
            "File that contains the password, instead of anchore.password")
        .details("It is read again at each delivery.");
    ANCHORE_ACCOUNT: String = parse::name,
        Key::new("anchore.account", Kind::Login, "admin", NAME, "Account of Anchore");
    ANCHORE_API: Api = parse::api,
        Key::new("anchore.api", Kind::Word, "auto", "`auto`, `v1` or `v2`",
            "API version of Anchore: auto, v1 (Enterprise 4) or v2 (5 and later)");
    ANCHORE_SPOOL: WrittenPath = parse::path,
        Key::new("anchore.spool", Kind::Path, "", "a path of a folder",
            "Directory for the newest undelivered report, in the modes periodic and watch");
    ANCHORE_INSECURE: bool = parse::boolean,
        Key::new("anchore.http.insecure", Kind::Switch, "false", BOOLEAN,
            "Do not verify the certificate of Anchore");
    ANCHORE_TIMEOUT: u32 = parse::seconds,
        Key::new("anchore.http.timeout-seconds", Kind::Duration, "10",
            "a whole number of seconds, as `90`, `90s`, `5m` or `1h30m`; 0 means no limit",
            "Timeout of one delivery: seconds, or 90s, 5m; 0: no timeout");
    ANCHORE_CA_CERT: WrittenPath = parse::path,
        Key::new("anchore.http.ca-cert", Kind::Path, "", "a path of a PEM file",
            "PEM file of certificates to trust in addition to the root certificates of the system");
    NAMESPACES: String = parse::name,
        Key::new("namespaces", Kind::Items, "", "names of namespaces, or `all`",
            "Only these namespaces, if namespace-selectors.include is empty; all: all namespaces")
        .legacy("use `namespace-selectors.include`");
    LEGACY_REQUEST_TIMEOUT: i64 = parse::legacy_seconds,
        Key::new("kubernetes-request-timeout-seconds", Kind::Duration, "",
            "a whole number of seconds, as `90`, `90s`, `5m` or `1h30m`",
            "kubernetes.request-timeout-seconds; takes precedence over it if greater than 0")
        .legacy("use `kubernetes.request-timeout-seconds`")
        .in_files_only();
    PROFILE_CPU: bool = parse::boolean,
        Key::new("dev.profile-cpu", Kind::Switch, "false", BOOLEAN, "None")
        .legacy("it has no effect");
}
