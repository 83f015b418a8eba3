use super::*;
use crate::output::tests::{hostile, report};

fn page(report: &ClusterReport) -> String {
    let mut out = Vec::new();
    Html.write(report, &View::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What stands in a script's element of the page.
fn element<'p>(page: &'p str, begin: &str) -> &'p str {
    let (_, rest) = page.split_once(begin).unwrap();
    rest.split_once("</script>").unwrap().0
}

#[test]
fn the_parts_of_the_page_cannot_end_their_elements_and_each_marker_stands_once() {
    assert!(!STYLE.contains("</style") && !SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
    for marker in ["csp", "title", "style", "script", "data"] {
        assert_eq!(FRAME.matches(&format!("{{{{{marker}}}}}")).count(), 1, "{marker}");
    }
    assert!(FRAME.len() + STYLE.len() + SCRIPT.len() < 24 * 1024);
}

#[test]
fn the_policy_permits_the_style_and_script_that_are_there() {
    let page = page(&report());
    let policy = policy();
    assert!(page.contains(&format!("content=\"{policy}\"")));
    let hash = |text: &str| BASE64.encode(digest(&SHA256, text.as_bytes()));
    let (_, style) = page.split_once("<style>").unwrap();
    let style = style.split_once("</style>").unwrap().0;
    assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(style))));
    let script = element(&page, "</script>\n<script>");
    assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(script))));
}

#[test]
fn names_are_data_and_come_back_as_they_were() {
    let report = hostile();
    let page = page(&report);
    assert_eq!(page.matches("</script>").count(), 2, "no name ends an element");
    let json = element(&page, "id=\"data\">");
    assert!(!json.contains(['<', '>', '&', '\u{2028}']));
    let data: serde_json::Value = serde_json::from_str(json).unwrap();
    let texts: Vec<&str> =
        data["texts"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for row in report.uses.as_ref().unwrap().rows() {
        assert!(texts.contains(&row.namespace) && texts.contains(&row.container));
    }
    assert_eq!(texts[0], "");
    let rows = data["rows"].as_array().unwrap();
    assert_eq!(rows.len(), report.uses.as_ref().unwrap().len());
    assert_eq!(rows[0].as_array().unwrap().len(), data["columns"].as_array().unwrap().len());
    assert!(page.contains("<title>Images in &lt;b&gt;&amp;amp;</title>"));
}
