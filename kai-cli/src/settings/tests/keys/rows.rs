//! One row for each key.

use super::super::*;
use crate::fips;
use crate::keys::{self, Key};
use kai_anchore::{CaCertificate, Password};
use secrecy::ExposeSecret;

/// A key, what it comes to by default, and two texts with what each comes to.
pub(super) struct Row {
    pub(super) key: &'static Key,
    /// What else has to be set for it to have an effect.
    pub(super) with: Variables,
    pub(super) default: &'static str,
    pub(super) one: (&'static str, &'static str),
    pub(super) other: (&'static str, &'static str),
    pub(super) shows: fn(&Settings) -> String,
}

fn row(
    key: &'static Key,
    default: &'static str,
    one: (&'static str, &'static str),
    other: (&'static str, &'static str),
    shows: fn(&Settings) -> String,
) -> Row {
    Row { key, with: &[], default, one, other, shows }
}

impl Row {
    fn with(self, with: Variables) -> Self {
        Self { with, ..self }
    }
}

const PERIODIC: Variables = &[("KAI_MODE", "periodic")];
const WATCH: Variables = &[("KAI_MODE", "watch")];
const INSERT: Variables = &[("KAI_MISSING_TAG_POLICY_POLICY", "insert")];
const URL: Variables = &[("KAI_ANCHORE_USER", "me"), ("KAI_ANCHORE_PASSWORD", "p")];
const USER: Variables =
    &[("KAI_ANCHORE_URL", "https://anchore.example"), ("KAI_ANCHORE_PASSWORD", "p")];
const PASSWORD: Variables =
    &[("KAI_ANCHORE_URL", "https://anchore.example"), ("KAI_ANCHORE_USER", "me")];
const ANCHORE: Variables = &[
    ("KAI_ANCHORE_URL", "https://anchore.example"),
    ("KAI_ANCHORE_USER", "me"),
    ("KAI_ANCHORE_PASSWORD", "p"),
];
const UPDATE: Variables = &[("KAI_UPDATE_URL", "https://example.com")];

fn anchore(settings: &Settings) -> &Anchore {
    &settings.anchore[0]
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = of_running();
    rows.extend(of_the_cluster());
    rows.extend(of_the_report());
    rows.extend(of_filters());
    rows.extend(of_delivery());
    rows
}

fn of_running() -> Vec<Row> {
    vec![
        row(&keys::OUTPUT.key, "Json", ("Table", "Table"), ("JSON", "Json"), |settings| {
            format!("{:?}", settings.output)
        }),
        row(&keys::QUIET.key, "true", ("TRUE", "false"), ("0", "true"), |settings| {
            settings.log.console.to_string()
        }),
        row(
            &keys::VERBOSE_INVENTORY_REPORTS.key,
            "None",
            ("true", "Some(true)"),
            ("f", "Some(false)"),
            |settings| format!("{:?}", settings.print),
        ),
        row(&keys::MODE.key, "Adhoc", ("Periodic", "Periodic"), ("ADHOC", "Adhoc"), |settings| {
            format!("{:?}", settings.schedule).split(' ').next().unwrap().into()
        }),
        row(&keys::POLLING_INTERVAL.key, "300s", ("1", "1s"), ("1m30s", "90s"), interval)
            .with(PERIODIC),
        row(
            &keys::LISTEN.key,
            "None",
            (":80", "Some(Everywhere(80))"),
            ("[::1]:0", "Some(At([::1]:0))"),
            listen,
        )
        .with(PERIODIC),
        row(
            &keys::LISTEN_INVENTORY.key,
            "false",
            ("true", "true"),
            ("false", "false"),
            |settings| match settings.schedule {
                Schedule::Periodic { listen_inventory, .. } => listen_inventory.to_string(),
                Schedule::Adhoc => panic!(),
            },
        )
        .with(PERIODIC),
        row(&keys::WATCH_QUIET.key, "5s", ("1", "1s"), ("1m", "60s"), |settings| {
            format!("{:?}", watch(settings).quiet)
        })
        .with(WATCH),
        row(&keys::WATCH_LATEST.key, "30s", ("10s", "10s"), ("5m", "300s"), |settings| {
            format!("{:?}", watch(settings).latest)
        })
        .with(WATCH),
        row(
            &keys::WATCH_VERIFY.key,
            "Some(3600s)",
            ("0", "None"),
            ("2h", "Some(7200s)"),
            |settings| format!("{:?}", watch(settings).verify),
        )
        .with(WATCH),
        row(
            &keys::REPORT_WINDOW.key,
            "SinceLast",
            ("Now", "Now"),
            ("SINCE-LAST", "SinceLast"),
            |settings| format!("{:?}", watch(settings).window),
        )
        .with(WATCH),
        row(
            &keys::CHECK_FOR_APP_UPDATE.key,
            "Some(UpdateUrl(https://example.com/))",
            ("false", "None"),
            ("true", "Some(UpdateUrl(https://example.com/))"),
            |settings| format!("{:?}", settings.update),
        )
        .with(UPDATE),
        row(
            &keys::UPDATE_URL.key,
            "None",
            ("http://a", "Some(UpdateUrl(http://a/))"),
            ("http://b", "Some(UpdateUrl(http://b/))"),
            |settings| format!("{:?}", settings.update),
        ),
        row(
            &keys::LOG_LEVEL.key,
            "Level(Info)",
            ("Warning", "Level(Warn)"),
            ("trace", "Level(Trace)"),
            |settings| format!("{:?}", settings.log.level),
        ),
        row(
            &keys::LOG_FILE.key,
            "None",
            ("a b", "Some(\"a b\")"),
            ("/c", "Some(\"/c\")"),
            |settings| format!("{:?}", settings.log.file),
        ),
        row(&keys::LOG_STRUCTURED.key, "false", ("true", "true"), ("false", "false"), |settings| {
            settings.log.structured.to_string()
        }),
    ]
}

