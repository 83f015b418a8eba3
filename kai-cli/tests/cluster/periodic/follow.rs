//! Reports follow what happens in the cluster.

use testkit::{ContainerFixture, PodFixture, Receiver, anchore, wait};

use super::{Daemon, command, deliver, images, posts, report, wait_for};
use crate::{cluster, make};

#[test]
fn reports_follow_pods_and_namespaces_that_come_and_go_for_20_cycles() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(anchore(1)));
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(deliver(&mut command, &receiver, folder.path()));
    let newest = |what: &str, is: &dyn Fn(Option<Vec<String>>) -> bool| {
        wait_for(what, || {
            let newest = posts(&receiver).last().map(report)?;
            is(images(&newest, "follow")).then_some(())
        });
    };
    newest("the first report", &|found| found.is_none());
    make("follow");
    newest("a namespace with a pod", &|found| found == Some(vec!["follow:1".to_owned()]));
    let second = ContainerFixture::new("app", "second:2").running();
    let pod = PodFixture::new("follow", "app-0").container(second);
    wait(cluster().api().create_pod(&pod.to_json())).unwrap();
    newest("another pod", &|found| found.is_some_and(|images| images.len() == 2));
    wait(cluster().api().delete_pod("follow", "web-0")).unwrap();
    newest("one pod less", &|found| found == Some(vec!["second:2".to_owned()]));
    wait(cluster().api().delete_pod("follow", "app-0")).unwrap();
    newest("no pod", &|found| found == Some(Vec::new()));
    wait(cluster().api().delete_namespace("follow")).unwrap();
    newest("no namespace", &|found| found.is_none());

    wait_for("20 cycles", || (posts(&receiver).len() >= 20).then_some(()));
    let taken = daemon.count("info: inventory taken");
    let log = daemon.terminate();
    let reports: Vec<_> = posts(&receiver).iter().map(report).collect();
    assert!(taken >= 20 && reports.len() >= 20, "{taken} {}", reports.len());
    assert!(!log.contains("error") && !log.contains("warning"), "{log}");
    let times: Vec<_> = reports.iter().map(|it| it["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(log.matches("reading cluster `testkit`").count(), 1, "it stays connected: {log}");
}

#[test]
fn by_v2_a_namespace_that_is_gone_is_sent_once_more_with_its_uid() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(anchore(2)));
    make("leaving");
    let object = wait(cluster().api().get("/api/v1/namespaces/leaving")).unwrap();
    let uid = object["metadata"]["uid"].as_str().unwrap();
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(deliver(&mut command, &receiver, folder.path()));
    wait_for("the first report", || (!posts(&receiver).is_empty()).then_some(()));
    wait(cluster().api().delete_pod("leaving", "web-0")).unwrap();
    wait(cluster().api().delete_namespace("leaving")).unwrap();

    let has = |list: &str, key: &str| -> Vec<bool> {
        let reports = posts(&receiver);
        let reports = reports.iter().map(report);
        let has = |report: serde_json::Value| {
            report[list].as_array().unwrap().iter().any(|entry| entry[key] == uid)
        };
        reports.map(has).collect()
    };
    wait_for("a report without it", || has("namespaces", "uid").ends_with(&[false]).then_some(()));
    daemon.terminate();
    let (namespaces, pods) = (has("namespaces", "uid"), has("pods", "namespace_uid"));
    let with = namespaces.iter().filter(|has| **has).count();
    let with_pods = pods.iter().filter(|has| **has).count();
    // Between two requests the pod may be gone already, and the namespace not yet.
    assert!(with_pods >= 1 && with > with_pods, "{namespaces:?} {pods:?}");
    let nodes = report(posts(&receiver).last().unwrap());
    assert!(nodes["nodes"].is_array() && nodes["containers"].is_array());
}
