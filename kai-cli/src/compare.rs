//! `kai diff`: which images appeared, vanished or moved between two reports.

mod side;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use kai_core::{
    Digest, Image, ImageChange, Inventory, InventoryDiff, NamespaceChange, NamespaceDiff,
};
use serde::Serialize;
use tracing::{info, warn};

use crate::args::{Compared, Misuse};
use crate::error::Error;
use crate::escape::{Escaped, Excerpt};
use crate::output::{self, Format};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::words::counted;

/// How many namespaces are named.
const NAMED: usize = 10;

/// Compares two reports and prints what differs.
pub(crate) async fn run(
    settings: Arc<Settings>,
    compared: Compared,
    mut signals: Signals,
) -> Result<(), Error> {
    let for_machines = match settings.output {
        Format::Jsonl => settings.typed.output,
        Format::Table => false,
        other if settings.typed.output => {
            let formats = "`jsonl`, or `table` for people";
            return Err(Error::Misuse(Misuse::format("diff", other.name(), formats)));
        }
        _ => false,
    };
    if let Some(pattern) = settings.collect.image_filter().patterns().find(|it| it.is_about_spec())
    {
        return Err(Error::Misuse(Misuse::not_in_reports(&format!("`{pattern}`"))));
    }
    let pods = settings.collect.pod_filter();
    if !pods.selector().is_empty() || !pods.excluded().is_empty() {
        return Err(Error::Misuse(Misuse::not_in_reports("a filter of pods")));
    }
    if is_stdin(&compared.old) && compared.new.as_deref().is_some_and(is_stdin) {
        return Err(Error::Misuse(Misuse::stdin_twice()));
    }
    let both = async {
        let old = side::read(&settings, Some(&compared.old)).await?;
        let new = side::read(&settings, compared.new.as_deref()).await?;
        Ok::<_, Error>((old, new))
    };
    let both = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        both = both => both,
    };
    let (old, new) = both?;
    warn_of_policies(&old.inventory, &new.inventory);
    let diff = old.inventory.diff(&new.inventory);
    tell_one_sided(&settings, &diff);
    let changes: Vec<Change<'_>> = changes(&settings, &diff).collect();
    output::print_with(|out| write(&changes, for_machines, out)).map_err(Error::Write)?;
    info!("{}", Counts::of(&changes));
    let skipped = old.skipped + new.skipped;
    match compared.expect {
        Some(expect) if !expect.is_met(changes.len()) => {
            Err(Error::Unexpected { found: counted(changes.len(), "difference"), expect })
        }
        _ if skipped > 0 => Err(Error::Skipped { count: skipped }),
        _ => Ok(()),
    }
}

/// A change of one image in one namespace.
#[derive(Clone, Copy)]
struct Change<'d> {
    namespace: &'d str,
    change: &'d ImageChange,
}

/// The changes in the namespaces that both reports have, of the images that count.
fn changes<'d>(
    settings: &'d Settings,
    diff: &'d InventoryDiff,
) -> impl Iterator<Item = Change<'d>> {
    let selector = settings.collect.selector();
    let both = diff.namespaces().iter().filter(|it| it.change() == NamespaceChange::Changed);
    let selected = both.filter(|namespace| selector.selects(namespace.name()));
    let changes = selected.flat_map(|namespace| {
        namespace.images().iter().map(|change| Change { namespace: namespace.name(), change })
    });
    let counts = |image: &Image| settings.collect.image_filter().admits(image, false);
    changes.filter(move |it| match it.change {
        ImageChange::Appeared(image) | ImageChange::Vanished(image) => counts(image),
        ImageChange::Moved { from, to } => counts(from) || counts(to),
        _ => true,
    })
}

