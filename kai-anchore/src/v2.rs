//! The body of API v2: an entry for each container, with its pod, namespace and node.

mod pieces;
#[cfg(test)]
mod tests;

pub(crate) use pieces::Pieces;
