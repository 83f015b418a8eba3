use super::*;
use crate::settings::tests::settings;

const NO: &str = r#"pods is forbidden: User "bob" cannot list resource "pods" in API group """#;
const ANONYMOUS: &str = r#"pods is forbidden: User "system:anonymous" cannot list resource "pods""#;
const AS: &str =
    r#"users "bob" is forbidden: User "eve" cannot impersonate resource "users" in API"#;

#[test]
fn the_hint_fits_what_was_typed() {
    let in_team = |said| MissingRight::list_pods(Some("team-0001"), said);
    let table: [(&[&str], MissingRight); 13] = [
        (&["-n", "team-0001"], in_team(NO)),
        (&["-n", "team-0001", "--on-forbidden", "skip"], in_team(NO)),
        (&["-n", "team-0001,shop"], in_team(NO)),
        (&["-n", "team-0001,shop", "--exclude-namespace", "shop"], in_team(NO)),
        (&[], in_team(NO)),
        (&["--exclude-namespace", "^kube-"], in_team(NO)),
        (&["-n", "team-0001", "-A"], in_team(NO)),
        (&[], MissingRight::list_pods(None, NO)),
        (&[], MissingRight::list_namespaces(NO)),
        (&["--on-forbidden", "skip"], MissingRight::list_namespaces(NO)),
        (&["-n", "team-0001"], in_team(ANONYMOUS)),
        (&[], MissingRight::list_namespaces(ANONYMOUS)),
        (&["--as", "bob", "-n", "team-0001"], in_team(AS)),
    ];
    let told = table.map(|(typed, right)| {
        let hint = Asked::by(&settings(typed, &[]).unwrap()).hint(&right);
        format!("kai {}\n  {hint}\n", typed.join(" "))
    });
    insta::assert_snapshot!(told.join(""));
}

#[test]
fn where_every_namespace_was_skipped_the_hint_fits_too() {
    let skipped = |names: &[&str]| -> Vec<_> {
        let reason = format!("cannot list pods: the server answered 403 Forbidden: {NO}");
        names.iter().map(|name| Skipped::new(*name, &reason)).collect()
    };
    let table: [(&[&str], Vec<Skipped>); 4] = [
        (&["-n", "shop"], skipped(&["shop"])),
        (&["-n", "shop,web"], skipped(&["shop", "web"])),
        (&[], skipped(&["default"])),
        (&[], skipped(&["default", "kube-system", "shop"])),
    ];
    let told = table.map(|(typed, skipped)| {
        let settings = settings(typed, &[]).unwrap();
        let hint = hint_of_skipped(&skipped, &settings).unwrap();
        format!("kai {}\n  {hint}\n", typed.join(" "))
    });
    insta::assert_snapshot!(told.join(""));
    assert_eq!(hint_of_skipped(&[], &settings(&[], &[]).unwrap()), None);
}
