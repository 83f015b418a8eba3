//! Which connection a request goes over.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::cluster::transport::buffered::buffered;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nye";

/// What a server does with each connection: how many requests it answers before it closes it.
async fn server(answered: &'static [usize]) -> Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for count in answered {
            let (mut connection, _) = listener.accept().await.unwrap();
            for _ in 0..*count {
                request(&mut connection).await;
                connection.write_all(ANSWER).await.unwrap();
            }
            request(&mut connection).await;
        }
    });
    format!("http://{address}/path?query").parse().unwrap()
}

/// Reads one, or nothing where there is none.
async fn request(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") && connection.read_buf(&mut bytes).await.unwrap() > 0 {}
    String::from_utf8(bytes).unwrap()
}

/// Asks so many times, one after the other; how each ended.
async fn ask(uri: &Uri, times: usize) -> Vec<Result<Bytes, String>> {
    let http = Pooled::new(buffered(HttpConnector::new()));
    let mut ends = Vec::new();
    for _ in 0..times {
        let request = Request::get(uri.clone()).body(Body::empty()).unwrap();
        ends.push(match http.clone().send(request).await {
            Ok(answer) => Ok(answer.into_body().collect().await.unwrap().to_bytes()),
            Err(error) => Err(error.to_string()),
        });
    }
    ends
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let ends = ask(&server(&[3]).await, 3).await;
    assert_eq!(ends, [Ok("ye".into()), Ok("ye".into()), Ok("ye".into())]);
}

#[tokio::test]
async fn a_request_that_meets_a_closing_connection_is_sent_over_another() {
    let ends = ask(&server(&[1, 2]).await, 3).await;
    assert_eq!(ends, [Ok("ye".into()), Ok("ye".into()), Ok("ye".into())]);
}

#[tokio::test]
async fn a_new_connection_that_closes_without_an_answer_is_a_failure() {
    let ends = ask(&server(&[0, 1]).await, 2).await;
    assert!(ends[0].is_err(), "{ends:?}");
    assert!(ends[1].is_ok(), "{ends:?}");
}

#[tokio::test]
async fn a_request_names_its_host_and_no_login() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let uri = format!("http://user:secret@{address}").parse().unwrap();
    let (_, sent) = tokio::join!(ask(&uri, 1), async {
        request(&mut listener.accept().await.unwrap().0).await
    });
    assert_eq!(sent, format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n"));
}
