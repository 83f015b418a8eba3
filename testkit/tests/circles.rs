//! The modules of each crate depend on each other in one direction.
//!
//! Of the children of a module, each with all that is below it, none may lead back to itself. What a
//! module and its own children use of each other is left out: a child completes its parent.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree};

/// The path of a module within its crate, `["settings", "layers"]`.
type Module = Vec<String>;
/// Which children of a module use which others, and an example.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

const CRATES: [&str; 6] = ["kai-core", "kai-net", "kai-k8s", "kai-anchore", "kai-cli", "testkit"];

/// Circles that stay, as they are reported, and why.
const PERMITTED: [(&str, &str); 0] = [];

#[test]
fn modules_use_each_other_in_one_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut circles = Vec::new();
    for name in CRATES {
        let source = root.join(name).join("src");
        let uses = uses_of(&source);
        for (parent, edges) in by_parent(&uses) {
            circles.extend(
                circle(&edges)
                    .map(|circle| format!("{name}: in `crate::{}`: {circle}", parent.join("::"))),
            );
        }
    }
    let permitted = PERMITTED.map(|(circle, _)| circle);
    circles.retain(|circle| !permitted.contains(&circle.as_str()));
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_through_what_is_below_a_module_and_not_between_parent_and_child() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Module>();
    let circles = |uses: &[(&str, &str)]| -> Vec<String> {
        let uses: Vec<_> = uses.iter().map(|(from, to)| (path(from), path(to))).collect();
        by_parent(&uses).into_values().filter_map(|edges| circle(&edges)).collect()
    };
    assert_eq!(circles(&[("a", "a::b"), ("a::b", "a"), ("a", "c"), ("a::b", "c")]), [""; 0]);
    let found = circles(&[("a", "b::x"), ("b::y", "c"), ("c", "a::z")]);
    assert_eq!(found, ["a -> b -> c -> a (`a` uses `b::x`; `b::y` uses `c`; `c` uses `a::z`)"]);
    assert_eq!(circles(&[("a::x", "a::y"), ("a::y::z", "a::x")]).len(), 1);
}

/// Which module uses which, in the code of a crate that is not test code.
fn uses_of(source: &Path) -> Vec<(Module, Module)> {
    let mut files = Vec::new();
    walk(source, &mut files);
    let modules: BTreeSet<Module> = files.iter().map(|file| module_of(source, file)).collect();
    let mut uses = Vec::new();
    for file in &files {
        let module = module_of(source, file);
        if module.iter().any(|part| matches!(part.as_str(), "tests" | "testing" | "soak")) {
            continue;
        }
        let mut found = Found { module: module.clone(), paths: Vec::new() };
        found.visit_file(&syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap());
        for mut path in found.paths {
            // What is named below a module is its item, or one that it passes on.
            while !modules.contains(&path) {
                path.pop();
            }
            uses.push((module.clone(), path));
        }
    }
    uses
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(source: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(source).unwrap().with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| !matches!(part.as_str(), "lib" | "main")).collect()
}

/// The paths that begin with `crate` or `super`, from the root of the crate.
struct Found {
    module: Module,
    paths: Vec<Module>,
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.tree(&item.tree, Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts = path.segments.iter().map(|segment| segment.ident.to_string());
        self.note(parts.collect());
        visit::visit_path(self, path);
    }
}

impl Found {
    fn tree(&mut self, tree: &UseTree, mut path: Module) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.tree(&step.tree, path);
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.note(path);
            }
            UseTree::Rename(name) => {
                path.push(name.ident.to_string());
                self.note(path);
            }
            UseTree::Glob(_) => self.note(path),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.tree(tree, path.clone()));
            }
        }
    }

    fn note(&mut self, path: Module) {
        let mut at = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super" | "self") => self.module.clone(),
            _ => return,
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ => at.push(part),
            }
        }
        self.paths.push(at);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// For each module, which of its children use which others, themselves or below.
fn by_parent(uses: &[(Module, Module)]) -> BTreeMap<Module, Edges> {
    let mut parents: BTreeMap<Module, Edges> = BTreeMap::new();
    for (from, to) in uses {
        let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        if let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) {
            let edges = parents.entry(from[..shared].to_vec()).or_default();
            let example = format!("`{}` uses `{}`", from.join("::"), to.join("::"));
            edges.entry(one.clone()).or_default().entry(other.clone()).or_insert(example);
        }
    }
    parents
}

/// A circle, if there is one.
fn circle(edges: &Edges) -> Option<String> {
    edges.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        follow(edges, start, &mut way, &mut BTreeSet::new()).then(|| {
            let steps = way.windows(2).map(|step| edges[&step[0]][&step[1]].as_str());
            let examples: Vec<_> = steps.collect();
            format!("{} ({})", way.join(" -> "), examples.join("; "))
        })
    })
}

/// Whether a way leads back to its start; then it is the way.
fn follow(edges: &Edges, start: &str, way: &mut Vec<String>, seen: &mut BTreeSet<String>) -> bool {
    let here = way.last().unwrap().clone();
    for next in edges.get(&here).into_iter().flat_map(BTreeMap::keys) {
        way.push(next.clone());
        if next == start || (seen.insert(next.clone()) && follow(edges, start, way, seen)) {
            return true;
        }
        way.pop();
    }
    false
}
