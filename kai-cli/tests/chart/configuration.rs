//! What kai makes of the configuration file that the chart writes.

use std::fs;

use crate::helm;
use crate::release::Release;
use crate::support::{Ended, kai};

/// `kai config` where the file lies as the chart mounts it.
fn effective(config: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kai")).unwrap();
    fs::write(folder.path().join("kai/config.yaml"), config).unwrap();
    let mut command = kai(["config"]);
    command.env("XDG_CONFIG_DIRS", folder.path()).current_dir(folder.path());
    Ended::of(&mut command).with(folder.path(), "[xdg]")
}

/// The chart's configuration file.
fn config(helm: &testkit::Helm, name: &'static str, files: &[&str], settings: &[&str]) -> String {
    let release = Release::new(name);
    release.install(helm, files, settings);
    release.config()
}

#[test]
fn kai_reads_every_key_of_the_chart() {
    let Some(helm) = helm() else { return };
    // The part that needs another definition on the server is none of kai's.
    let config = config(helm, "read", &["everything"], &["serviceMonitor.enabled=false"]);
    let now = vec![(r#""time":"[^"]+""#, r#""time":"[now]""#)];
    insta::with_settings!({filters => now}, { insta::assert_snapshot!(effective(&config)) });
}

#[test]
fn kai_reads_what_the_values_of_go_kai_s_chart_become() {
    let Some(helm) = helm() else { return };
    insta::assert_snapshot!(effective(&config(helm, "read-old", &["go_kai"], &[])));
}

#[test]
fn old_forms_of_a_value_become_the_new_key() {
    let Some(helm) = helm() else { return };
    let rows: [(&'static str, &[&str], &str); 5] = [
        ("old-list", &["kai.namespaces={a,b}"], "  include: [\"a\",\"b\"]"),
        ("old-all", &["kai.namespaces={all}"], "  include: []"),
        (
            "old-and-new",
            &["kai.namespaces={a}", "kai.namespaceSelectors.include={b}"],
            "  include: [\"b\"]",
        ),
        ("old-timeout", &["kai.kubernetesRequestTimeoutSeconds=7"], "  request-timeout-seconds: 7"),
        (
            "old-null",
            &["kai.kubernetesRequestTimeoutSeconds=null"],
            "  request-timeout-seconds: 60",
        ),
    ];
    for (name, settings, line) in rows {
        let config = config(helm, name, &[], settings);
        assert!(config.lines().any(|it| it == line), "{settings:?}\n{config}");
        let ended = effective(&config);
        let read = "info: configuration from `[xdg]/kai/config.yaml`\n";
        assert_eq!((ended.code, &*ended.stderr), (Some(0), read), "{settings:?}");
    }
}
