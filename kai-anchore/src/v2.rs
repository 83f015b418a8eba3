//! What API v2 takes: an entry for each container, with its pod, namespace and node.

mod body;
mod builder;
mod ids;
mod inventory;
mod named;
mod pieces;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use body::body;
pub use builder::KubernetesInventoryBuilder;
pub use inventory::{KubernetesInventory, NotSent};
pub(crate) use pieces::Pieces;
