//! Abuse: what asks for far too much costs the running program next to nothing and leaves it answering.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Program, Running, Socket, stories};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

stories![alone:
    a_request_that_asks_for_far_too_much_costs_little,
    connections_that_are_left_half_open_cost_little,
];

/// The processor time that one of them may cost.
const COST: Duration = Duration::from_millis(50);
/// How often each is tried to tell what one costs: processor time is told in hundredths of a second.
const TIMES: u32 = 10;
/// How often that is told. The cheapest counts: whatever else the machine does can only add to it.
const ROUNDS: u32 = 3;
/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

async fn usher() -> Running {
    Program::new(&["up"]).with("USHER_LISTEN", "127.0.0.1:0").with("USHER_REQUEST_TIMEOUT", "3s").starts().await
}

/// Posts a body and answers with the code of the first error, if there is one.
async fn post(client: &reqwest::Client, usher: &Running, body: Vec<u8>) -> Option<String> {
    let request = client.post(usher.address().join("/graphql").expect("a path")).timeout(PATIENCE);
    let answer = request.header("content-type", "application/json").body(body).send().await.expect("an answer");
    let answer: Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    answer.pointer("/errors/0/extensions/code").and_then(Value::as_str).map(str::to_owned)
}

/// Holds what one of `count` cost on average against the limit.
fn cost(what: &str, spent: Duration, count: u32) {
    let each = spent / count;
    assert!(each < COST, "{what} cost {each:?} of processor time");
}

fn document(text: &str) -> Vec<u8> {
    json!({ "query": text }).to_string().into_bytes()
}

/// A fragment that spreads the next one twice.
fn twice_fragment(number: u32) -> String {
    format!("fragment F{number} on Query {{ ...F{next} ...F{next} }} ", next = number + 1)
}

async fn a_request_that_asks_for_far_too_much_costs_little() {
    let usher = usher().await;
    let client = reqwest::Client::new();
    let aliases: String = (0..10_000).map(|number| format!("a{number}: __typename ")).collect();
    let twice: String = (0..50).map(twice_fragment).collect();
    let nowhere: String = (0..29).map(twice_fragment).collect();
    let pairs = format!("{}name{}", "possibleTypes { interfaces { ".repeat(11), " } }".repeat(11));
    let values = vec!["1"; 2_000_000].join(",");
    let nodes = format!("query($ids: [ID!]!) {{ {} }}", "nodes(ids: $ids) { id } ".repeat(500));
    let several =
        nodes.replacen("query", "query B { __typename } query A", 1).replacen("nodes(ids: $ids) { id } ", "", 1);
    let ids = json!({ "ids": vec!["x"; 10_000] });
    let unknown = format!("{} ", "x".repeat(250)).repeat(1_000);
    let abuse = [
        ("10,000 aliases", document(&format!("{{ {aliases} }}")), "QUERY_TOO_COMPLEX"),
        ("a depth of 100", document(&format!("{}id{}", "{ node ".repeat(100), " }".repeat(100))), "QUERY_TOO_COMPLEX"),
        (
            "5 MB of variables",
            json!({ "query": "{ __typename }", "variables": { "a": "x".repeat(5_000_000) } }).to_string().into_bytes(),
            "BAD_USER_INPUT",
        ),
        (
            "4 MB of small variables",
            format!(r#"{{"query":"{{ __typename }}","variables":{{"a":[{values}]}}}}"#).into_bytes(),
            "BAD_USER_INPUT",
        ),
        (
            "a batch of 100",
            Value::from(vec![json!({ "query": "{ __typename }" }); 100]).to_string().into_bytes(),
            "BAD_USER_INPUT",
        ),
        (
            "fragments in a circle",
            document("{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }"),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "fragments that multiply",
            document(&format!("{{ ...F0 }} {twice} fragment F50 on Query {{ __typename }}")),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "fragments that multiply and lead nowhere",
            document(&format!("{{ ...F0 }} {nowhere} fragment F29 on Query {{ ...Nope }}")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "an introspection that multiplies",
            document(&format!("{{ __type(name: \"Node\") {{ {pairs} }} }}")),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "10,000 values used 500 times",
            json!({ "query": nodes, "variables": ids }).to_string().into_bytes(),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "10,000 values used 499 times, and no operation chosen",
            json!({ "query": several, "variables": ids }).to_string().into_bytes(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "10,000 values used 499 times, and an operation chosen that is not there",
            json!({ "query": several, "variables": ids, "operationName": "C" }).to_string().into_bytes(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a string of 3 MB used 500 times",
            json!({ "query": nodes, "variables": { "ids": "x".repeat(3_000_000) } }).to_string().into_bytes(),
            "QUERY_TOO_COMPLEX",
        ),
        ("long names of nothing", document(&format!("mutation {{ {unknown} }}")), "GRAPHQL_VALIDATION_FAILED"),
        ("invalid UTF-8", [b"{\"query\":\"".as_slice(), &[0xff; 1_000_000], b"\"}"].concat(), "BAD_USER_INPUT"),
    ];
    for (what, body, code) in abuse {
        let mut cheapest = Duration::MAX;
        for _ in 0..ROUNDS {
            let before = usher.processor_time();
            for _ in 0..TIMES {
                assert_eq!(post(&client, &usher, body.clone()).await.as_deref(), Some(code), "{what}");
            }
            cheapest = cheapest.min(usher.processor_time() - before);
        }
        cost(what, cheapest, TIMES);
        assert_eq!(post(&client, &usher, document("{ __typename }")).await, None, "after {what}");
    }
}

/// Half of a head: it may stay longer than a proxy keeps a connection open, and so than this waits.
const HALF_HEAD: &str = "GET /graphql HTTP/1.1\r\nhost: usher.test\r\n";
/// Half of a request, and an upgrade after which nothing is said; and how each ends.
const HALVES: [(&str, &[u8]); 2] = [
    (
        "POST /graphql HTTP/1.1\r\nhost: usher.test\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
        b"HTTP/1.1 408",
    ),
    (
        "GET /graphql HTTP/1.1\r\nhost: usher.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
     sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
     sec-websocket-protocol: graphql-transport-ws\r\n\r\n",
        &4408_u16.to_be_bytes(),
    ),
];

/// A connection over which only this is said.
async fn opened(usher: &Running, said: &str) -> TcpStream {
    let mut stream = TcpStream::connect(usher.address().authority()).await.expect("a connection");
    stream.write_all(said.as_bytes()).await.expect("the program reads");
    stream
}

async fn connections_that_are_left_half_open_cost_little() {
    let usher = usher().await;
    let before = usher.processor_time();
    let (mut open, mut heads) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        heads.push(opened(&usher, HALF_HEAD).await);
        for (half, end) in HALVES {
            open.push((opened(&usher, half).await, end));
        }
    }
    let client = reqwest::Client::new();
    assert_eq!(post(&client, &usher, document("{ __typename }")).await, None);
    Socket::open(&usher.address()).await.begins(None).await;
    for (mut stream, end) in open {
        let mut read = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut read)).await.expect("it is closed in time").expect("what came");
        assert!(read.windows(end.len()).any(|bytes| bytes == end), "{read:?}");
    }
    cost("a connection that is left half open", usher.processor_time() - before, 3 * TIMES);
    drop(heads);
    assert_eq!(post(&client, &usher, document("{ __typename }")).await, None);
}
