//! A subscription as a browser follows it: GraphQL over server-sent events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use crate::Actor;

/// How long an event may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The events of one subscription, over the network.
pub struct EventStream {
    answer: reqwest::Response,
    buffer: String,
    /// The id of the last event, as EventSource keeps it.
    id: Option<String>,
}

impl EventStream {
    /// Subscribes as `actor` at the program that listens at `address`.
    pub async fn open(address: Url, actor: &Actor, subscription: &str, variables: Value) -> Self {
        Self::comes_back(address, actor, subscription, variables, None).await
    }

    /// The same after the connection was lost on which the event with this id was told last.
    pub async fn comes_back(
        address: Url,
        actor: &Actor,
        subscription: &str,
        variables: Value,
        id: Option<&str>,
    ) -> Self {
        let url = address.join("/graphql").expect("a path");
        let body = json!({ "query": subscription, "variables": variables }).to_string();
        let request = reqwest::Client::new()
            .post(url)
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(body);
        Self::answered(request, actor, id).await
    }

    /// Subscribes as a browser's EventSource does, by GET, which comes back after the event with this id.
    pub async fn of_browser(
        address: Url,
        actor: &Actor,
        subscription: &str,
        variables: Value,
        id: Option<&str>,
    ) -> Self {
        let mut url = address.join("/graphql").expect("a path");
        url.query_pairs_mut().append_pair("query", subscription).append_pair("variables", &variables.to_string());
        let request = reqwest::Client::new().get(url).header("accept", "text/event-stream");
        Self::answered(request, actor, id).await
    }

    async fn answered(mut request: reqwest::RequestBuilder, actor: &Actor, id: Option<&str>) -> Self {
        if let Some(id) = id {
            request = request.header("last-event-id", id);
        }
        if let Some(token) = actor.token() {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.expect("the program answers");
        assert_eq!(answer.status(), 200);
        Self { answer, buffer: String::new(), id: None }
    }

    /// Waits until it is told where it begins.
    pub async fn begins(&mut self) {
        let told = timeout(PATIENCE, self.read()).await.expect("it is told in time");
        let id = told.strip_prefix("id: ").unwrap_or_else(|| panic!("no beginning: {told}"));
        self.id = Some(id.to_owned());
    }

    /// The id of the event that was told last.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The next result.
    pub async fn next(&mut self) -> Value {
        let event = timeout(PATIENCE, self.read()).await.expect("an event comes in time");
        let told = event.strip_prefix("event: next\ndata: ").unwrap_or_else(|| panic!("not a result: {event}"));
        let (data, id) = told.split_once("\nid: ").map_or((told, None), |(data, id)| (data, Some(id)));
        self.id = id.map(str::to_owned).or(self.id.take());
        serde_json::from_str(data).expect("a result in JSON")
    }

    /// Waits for the end; there may be no result before it.
    pub async fn ends(&mut self) {
        let event = timeout(PATIENCE, self.read()).await.expect("the subscription ends in time");
        assert!(event.starts_with("event: complete"), "not the end: {event}");
    }

    /// Waits until the connection ends, whatever is told before it, but no end.
    pub async fn is_broken_off(&mut self) {
        let told = async {
            while let Ok(Some(chunk)) = self.answer.chunk().await {
                self.buffer.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
            }
        };
        timeout(PATIENCE, told).await.expect("the connection ends in time");
        assert!(!self.buffer.contains("event: complete"), "the subscription ended: {}", self.buffer);
    }

    /// The next event that is no comment.
    async fn read(&mut self) -> String {
        loop {
            while let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let event = event.to_owned();
                self.buffer = rest.to_owned();
                if !event.starts_with(':') {
                    return event;
                }
            }
            let chunk = self.answer.chunk().await.expect("the stream goes on").expect("the stream has not ended");
            self.buffer.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }
}
