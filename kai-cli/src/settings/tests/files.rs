//! What a configuration file may hold.

use super::*;
use crate::error::one_line;
use crate::fips;

fn of(text: &str) -> Settings {
    with_file(&[], &[], text).unwrap().0
}

/// The blocks of Go kai's README, as they are.
mod go_kai {
    pub(super) const GENERAL: &str = include_str!("go_kai/general.yaml");
    pub(super) const INCLUDE: &str = include_str!("go_kai/include.yaml");
    pub(super) const EXCLUDE: &str = include_str!("go_kai/exclude.yaml");
    pub(super) const SELECTORS: &str = include_str!("go_kai/selectors.yaml");
    pub(super) const KUBERNETES: &str = include_str!("go_kai/kubernetes.yaml");
    pub(super) const MODE: &str = include_str!("go_kai/mode.yaml");
    pub(super) const MISSING_TAG: &str = include_str!("go_kai/missing_tag.yaml");
    pub(super) const NOT_RUNNING: &str = include_str!("go_kai/not_running.yaml");
    pub(super) const ANCHORE: &str = include_str!("go_kai/anchore.yaml");
    pub(super) const OLD_TIMEOUT: &str = "kubernetes-request-timeout-seconds: 60\n";
    pub(super) const NEW_TIMEOUT: &str = "kubernetes:\n  request-timeout-seconds: 60\n";
    pub(super) const OLD_NAMESPACES: &str = "namespaces:\n- all\n";
    pub(super) const NEW_NAMESPACES: &str = "namespace-selectors:\n  include: []\n  exclude: []\n";
}

#[test]
fn the_general_block_of_go_kai_s_readme_works() {
    let settings = of(go_kai::GENERAL);
    assert_eq!(warnings(&settings), [""; 0]);
    assert!(matches!(settings.output, Format::Json));
    assert_eq!(settings.log.level, crate::logging::Level::DEBUG);
    assert_eq!(settings.log.file, Some("./kai.log".into()));
    assert_eq!((settings.log.structured, settings.log.console), (false, false));
    assert_eq!(settings.cluster_name.as_deref(), Some("docker-desktop"));
    // The name of a cluster alone asks for none.
    assert!(matches!(of_cluster(&settings).settings, ClusterSettings::Default(_)));
    assert_eq!(settings.update, None);
}

#[test]
fn the_other_blocks_of_go_kai_s_readme_work_as_their_comments_say() {
    let every = "a b kube-system kubefoo";
    let table = [
        (go_kai::INCLUDE, "kube-system", 0),
        (go_kai::EXCLUDE, "a b", 0),
        (go_kai::SELECTORS, every, 0),
        (go_kai::KUBERNETES, every, 0),
        (go_kai::MODE, every, 0),
        (go_kai::MISSING_TAG, every, 0),
        (go_kai::NOT_RUNNING, every, 0),
        (go_kai::OLD_TIMEOUT, every, 1),
        (go_kai::NEW_TIMEOUT, every, 0),
        (go_kai::OLD_NAMESPACES, every, 1),
        (go_kai::NEW_NAMESPACES, every, 0),
    ];
    for (text, selects, deprecations) in table {
        println!("{text}");
        let settings = of(text);
        assert_eq!(selected(&settings), selects);
        assert_eq!(warnings(&settings).len(), deprecations, "{settings:?}");
    }
    let kubernetes = of(go_kai::KUBERNETES);
    assert_eq!(of_cluster(&kubernetes).options.page_size, Some(100));
    assert_eq!(of_cluster(&kubernetes).options.max_in_flight.unwrap().get(), 32);
}

#[test]
fn the_placeholders_of_go_kai_s_readme_name_the_key_to_fill_in() {
    // Which a FIPS build refuses.
    let insecure = if fips::BUILD { "insecure: false" } else { "insecure: true" };
    let unfilled = go_kai::ANCHORE.replace("insecure: true", insecure);
    let filled = unfilled.replace("<your anchore api url>", "https://anchore.example");
    let all_filled = filled.replace("<kai_inventory_user>", "me");
    let told = [&unfilled, &filled, &all_filled]
        .map(|text| one_line(&with_file(&[], &[], text).unwrap_err()));
    insta::assert_snapshot!(told.join("\n"));
    let password = [("KAI_ANCHORE_PASSWORD", "p")];
    let (settings, _) = with_file(&[], &password, &all_filled).unwrap();
    assert_ne!(settings.anchore[0].settings.insecure, fips::BUILD);
    // A variable that takes the place of a placeholder makes it harmless.
    let variables =
        [("KAI_ANCHORE_URL", "https://anchore.example"), ("KAI_ANCHORE_USER", "me"), password[0]];
    assert!(with_file(&[], &variables, &unfilled).is_ok());
}

