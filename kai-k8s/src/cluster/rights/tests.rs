use kai_core::SourceErrorKind;

use super::*;
use crate::cluster::error::Failure;

/// What an API server says of a user who may not list pods in a namespace.
fn refusal(user: &str) -> String {
    format!(
        "pods is forbidden: User \"{user}\" cannot list resource \"pods\" in API group \"\" in the \
         namespace \"shop\""
    )
}

#[test]
fn the_right_that_is_missing_is_granted_to_whom_the_server_refuses() {
    let table = [
        ("bob", "--user=bob"),
        ("bob@shop.example", "--user=bob@shop.example"),
        ("kubernetes-admin", "--user=kubernetes-admin"),
        ("system:node:a", "--user=system:node:a"),
        ("arn:aws:iam::1:user/bob", "--user=arn:aws:iam::1:user/bob"),
        ("https://issuer.example#bob", "--user='https://issuer.example#bob'"),
        ("Bob, of Shop", "--user='Bob, of Shop'"),
        ("system:serviceaccount:kai:reader", "--serviceaccount=kai:reader"),
        ("system:serviceaccount:kai:", "--user=system:serviceaccount:kai:"),
        ("system:serviceaccount:kai:a:b", "--user=system:serviceaccount:kai:a:b"),
        // What a shell would run is not suggested.
        ("bob; rm -rf ~", "--user='bob; rm -rf ~'"),
        ("$(reboot)", "--user='$(reboot)'"),
        ("bob' --user=eve '", "--user=USER"),
        ("bob`reboot`", "--user=USER"),
        (r"bob\u{1b}[2J", "--user=USER"),
        (r#"bob\"x"#, "--user=USER"),
        ("größe", "--user=USER"),
        ("", "--user=USER"),
    ];
    for (user, expected) in table {
        println!("{user}");
        let right = MissingRight::list_pods(Some("shop"), &refusal(user));
        assert_eq!(
            right.grant(),
            format!(
                "`kubectl create role kai --verb=list --resource=pods -n shop` and `kubectl create \
                 rolebinding kai --role=kai {expected} -n shop`"
            )
        );
        assert!(!right.is_anonymous() && !right.is_to_impersonate());
    }
}

#[test]
fn each_call_has_the_right_that_it_takes() {
    let named = |name: &str| Call::ListPods { namespace: Some(name.to_owned()) };
    let said = refusal("bob");
    let as_bob = r#"users "bob" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope"#;
    let as_somebody = r#"pods is forbidden: User "eve" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop""#;
    let as_dev = r#"groups "dev" is forbidden: User "eve" cannot impersonate resource "groups" in API group "" at the cluster scope"#;
    let as_account = r#"serviceaccounts "kai" is forbidden: User "eve" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "kai""#;
    let told = [
        (named("shop"), said.as_str()),
        (named("Not-A-Name; reboot"), &said),
        (named("shop"), ""),
        (named("shop"), "<html>403 Forbidden</html>"),
        (named("shop"), r#"requires one of ["container.pods.list"] permission(s)."#),
        (named("shop"), r#"pods is forbidden: User "a-long-name-that-is-cut…"#),
        (named("shop"), &refusal("system:anonymous")),
        (Call::ListPods { namespace: None }, &said),
        (Call::ListNamespaces, &said),
        (Call::ListNodes, &said),
        (named("shop"), as_bob),
        (named("shop"), as_somebody),
        (Call::ListNamespaces, as_dev),
        (Call::ListNodes, as_account),
    ]
    .map(|(call, said)| {
        let right = MissingRight::for_call(&call, said).unwrap();
        let anonymous = if right.is_anonymous() { " (anonymous)" } else { "" };
        format!("{call}\n  {right}{anonymous}: {}", right.grant())
    });
    insta::assert_snapshot!(told.join("\n"));
    for call in [Call::Version, Call::GetNamespace { name: "shop".to_owned() }] {
        assert_eq!(MissingRight::for_call(&call, &said), None);
    }
}

#[test]
fn a_failure_for_want_of_a_right_says_which_and_reads_as_before() {
    let failure = |code: u16| Failure::Status {
        code: http::StatusCode::from_u16(code).unwrap(),
        said: refusal("bob"),
        retry_after: None,
        next: None,
    };
    let call = Call::ListPods { namespace: Some("shop".to_owned()) };
    let error = failure(403).of(&call);
    assert_eq!(error.kind(), SourceErrorKind::Forbidden);
    let right = MissingRight::of(&error).unwrap();
    assert_eq!((right.namespace(), right.is_of_namespaces()), (Some("shop"), false));
    assert_eq!(right.clone().everywhere().namespace(), None);
    let cause = error.source().unwrap();
    assert_eq!(cause.to_string(), format!("the server answered 403 Forbidden: {}", refusal("bob")));
    assert!(cause.source().is_none());
    assert_eq!(MissingRight::of(&failure(401).of(&call)), None);
    assert_eq!(MissingRight::of(&failure(403).of(&Call::Version)), None);
    assert_eq!(MissingRight::of(&SourceError::new(SourceErrorKind::Forbidden, "no")), None);
}
