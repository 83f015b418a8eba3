//! What several keys and flags mean together.

use super::*;

#[test]
fn a_larger_pool_is_taken_as_32_with_a_word() {
    for (text, size, words) in [("32", 32, 0), ("33", 32, 1), ("99999999999", 32, 1)] {
        let settings = settings(&[], &[("KAI_KUBERNETES_WORKER_POOL_SIZE", text)]).unwrap();
        assert_eq!(of_cluster(&settings).options.max_in_flight.unwrap().get(), size, "{text}");
        assert_eq!(settings.notices.len(), words, "{text}");
        assert!(settings.notices.iter().all(|notice| matches!(notice, Notice::Info(_))));
    }
}

#[test]
fn kai_chooses_pages_and_requests_unless_a_number_is_given() {
    for text in ["auto", "AUTO"] {
        let variables = [
            ("KAI_KUBERNETES_WORKER_POOL_SIZE", text),
            ("KAI_KUBERNETES_REQUEST_BATCH_SIZE", text),
        ];
        let settings = settings(&[], &variables).unwrap();
        let options = &of_cluster(&settings).options;
        assert_eq!((options.max_in_flight, options.page_size), (None, None));
    }
}

#[test]
fn nobody_is_there_to_answer_a_plugin_in_mode_periodic() {
    const UNNAMED: Typed = &[];
    for (typed, expected) in
        [(UNNAMED, true), (&["-m", "adhoc"], true), (&["-m", "periodic"], false)]
    {
        let settings = settings(typed, &[]).unwrap();
        assert_eq!(of_cluster(&settings).options.plugin_may_ask, expected, "{typed:?}");
    }
}

#[test]
fn all_namespaces_clears_a_configured_list() {
    let variables =
        [("KAI_NAMESPACE_SELECTORS_INCLUDE", "a"), ("KAI_NAMESPACE_SELECTORS_EXCLUDE", "b")];
    assert_eq!(selected(&settings(&[], &variables).unwrap()), "a");
    // With -n too, as kubectl has it.
    for typed in [&["-A"][..], &["-A", "-n", "b"], &["-n", "b", "-A"]] {
        assert_eq!(selected(&settings(typed, &variables).unwrap()), "a kube-system kubefoo");
    }
}

#[test]
fn the_name_of_the_cluster_is_the_nearest_that_is_given() {
    const BOTH: Variables = &[("KAI_CLUSTER_NAME", "ours"), ("KAI_KUBECONFIG_CLUSTER", "theirs")];
    const THEIRS: Variables = &[("KAI_KUBECONFIG_CLUSTER", "theirs")];
    const CONTEXT: Variables =
        &[("KAI_KUBECONFIG_CLUSTER", "theirs"), ("KAI_KUBECONFIG_CONTEXT", "c")];
    let table: [(Typed, Variables, Option<&str>); 9] = [
        (&[], &[], None),
        (&[], BOTH, Some("ours")),
        (&["--cluster-name=typed"], BOTH, Some("typed")),
        (&["--context=c"], BOTH, Some("ours")),
        (&[], THEIRS, Some("theirs")),
        (&["--context=c"], THEIRS, None),
        (&["--cluster=c"], THEIRS, None),
        (&[], CONTEXT, Some("theirs")),
        (&["-f", "-"], CONTEXT, Some("theirs")),
    ];
    for (typed, variables, expected) in table {
        println!("{typed:?} {variables:?}");
        let settings = settings(typed, variables).unwrap();
        assert_eq!(settings.cluster_name.as_deref(), expected);
    }
}

#[test]
fn a_file_takes_the_place_of_a_configured_cluster() {
    let cluster = [("KAI_KUBECONFIG_PATH", "/etc/kube"), ("KAI_KUBECONFIG_CONTEXT", "c")];
    let of_file = settings(&["-f", "pods.json"], &cluster).unwrap();
    assert!(
        matches!(of_file.source, Source::Inputs(inputs) if inputs == [Input::File("pods.json".into())])
    );
    assert_eq!(of_file.notices, []);
    let of_stdin = settings(&["-f", "-"], &cluster).unwrap();
    assert!(matches!(of_stdin.source, Source::Inputs(inputs) if inputs == [Input::Stdin]));
}

#[test]
fn overrides_go_to_whatever_kubeconfig_there_is() {
    let typed =
        ["--context=c", "--cluster=l", "--user=u", "--as=bob", "--as-group=g", "--as-group=h"];
    let expected =
        Overrides::default().context("c").cluster("l").user("u").impersonate("bob", ["g", "h"]);
    for variables in [&[][..], &[("KAI_KUBECONFIG_PATH", "/etc/kube")]] {
        match &of_cluster(&settings(&typed, variables).unwrap()).settings {
            ClusterSettings::Default(overrides) | ClusterSettings::Kubeconfig { overrides, .. } => {
                assert_eq!(*overrides, expected);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_tilde_is_the_home_folder() {
    let path = |text, home: Option<&str>| {
        let mut variables = vec![("KAI_KUBECONFIG_PATH", text)];
        variables.extend(home.map(|home| ("HOME", home)));
        match &of_cluster(&settings(&[], &variables).unwrap()).settings {
            ClusterSettings::Kubeconfig { path, .. } => path.display().to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(path("~/.kube/other", Some("/home/me")), "/home/me/.kube/other");
    assert_eq!(path("~other/config", Some("/home/me")), "~other/config");
    assert_eq!(path("a/~/config", Some("/home/me")), "a/~/config");
    assert_eq!(path("~/config", None), "~/config");
}

#[test]
fn a_report_that_other_machines_may_read_is_warned_of() {
    let table = [
        (":8080", "true", 1),
        ("10.0.0.1:8080", "true", 1),
        ("localhost:8080", "true", 0),
        (":8080", "false", 0),
        ("", "true", 0),
    ];
    for (listen, inventory, count) in table {
        println!("{listen} {inventory}");
        let variables = [("KAI_LISTEN", listen), ("KAI_LISTEN_INVENTORY", inventory)];
        let settings = settings(&["-m", "periodic"], &variables).unwrap();
        let warnings = warnings(&settings);
        assert_eq!(warnings.len(), count, "{warnings:?}");
        for text in warnings {
            let expected = format!(
                "`listen-inventory` is true: whoever can connect to `{listen}` gets a map of \
                 every image of the cluster"
            );
            assert_eq!(text, expected);
        }
    }
}