fn watch(settings: &Settings) -> Watch {
    match settings.schedule {
        Schedule::Periodic { watch: Some(watch), .. } => watch,
        _ => panic!(),
    }
}

fn interval(settings: &Settings) -> String {
    match settings.schedule {
        Schedule::Periodic { interval, .. } => format!("{interval:?}"),
        Schedule::Adhoc => panic!(),
    }
}

fn listen(settings: &Settings) -> String {
    match settings.schedule {
        Schedule::Periodic { listen, .. } => format!("{listen:?}"),
        Schedule::Adhoc => panic!(),
    }
}

fn which(settings: &Settings) -> String {
    match &of_cluster(settings).settings {
        ClusterSettings::Default(_) => "Default(..)".into(),
        ClusterSettings::Kubeconfig { path, .. } => path.display().to_string(),
        other => format!("{other:?}"),
    }
}

fn context(settings: &Settings) -> String {
    match &of_cluster(settings).settings {
        ClusterSettings::Default(overrides) => format!("{:?}", overrides.context),
        other => format!("{other:?}"),
    }
}

fn cluster_name(settings: &Settings) -> String {
    format!("{:?}", settings.cluster_name)
}

fn of_the_cluster() -> Vec<Row> {
    vec![
        row(
            &keys::KUBECONFIG_PATH.key,
            "Default(..)",
            ("use-in-cluster", "InCluster"),
            ("/etc/kube", "/etc/kube"),
            which,
        ),
        row(
            &keys::KUBECONFIG_CONTEXT.key,
            "None",
            ("staging", "Some(\"staging\")"),
            ("production", "Some(\"production\")"),
            context,
        ),
        row(
            &keys::KUBECONFIG_CLUSTER.key,
            "None",
            ("eks-prod", "Some(\"eks-prod\")"),
            ("1.10", "Some(\"1.10\")"),
            cluster_name,
        ),
        row(
            &keys::CLUSTER_NAME.key,
            "None",
            ("eks-prod", "Some(\"eks-prod\")"),
            ("007", "Some(\"007\")"),
            cluster_name,
        ),
        row(&keys::REQUEST_TIMEOUT.key, "60s", ("1s", "1s"), ("90", "90s"), |settings| {
            format!("{:?}", of_cluster(settings).options.request_timeout)
        }),
        row(
            &keys::REQUEST_BATCH_SIZE.key,
            "None",
            ("0", "Some(0)"),
            ("100", "Some(100)"),
            |settings| format!("{:?}", of_cluster(settings).options.page_size),
        ),
        row(
            &keys::WORKER_POOL_SIZE.key,
            "None",
            ("32", "Some(32)"),
            ("100", "Some(32)"),
            |settings| format!("{:?}", of_cluster(settings).options.max_in_flight),
        ),
        row(&keys::ON_FORBIDDEN.key, "Fail", ("Skip", "Skip"), ("fail", "Fail"), |settings| {
            format!("{:?}", of_cluster(settings).options.on_forbidden)
        }),
        row(&keys::COMPRESSION.key, "Auto", ("on", "On"), ("off", "Off"), |settings| {
            format!("{:?}", of_cluster(settings).options.compression)
        }),
    ]
}

fn of_the_report() -> Vec<Row> {
    let policy = |settings: &Settings| field(settings, "missing_tag_policy");
    vec![
        row(
            &keys::INCLUDE.key,
            "a b kube-system kubefoo",
            (" a , b ", "a b"),
            ("b, kubefoo", "b kubefoo"),
            selected,
        ),
        row(
            &keys::EXCLUDE.key,
            "a b kube-system kubefoo",
            ("a, ^kube-", "b kubefoo"),
            ("^kube.*", "a b"),
            selected,
        ),
        row(
            &keys::MISSING_TAG_POLICY.key,
            "Digest",
            ("Insert", "Insert(Tag(\"UNKNOWN\"))"),
            ("drop", "Drop"),
            policy,
        ),
        row(
            &keys::MISSING_TAG.key,
            "Insert(Tag(\"UNKNOWN\"))",
            ("none", "Insert(Tag(\"none\"))"),
            ("1.10", "Insert(Tag(\"1.10\"))"),
            policy,
        )
        .with(INSERT),
        row(&keys::IGNORE_NOT_RUNNING.key, "true", ("false", "false"), ("t", "true"), |settings| {
            field(settings, "ignore_not_running")
        }),
    ]
}

