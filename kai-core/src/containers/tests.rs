//! The rows of the table. What is in it, and in which order, is also tested by the JSON that
//! kai-anchore makes of it.

use super::*;
use crate::pod::{Container, ContainerKind, Pod};
use crate::visit::{ImageUse, Visitor};

fn table(pods: &[Pod]) -> ContainerTable {
    let mut builder = ContainerTableBuilder::default();
    builder.node(&Node::new("n1").with_uid("uid-n1"));
    for name in ["b", "a"] {
        builder.namespace(&Namespace::new(name).with_uid(format!("uid-{name}")));
    }
    let image = Arc::new("nginx:1".parse().unwrap());
    for pod in pods {
        builder.pod(pod);
        for container in &pod.containers {
            builder.image(ImageUse::new(pod, container, &image));
        }
    }
    builder.finish()
}

fn pod(namespace: &str, name: &str, containers: &[&str]) -> Pod {
    let pod = Pod::new(namespace, name).with_uid(format!("uid-{name}")).with_node("n1");
    containers.iter().fold(pod, |pod, name| {
        let container = Container::new(ContainerKind::Regular, *name, "nginx:1");
        pod.with_container(container.with_container_id(format!("cri://{name}")))
    })
}

#[test]
fn each_pod_is_found_by_its_index_with_its_containers_namespace_and_node() {
    let table = table(&[pod("b", "two", &["x", "y"]), pod("a", "one", &["z"])]);
    let lines: Vec<_> = (0..table.pod_count())
        .map(|index| {
            let pod = table.pod(index).unwrap();
            let containers = table.containers_of(index);
            let containers: Vec<_> = containers
                .map(|row| format!("{} {} {}", row.name, row.id, row.image.reference()))
                .collect();
            let node = pod.node.map(|node| node.name.as_str());
            (pod.namespace.name.as_str(), pod.name, pod.uid, node, containers.join(", "))
        })
        .collect();
    let expected = [
        ("a", "one", "uid-one", Some("n1"), "z cri://z nginx:1".to_owned()),
        ("b", "two", "uid-two", Some("n1"), "x cri://x nginx:1, y cri://y nginx:1".to_owned()),
    ];
    assert_eq!(lines, expected);
    assert_eq!(table.pods().map(|pod| pod.name).collect::<Vec<_>>(), ["one", "two"]);
    assert!(table.pod(2).is_none() && table.containers_of(2).next().is_none());
    assert_eq!(table.container_count(), 3);
}
