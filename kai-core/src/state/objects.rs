//! What is known of a cluster besides its pods.

use std::collections::BTreeMap;

use crate::follow::Revision;
use crate::pod::{Controller, Namespace, Node, Skipped};
use crate::source::{Detail, Missing, Observed, ServerVersion};

/// Namespaces, nodes, and facts without a revision.
#[derive(Debug, Default)]
pub(super) struct Objects {
    namespaces: BTreeMap<Box<str>, Known<Option<Namespace>>>,
    nodes: BTreeMap<Box<str>, Known<Option<Node>>>,
    controllers: BTreeMap<[Box<str>; 3], Known<Controller>>,
    skipped: BTreeMap<Box<str>, Known<Skipped>>,
    missing: BTreeMap<Detail, Known<Missing>>,
    server: Option<ServerVersion>,
}

/// A fact; `None` in it: the object is gone, and an older revision of it may still come.
#[derive(Debug)]
struct Known<T> {
    fact: T,
    revision: Revision,
    round: u16,
}

impl Objects {
    /// Notes a fact; whether a namespace is new.
    pub(super) fn observed(&mut self, fact: Observed, revision: Revision, round: u16) -> bool {
        match fact {
            Observed::Namespace(namespace) => {
                return set(
                    &mut self.namespaces,
                    namespace.name.clone(),
                    namespace,
                    revision,
                    round,
                );
            }
            Observed::Node(node) => {
                set(&mut self.nodes, node.name.clone(), node, revision, round);
            }
            Observed::Controller(fact) => {
                let key = [
                    fact.namespace.clone(),
                    fact.object.kind.as_ref().into(),
                    fact.object.name.clone(),
                ];
                self.controllers.insert(key, Known { fact: *fact, revision, round });
            }
            Observed::Server(version) => self.server = Some(*version),
            Observed::Missing(fact) => {
                self.missing.insert(fact.detail(), Known { fact, revision, round });
            }
            Observed::Skipped(skipped) => self.skip(skipped, round),
            Observed::Pod(_) => {}
        }
        false
    }

    pub(super) fn skip(&mut self, fact: Skipped, round: u16) {
        let known = Known { fact, revision: Revision::default(), round };
        self.skipped.insert((*known.fact.namespace).into(), known);
    }

    pub(super) fn is_skipped(&self, namespace: &str) -> bool {
        self.skipped.contains_key(namespace)
    }

    /// Notes an end; whether a namespace went. While the cluster is told, it is remembered.
    pub(super) fn gone(&mut self, fact: &Observed, revision: Revision, telling: bool) -> bool {
        match fact {
            Observed::Namespace(namespace) => {
                end(&mut self.namespaces, &namespace.name, revision, telling)
            }
            Observed::Node(node) => {
                end(&mut self.nodes, &node.name, revision, telling);
                false
            }
            _ => false,
        }
    }

    /// Takes any state that comes for a newer one than what is known.
    pub(super) fn forget_revisions(&mut self) {
        for known in self.namespaces.values_mut() {
            known.revision = Revision::default();
        }
        for known in self.nodes.values_mut() {
            known.revision = Revision::default();
        }
    }

    /// Removes what was not told in this round; whether a namespace went.
    pub(super) fn sweep(&mut self, round: u16) -> bool {
        let before = self.namespaces.values().filter(|known| known.fact.is_some()).count();
        self.namespaces.retain(|_, known| known.round == round && known.fact.is_some());
        self.nodes.retain(|_, known| known.round == round && known.fact.is_some());
        self.controllers.retain(|_, known| known.round == round);
        self.skipped.retain(|_, known| known.round == round);
        self.missing.retain(|_, known| known.round == round);
        self.namespaces.len() != before
    }

    pub(super) fn tell(&self, mut observe: impl FnMut(&Observed)) {
        if let Some(version) = &self.server {
            observe(&Observed::Server(Box::new(version.clone())));
        }
        for missing in self.missing.values() {
            observe(&Observed::Missing(missing.fact.clone()));
        }
        for skipped in self.skipped.values() {
            observe(&Observed::Skipped(skipped.fact.clone()));
        }
        for namespace in self.namespaces.values().filter_map(|known| known.fact.as_ref()) {
            observe(&Observed::Namespace(namespace.clone()));
        }
        for node in self.nodes.values().filter_map(|known| known.fact.as_ref()) {
            observe(&Observed::Node(node.clone()));
        }
        for controller in self.controllers.values() {
            observe(&Observed::Controller(Box::new(controller.fact.clone())));
        }
    }

    /// How many facts are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.namespaces.len() + self.nodes.len() + self.controllers.len() + self.skipped.len()
    }
}

/// Notes the state of an object unless a newer one is known; whether it was not there before.
fn set<T>(
    all: &mut BTreeMap<Box<str>, Known<Option<T>>>,
    name: String,
    fact: T,
    revision: Revision,
    round: u16,
) -> bool {
    let Some(known) = all.get_mut(&*name) else {
        all.insert(name.into(), Known { fact: Some(fact), revision, round });
        return true;
    };
    // Its name may be another's by now.
    if revision < known.revision && revision != Revision::default() {
        if known.fact.is_some() {
            known.round = round;
        }
        return false;
    }
    let is_new = known.fact.is_none();
    *known = Known { fact: Some(fact), revision, round };
    is_new
}

/// Notes the end of an object unless a newer state is known; whether it was there.
fn end<T>(
    all: &mut BTreeMap<Box<str>, Known<Option<T>>>,
    name: &str,
    revision: Revision,
    telling: bool,
) -> bool {
    let Some(known) = all.get_mut(name) else {
        if telling {
            all.insert(name.into(), Known { fact: None, revision, round: 0 });
        }
        return false;
    };
    if revision < known.revision && revision != Revision::default() {
        return false;
    }
    let was = known.fact.take().is_some();
    known.revision = revision;
    if !telling {
        all.remove(name);
    }
    was
}