/// Says which namespaces only one of the reports has.
fn tell_one_sided(settings: &Settings, diff: &InventoryDiff) {
    for (change, which) in
        [(NamespaceChange::Vanished, "earlier"), (NamespaceChange::Appeared, "later")]
    {
        let selector = settings.collect.selector();
        let names: Vec<&str> = diff
            .namespaces()
            .iter()
            .filter(|namespace| namespace.change() == change)
            .map(NamespaceDiff::name)
            .filter(|name| selector.selects(name))
            .collect();
        if names.is_empty() {
            continue;
        }
        let shown: Vec<_> = names.iter().take(NAMED).map(|it| Excerpt(it).to_string()).collect();
        let more = match names.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        info!("not compared, since only the {which} report has them: {}{more}", shown.join(", "));
    }
}

/// Warns where one report names by the digest what the other names by a tag: they were taken by other
/// policies for missing tags.
fn warn_of_policies(old: &Inventory, new: &Inventory) {
    let images = |inventory: &Inventory| -> BTreeSet<Arc<Image>> {
        inventory.namespaces().iter().flat_map(|it| it.images().iter().cloned()).collect()
    };
    let (old, new) = (images(old), images(new));
    let made_up = |these: &BTreeSet<Arc<Image>>, others: &BTreeSet<Arc<Image>>| {
        these.iter().filter(|image| image.has_made_up_tag()).any(|image| {
            let is_same = |it: &&Arc<Image>| {
                it.repository() == image.repository() && it.digest() == image.digest()
            };
            let mut same = others.iter().filter(is_same).peekable();
            same.peek().is_some() && same.all(|it| !it.has_made_up_tag())
        })
    };
    if made_up(&old, &new) || made_up(&new, &old) {
        warn!(
            "the reports seem to be of different policies for missing tags: the same digest has a \
             tag in one, and none in the other"
        );
    }
}

fn write(changes: &[Change<'_>], for_machines: bool, out: &mut dyn Write) -> io::Result<()> {
    for Change { namespace, change } in changes {
        if for_machines {
            let Some(line) = Line::of(namespace, change) else { continue };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        } else {
            let text = change.to_string();
            let (sign, rest) = text.split_at_checked(1).unwrap_or(("", &text));
            writeln!(out, "{sign} {} {}", Escaped(namespace), rest.trim_start())?;
        }
    }
    Ok(())
}

/// A change as one line of JSON.
#[derive(Serialize)]
struct Line<'d> {
    change: &'static str,
    namespace: &'d str,
    repository: &'d str,
    tag: &'d str,
    digest: Option<&'d str>,
    digest_before: Option<&'d str>,
}

impl<'d> Line<'d> {
    fn of(namespace: &'d str, change: &'d ImageChange) -> Option<Self> {
        let (word, image, before) = match change {
            ImageChange::Appeared(image) => ("appeared", image, None),
            ImageChange::Vanished(image) => ("vanished", image, None),
            ImageChange::Moved { from, to } => ("moved", to, from.digest()),
            _ => return None,
        };
        Some(Self {
            change: word,
            namespace,
            repository: image.repository(),
            tag: image.tag(),
            digest: image.digest().map(Digest::as_str),
            digest_before: before.map(Digest::as_str),
        })
    }
}

/// How many changes there are of each kind.
#[derive(Debug, Default)]
struct Counts {
    appeared: usize,
    vanished: usize,
    moved: usize,
    namespaces: usize,
}

impl Counts {
    fn of(changes: &[Change<'_>]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match change.change {
                ImageChange::Appeared(_) => counts.appeared += 1,
                ImageChange::Vanished(_) => counts.vanished += 1,
                _ => counts.moved += 1,
            }
        }
        let namespaces: BTreeSet<_> = changes.iter().map(|change| change.namespace).collect();
        counts.namespaces = namespaces.len();
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { appeared, vanished, moved, namespaces } = self;
        if *namespaces == 0 {
            return f.write_str("no image differs");
        }
        write!(
            f,
            "{} appeared, {vanished} vanished, {moved} moved to another digest, in {}",
            counted(*appeared, "image"),
            counted(*namespaces, "namespace")
        )
    }
}

/// Whether a word on the command line is standard input.
fn is_stdin(name: &OsStr) -> bool {
    name == "-"
}
