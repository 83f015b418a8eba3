use super::*;

fn selector(text: &str) -> LabelSelector {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

fn pod(labels: &[(&str, &str)]) -> Pod {
    labels.iter().fold(Pod::new("shop", "web"), |pod, (key, value)| pod.with_label(*key, *value))
}

#[test]
fn requirements_hold_as_the_api_has_it() {
    let web = pod(&[("app", "web"), ("tier", ""), ("example.com/n", "10")]);
    let table = [
        ("", true),
        (" ", true),
        ("app=web", true),
        ("app==web", true),
        (" app = web ", true),
        ("app=api", false),
        ("other=web", false),
        ("app!=web", false),
        ("app!=api", true),
        ("other!=web", true),
        ("tier=", true),
        ("app=", false),
        ("app in (api,web)", true),
        ("app in (api, web )", true),
        ("app in(web)", true),
        ("app in (api)", false),
        ("tier in (,x)", true),
        ("other in (web)", false),
        ("app notin (api)", true),
        ("app notin (web)", false),
        ("other notin (web)", true),
        ("app", true),
        ("other", false),
        ("!other", true),
        ("! app", false),
        ("example.com/n>9", true),
        ("example.com/n>10", false),
        ("example.com/n<11", true),
        ("app>1", false),
        ("app=web,tier", true),
        ("app=web,other", false),
        ("app in (a,web),!other,example.com/n", true),
    ];
    for (text, expected) in table {
        let read = selector(text);
        assert_eq!(read.matches(&web), expected, "{text}");
        assert_eq!(selector(&read.to_string()), read, "{text} is written as {read}");
    }
}

#[test]
fn what_is_no_selector_says_what_would_be_one() {
    let long = format!("{}=a", "a".repeat(64));
    let table = [
        ",",
        "app=web,",
        "app web",
        "app=a b",
        "app=-a",
        "=web",
        "-app",
        &long,
        "UPPER.com/app",
        "a/b/c",
        "app in web",
        "app in",
        "app in (web",
        "app notin (a b)",
        "app>many",
        "app!web",
        "app=web)",
    ];
    let told =
        table.map(|text| format!("{:.20}: {}", text, text.parse::<LabelSelector>().unwrap_err()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_annotation_matches_by_its_key_or_with_its_value() {
    let pod = Pod::new("shop", "web").with_annotation("a.b/c", "off").with_annotation("d", "");
    let table = [
        ("a.b/c", true),
        ("a.b/c=off", true),
        ("a.b/c=on", false),
        ("d", true),
        ("d=", true),
        ("a.b/c=", false),
        ("e", false),
    ];
    for (text, expected) in table {
        let read: AnnotationMatch = text.parse().unwrap();
        assert_eq!(read.matches(&pod), expected, "{text}");
        assert_eq!(read.to_string(), text);
    }
    assert!("".parse::<AnnotationMatch>().is_err() && "a b=c".parse::<AnnotationMatch>().is_err());
}
