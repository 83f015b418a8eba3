//! Namespaces that come, go and come again, and how many watches there are.

use super::*;

#[tokio::test]
async fn a_namespace_that_is_deleted_and_made_again_is_another_one() {
    let (namespace, api) = ("follow-again", cluster().api());
    for named in [true, false] {
        namespace_with_a_pod(&api, namespace).await;
        let (source, _) = source(cluster(), cluster().url(), SourceOptions::default()).await;
        let options = if named { options(&[namespace]) } else { options(&[]) };
        let mut followed = Followed::start(&source, &options).await;
        let images = |state: &ClusterState| {
            let report = state.report(Window::Now, SystemTime::now());
            report.inventory.namespace(namespace).map(|it| it.images().len())
        };
        assert_eq!(images(&followed.state), Some(1));
        api.delete_pod(namespace, "first").await.unwrap();
        api.delete_namespace(namespace).await.unwrap();
        followed.until("it goes", |state| images(state).unwrap_or_default() == 0).await;
        api.create_namespace(namespace).await.unwrap();
        api.create_pod(&pod(namespace, "first", "again:1").to_json()).await.unwrap();
        api.create_pod(&pod(namespace, "second", "again:2").to_json()).await.unwrap();
        followed.until("it comes again", |state| images(state) == Some(2)).await;
        api.delete_pod(namespace, "first").await.unwrap();
        api.delete_pod(namespace, "second").await.unwrap();
        followed.until("it is empty", |state| images(state) == Some(0)).await;
        api.delete_namespace(namespace).await.unwrap();
        if !named {
            followed.until("it goes", |state| images(state).is_none()).await;
        }
    }
}

#[tokio::test]
async fn a_few_namespaces_are_watched_each_and_many_with_one_watch_of_all() {
    let api = cluster().api();
    let names: Vec<_> = (0..33).map(|number| format!("follow-many-{number}")).collect();
    for name in &names {
        api.create_namespace(name).await.unwrap();
    }
    for (count, watches) in [(2, 2), (33, 1)] {
        let trouble = Trouble::before(cluster());
        let (source, _) = source(cluster(), trouble.relay.url(), SourceOptions::default()).await;
        let selected: Vec<_> = names[..count].iter().map(String::as_str).collect();
        let mut followed = Followed::start(&source, &options(&selected)).await;
        followed.until_so("all watches", || trouble.opened() >= watches).await;
        let last = &names[count - 1];
        api.create_pod(&pod(last, "web", "many:1").to_json()).await.unwrap();
        let has = |state: &ClusterState| {
            let report = state.report(Window::Now, SystemTime::now());
            report.inventory.namespace(last).is_some_and(|it| it.images().len() == 1)
        };
        followed.until("a pod of the last one", has).await;
        let requests = trouble.relay.requests();
        let paths: Vec<_> =
            requests.iter().filter(|it| is_watch(it)).map(|it| it.path().to_owned()).collect();
        assert_eq!(paths.len(), watches, "{paths:?}");
        assert_eq!(paths.contains(&"/api/v1/pods".to_owned()), watches == 1, "{paths:?}");
        api.delete_pod(last, "web").await.unwrap();
    }
}
