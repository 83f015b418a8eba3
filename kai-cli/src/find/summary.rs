//! The closing line of `kai where`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kai_core::{Digest, UseTable};

use crate::words::counted;

/// What was found, in numbers.
#[derive(Debug)]
pub(super) struct Summary {
    containers: usize,
    workloads: usize,
    namespaces: usize,
    nodes: usize,
    /// How many names each digest has that has several.
    renamed: Vec<usize>,
}

impl Summary {
    pub(super) fn of(table: &UseTable) -> Self {
        let (mut workloads, mut namespaces, mut nodes) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut names: BTreeMap<&Digest, BTreeSet<&str>> = BTreeMap::new();
        for row in table.rows() {
            workloads.insert((row.namespace, row.workload));
            namespaces.insert(row.namespace);
            nodes.extend(row.node);
            if let Some(digest) = row.image.digest() {
                names.entry(digest).or_default().insert(row.image.repository());
            }
        }
        Self {
            containers: table.len(),
            workloads: workloads.len(),
            namespaces: namespaces.len(),
            nodes: nodes.len(),
            renamed: names.values().map(BTreeSet::len).filter(|names| *names > 1).collect(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            counted(self.containers, "container"),
            counted(self.workloads, "workload"),
            counted(self.namespaces, "namespace"),
            counted(self.nodes, "node"),
        ];
        f.write_str(&counts.join(", "))?;
        match &*self.renamed {
            [] => Ok(()),
            [names] => write!(f, "; one digest under {names} names"),
            many => write!(f, "; {} digests under several names", many.len()),
        }
    }
}
