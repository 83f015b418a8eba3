//! A configuration that sends namespaces to several accounts, which kai cannot do.

use super::*;

const ANCHORE: Variables = &[
    ("KAI_ANCHORE_URL", "https://anchore.example"),
    ("KAI_ANCHORE_USER", "me"),
    ("KAI_ANCHORE_PASSWORD", "p"),
];

#[test]
fn a_file_that_routes_is_refused_with_its_line() {
    let rows = [
        "account-routes:\n  team-a:\n    user: a\n    password: hunter2\n    namespaces: [a]",
        "account-routes: {team-a: }",
        "account-routes: [team-a]",
        "account-routes: team-a",
        "Account-Routes: {team-a: {user: a}}",
        "account-routes.team-a: {user: a}",
        "account-routes.team-a.user: a",
        "account-route-by-namespace-label:\n  key: team",
        "account-route-by-namespace-label: {Key: team, default-account: admin}",
        "account-route-by-namespace-label.key: team",
    ];
    for text in rows {
        for variables in [ANCHORE, &[]] {
            let error = with_file(&[], variables, &format!("# a\n{text}\n")).unwrap_err();
            let error = error.to_string();
            println!("{text}\n    {error}");
            assert!(error.contains("`account-route") && error.contains("(kai.yaml, line 2)"));
            assert!(error.contains("every namespace would go to the one account"));
            assert!(!error.contains("hunter2"));
        }
    }
}

#[test]
fn a_file_that_names_routes_and_has_none_is_taken() {
    let rows = [
        ("account-routes:", 0),
        ("account-routes: null", 0),
        ("account-routes: {}", 1),
        ("account-routes: ''", 1),
        ("account-routes: []", 1),
        ("account-route-by-namespace-label:", 0),
        (
            "account-route-by-namespace-label:\n  key:\n  default-account: admin\n  \
             ignore-namespace-missing-label: false",
            1,
        ),
        ("account-route-by-namespace-label: {key: '', ignore-missing-label: true}", 1),
        ("account-routesx: {a: b}", 1),
        ("anchore: {account-routes: {a: b}}", 1),
    ];
    for (text, words) in rows {
        println!("{text}");
        let (settings, _) = with_file(&[], ANCHORE, text).unwrap();
        assert_eq!(warnings(&settings).len(), words, "{:?}", settings.notices);
    }
}

#[test]
fn a_variable_that_routes_is_refused() {
    let rows = [
        ("KAI_ACCOUNT_ROUTES", "{a: b}", true),
        ("KAI_ACCOUNT_ROUTES_TEAM_A_USER", "a", true),
        ("KAI_ACCOUNT_ROUTE_BY_NAMESPACE_LABEL_KEY", "team", true),
        ("KAI_ACCOUNT_ROUTES", "", false),
        ("KAI_ACCOUNT_ROUTES", "{}", false),
        ("KAI_ACCOUNT_ROUTES", "null", false),
        ("KAI_ACCOUNT_ROUTE_BY_NAMESPACE_LABEL_DEFAULT_ACCOUNT", "admin", false),
        ("KAI_ACCOUNT_ROUTESX", "a", false),
    ];
    for (name, text, refused) in rows {
        println!("{name}={text}");
        let result = settings(&[], &[(name, text)]);
        assert_eq!(result.is_err(), refused);
        if let Err(error) = result {
            assert!(error.to_string().starts_with(&format!("`{name}` ")), "{error}");
        }
    }
}
