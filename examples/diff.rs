//! What changed between two reports, of kai or of Go kai.
//!
//! ```sh
//! cargo run --example diff yesterday.json today.json
//! ```

use anyhow::Context as _;
use kai_core::{Inventory, InventoryDocument};

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args().skip(1);
    let mut next = || -> anyhow::Result<Inventory> {
        let path = paths.next().context("two reports are needed")?;
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        read(&text).with_context(|| format!("{path} is no report"))
    };
    for line in lines(&next()?, &next()?) {
        println!("{line}");
    }
    Ok(())
}

fn read(json: &str) -> serde_json::Result<Inventory> {
    Ok(serde_json::from_str::<InventoryDocument>(json)?.into_inventory())
}

/// `namespace - image` and `namespace + image`.
fn lines(before: &Inventory, after: &Inventory) -> Vec<String> {
    let diff = before.diff(after);
    let lines = diff.namespaces().iter().flat_map(|namespace| {
        namespace.images().iter().map(move |change| format!("{} {change}", namespace.name()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(tag: &str) -> String {
        // As Go kai writes it: null for an empty list, and an empty text for no digest.
        format!(
            r#"{{"timestamp": "2026-11-23T15:21:38Z", "results": [
                {{"namespace": "idle", "images": null}},
                {{"namespace": "shop", "images": [{{"tag": "{tag}", "repoDigest": ""}}]}}
            ]}}"#
        )
    }

    #[test]
    fn an_update_is_an_image_less_and_an_image_more() {
        let [before, after] = ["nginx:1.27", "nginx:1.28"].map(|tag| read(&report(tag)).unwrap());
        assert_eq!(lines(&before, &after), ["shop - nginx:1.27", "shop + nginx:1.28"]);
        assert!(lines(&before, &before).is_empty());
    }
}