#[test]
fn numbers_and_booleans_may_be_quoted_and_lists_may_be_one_text() {
    let settings = of("
quiet: 'true'
kubernetes: {request-timeout-seconds: '90', request-batch-size: \"7\"}
ignore-not-running: \"false\"
namespace-selectors:
  include: a, kube-system
  exclude: '^kube-'
");
    assert!(!settings.log.console);
    assert_eq!(of_cluster(&settings).options.request_timeout.as_secs(), 90);
    assert_eq!(of_cluster(&settings).options.page_size, Some(7));
    assert_eq!(selected(&settings), "a");
}

#[test]
fn a_regular_expression_in_a_list_may_hold_a_comma() {
    let settings = of("namespace-selectors: {exclude: ['^[a-z]{1,1}$']}");
    assert_eq!(selected(&settings), "kube-system kubefoo");
}

#[test]
fn a_list_of_a_higher_place_replaces_the_lower_one() {
    let file = "namespace-selectors: {include: [a, b]}";
    let variable = [("KAI_NAMESPACE_SELECTORS_INCLUDE", "kubefoo")];
    let table: [(Typed, Pairs<'_>, &str); 4] = [
        (&[], &[], "a b"),
        (&[], &variable, "kubefoo"),
        (&["-n", "kube-system"], &variable, "kube-system"),
        (&["-A"], &variable, "a b kube-system kubefoo"),
    ];
    for (typed, variables, expected) in table {
        println!("{typed:?} {variables:?}");
        let (settings, _) = with_file(typed, variables, file).unwrap();
        assert_eq!(selected(&settings), expected);
    }
}

#[test]
fn names_of_keys_are_of_any_case_and_may_be_written_with_dots() {
    let settings = of("Output: table\nLOG: {Level: warn}\nkubeconfig.cluster: eks\n");
    assert!(matches!(settings.output, Format::Table));
    assert_eq!(settings.log.level, crate::logging::Level::WARN);
    assert_eq!(settings.cluster_name.as_deref(), Some("eks"));
}

#[test]
fn what_is_no_key_is_a_warning_with_its_line_and_the_nearest_key() {
    let settings = with_file(
        &[],
        &[
            ("KAI_ANCHORE", "x"),
            ("KAI_LOG_LEVLE", "debug"),
            ("KAI_ANCHORE_PASWORD", "secret"),
            ("KAI_NONSENSE", "x"),
            ("KAI_EMPTY", ""),
            ("KAI_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("KAI_ANCHORE_SERVICE_HOST", "10.0.0.1"),
            ("OTHER", "x"),
        ],
        "outptu: table\nlog:\n  levle: debug\nanchor: {url: secret, user: secret}\nquiet: false\n\
         kubeconfig: {usr: {token: secret}}\nanchore: secret\nnonsense: [secret]\nrequest-timeout-seconds: 5\n\"a\\e[2J\": 1\n",
    );
    let settings = settings.unwrap().0;
    let told = warnings(&settings).join("\n");
    assert!(!told.contains("secret"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn of_30_unknown_keys_20_and_a_count_are_told() {
    let lines: Vec<String> = (0..30).map(|n| format!("unknown{n}: 1")).collect();
    let settings = of(&lines.join("\n"));
    assert_eq!(warnings(&settings).len(), 21);
    assert_eq!(warnings(&settings).last(), Some(&"… and 10 more that kai doesn't know"));
}

#[test]
fn the_file_in_use_is_named() {
    let named = Notice::Info("configuration from `kai.yaml`".into());
    assert_eq!(of("# nothing").notices, [named]);
    assert_eq!(settings(&[], &[]).unwrap().notices, []);
}

#[test]
fn a_file_of_the_working_directory_says_where_it_leads() {
    let text = "anchore: {url: 'https://evil.example/here', user: me, password: p}\n\
                kubeconfig:\n  path: ./config\n  server: https://evil.example\n";
    let (settings, _) = of_file(&[], &[], text, true).unwrap();
    insta::assert_snapshot!(warnings(&settings).join("\n"), @"
    `anchore.url` (kai.yaml, line 1), a file in the working directory, leads to `https://evil.example/here`
    `kubeconfig.path` (kai.yaml, line 3), a file in the working directory, leads to `./config`
    `kubeconfig.server` (kai.yaml, line 4), a file in the working directory, leads to `https://evil.example`
    `kubeconfig.server` (kai.yaml, line 4) has no effect, since `kubeconfig.path` (kai.yaml, line 3) names the cluster
    ");
    let (trusted, _) = of_file(&[], &[], text, false).unwrap();
    assert_eq!(warnings(&trusted).len(), 1);
}

#[test]
fn legacy_keys_are_rewritten_with_a_warning() {
    let seconds = |text: &str, variable| {
        let variables = [("KAI_KUBERNETES_REQUEST_TIMEOUT_SECONDS", variable)];
        let (settings, _) = with_file(&[], &variables, text).unwrap();
        assert_eq!(warnings(&settings).len(), 1, "{text}");
        of_cluster(&settings).options.request_timeout.as_secs()
    };
    let both = "kubernetes-request-timeout-seconds: 5\nkubernetes: {request-timeout-seconds: 6}";
    assert_eq!(seconds(both, ""), 5);
    assert_eq!(seconds(both, "7"), 7, "the variable means the new key");
    assert_eq!(seconds(&both.replace(": 5", ": 0"), ""), 6);
    assert_eq!(seconds(&both.replace(": 5", ": -1"), ""), 6);
    assert_eq!(seconds(&both.replace(": 5", ": 1m30s"), ""), 90);
    assert_eq!(seconds(&both.replace(": 5", ": 0s"), ""), 6);

    let every = "a b kube-system kubefoo";
    let include = [("KAI_NAMESPACE_SELECTORS_INCLUDE", "b")];
    let table: [(Typed, &str, Pairs<'_>, &str); 9] = [
        (&[], "namespaces: [a]", &[], "a"),
        (&[], "namespaces: a,b", &[], "a b"),
        (&[], "namespaces: [a, all]", &[], every),
        (&[], "namespaces: []", &[], every),
        (&[], "namespaces: [a]\nnamespace-selectors: {include: []}", &[], "a"),
        (&[], "namespaces: [a]\nnamespace-selectors: {include: [b]}", &[], "b"),
        (&[], "namespaces: [a]", &include, "b"),
        (&["-A"], "namespaces: [a]", &[], every),
        (&[], "namespaces: [a]", &[("KAI_NAMESPACES", "b")], "b"),
    ];
    for (typed, text, variables, expected) in table {
        println!("{typed:?} {text} {variables:?}");
        let (settings, _) = with_file(typed, variables, text).unwrap();
        assert_eq!(selected(&settings), expected);
        assert!(warnings(&settings)[0].contains("`namespace-selectors.include`"), "{settings:?}");
    }

    let settings = of("dev:\n  profile-cpu: true\n");
    assert_eq!(
        warnings(&settings),
        ["`dev.profile-cpu` (kai.yaml, line 2) is deprecated: it has no effect"]
    );
    assert_eq!(warnings(&of("namespaces:\ndev: {profile-cpu: }\n")), [""; 0]);
}

#[test]
fn a_variable_that_a_file_names_is_taken_for_credentials_only() {
    let anchore = "anchore:\n  url: https://anchore.example\n  user: ${KAI_WHO}\n  password: $SECRET\n  account: $KAI_WHO\n";
    let variables = [("KAI_WHO", "me"), ("SECRET", "p")];
    let (settings, _) = with_file(&[], &variables, anchore).unwrap();
    let of_file_anchore = &settings.anchore[0].settings;
    assert_eq!(
        (of_file_anchore.user.as_str(), of_file_anchore.account.as_str()),
        ("me", "$KAI_WHO")
    );
    // Nor is KAI_WHO a misspelt key.
    assert_eq!(warnings(&settings), [""; 0]);

    let refused = |variables: &[(&str, &str)], in_working_directory| {
        let result = of_file(&[], variables, anchore, in_working_directory);
        one_line(&result.map(|_| ()).unwrap_err())
    };
    insta::assert_snapshot!(
        [
            refused(&[("KAI_WHO", "me")], false),
            refused(&[("SECRET", "p")], false),
            refused(&[("SECRET", "p"), ("KAI_WHO", "")], false),
            refused(&variables, true),
        ]
        .join("\n")
    );
    // A variable of the key's own name overrides what can't be taken.
    let own = [("KAI_WHO", "me"), ("KAI_ANCHORE_PASSWORD", "p")];
    assert!(of_file(&[], &own, anchore, true).is_ok());
    // A variable is taken as it is.
    let own = [("KAI_ANCHORE_USER", "$HOME"), ("HOME", "/"), ("KAI_ANCHORE_PASSWORD", "p")];
    let (settings, _) = with_file(&[], &own, anchore).unwrap();
    assert_eq!(settings.anchore[0].settings.user, "$HOME");
}

#[test]
fn a_file_that_is_no_yaml_is_told_with_its_place() {
    let told = ["a: b: c", "output: json\noutput: table\n", "- output", "output: [json"]
        .map(|text| with_file(&[], &[], text).unwrap_err().to_string());
    insta::assert_snapshot!(told.join("\n"));
}