fn of_filters() -> Vec<Row> {
    /// Which of some images count.
    fn images(settings: &Settings) -> String {
        let all = ["nginx:1", "team/nginx:2", "redis:1"];
        let filter = settings.collect.image_filter();
        all.into_iter().filter(|it| filter.admits(&it.parse().unwrap(), false)).collect()
    }
    let annotations = |settings: &Settings| {
        settings.collect.pod_filter().excluded().iter().map(ToString::to_string).collect()
    };
    vec![
        row(
            &keys::IMAGES_INCLUDE.key,
            "nginx:1team/nginx:2redis:1",
            ("redis", "redis:1"),
            ("nginx", "nginx:1team/nginx:2"),
            images,
        ),
        row(
            &keys::IMAGES_EXCLUDE.key,
            "nginx:1team/nginx:2redis:1",
            ("tag=1", "team/nginx:2"),
            ("nginx", "redis:1"),
            images,
        ),
        row(
            &keys::PODS_SELECTOR.key,
            "",
            ("app = web", "app=web"),
            ("a in (b,c),!d", "a in (b,c),!d"),
            |settings| settings.collect.query().pod_selector().to_string(),
        ),
        row(
            &keys::PODS_EXCLUDE_ANNOTATIONS.key,
            "",
            ("a.b/c=off", "a.b/c=off"),
            ("e", "e"),
            annotations,
        ),
        row(&keys::ATTRIBUTION.key, "false", ("Exact", "true"), ("auto", "false"), |settings| {
            settings.view.exact.to_string()
        }),
    ]
}

fn of_delivery() -> Vec<Row> {
    let url =
        |settings: &Settings| format!("{:?}", settings.anchore.first().map(|it| &it.settings.url));
    let password = |settings: &Settings| match &anchore(settings).settings.password {
        Password::Given(secret) => secret.expose_secret().to_owned(),
        Password::Reader(file) => file.path().display().to_string(),
        other => panic!("{other:?}"),
    };
    vec![
        row(
            &keys::ANCHORE_URL.key,
            "None",
            ("http://a", "Some(AnchoreUrl(http://a))"),
            ("https://b/v1", "Some(AnchoreUrl(https://b/v1))"),
            url,
        )
        .with(URL),
        row(&keys::ANCHORE_USER.key, "", ("you", "you"), ("007", "007"), |settings| {
            anchore(settings).settings.user.clone()
        })
        .with(USER),
        row(&keys::ANCHORE_PASSWORD.key, "", ("0123", "0123"), (" a ", " a "), password)
            .with(PASSWORD),
        row(&keys::ANCHORE_PASSWORD_FILE.key, "", ("/a", "/a"), ("b", "b"), password)
            .with(PASSWORD),
        row(&keys::ANCHORE_ACCOUNT.key, "admin", ("a", "a"), ("b", "b"), |settings| {
            anchore(settings).settings.account.clone()
        })
        .with(ANCHORE),
        row(&keys::ANCHORE_API.key, "Auto", ("V1", "Only(V1)"), ("v2", "Only(V2)"), |settings| {
            format!("{:?}", anchore(settings).settings.api)
        })
        .with(ANCHORE),
        row(
            &keys::ANCHORE_SPOOL.key,
            "None",
            ("/a", "Some(\"/a\")"),
            ("b", "Some(\"b\")"),
            |settings| format!("{:?}", anchore(settings).spool),
        )
        .with(ANCHORE),
        row(
            &keys::ANCHORE_INSECURE.key,
            "false",
            // A FIPS build takes nothing else than the default.
            if fips::BUILD { ("false", "false") } else { ("true", "true") },
            ("false", "false"),
            |settings| anchore(settings).settings.insecure.to_string(),
        )
        .with(ANCHORE),
        row(
            &keys::ANCHORE_TIMEOUT.key,
            "Some(10s)",
            ("0s", "None"),
            ("1m", "Some(60s)"),
            |settings| format!("{:?}", anchore(settings).settings.timeout),
        )
        .with(ANCHORE),
        row(
            &keys::ANCHORE_CA_CERT.key,
            "None",
            ("/a", "Some(\"/a\")"),
            ("b", "Some(\"b\")"),
            |settings| match &anchore(settings).settings.ca_certificate {
                Some(CaCertificate::Reader(file)) => format!("Some({:?})", file.path()),
                none => format!("{none:?}"),
            },
        )
        .with(ANCHORE),
    ]
}
