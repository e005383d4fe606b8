//! Who invites in a campaign: somebody who does not give up until each invitation is acknowledged.

use std::ops::Range;
use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::stage::Stage;
use crate::{Actor, CREATE_ALICE, Object};

/// How many requests are under way at once.
const AT_ONCE: usize = 4;
/// How long each of them rests after an invitation, so that faults strike while there are some on their way.
const REST: Duration = Duration::from_millis(100);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How long one invitation may take, with all that goes wrong meanwhile.
const PATIENCE: Duration = Duration::from_mins(2);
/// Before an invitation is tried again.
const PAUSE: Duration = Duration::from_millis(50);
/// One in so many is sent to an address that does not exist.
const NOBODY: usize = 20;

const SEND: &str = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { userErrors { code } } }";
const LIST: &str = "query($id: ID!, $after: String) { workspace(id: $id) { invitations(first: 100, after: $after) { \
    nodes { email status delivery { status lastError messageId } } pageInfo { hasNextPage endCursor } } } }";

pub(super) struct Inviter {
    client: reqwest::Client,
    urls: Vec<String>,
    token: String,
    /// The workspace.
    id: String,
}

impl Inviter {
    /// Makes an account and a workspace while all is well.
    pub(super) async fn new(stage: &Stage) -> Self {
        let created = stage.program(&CREATE_ALICE).runs().await;
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let urls: Vec<String> = stage.ports.iter().map(|port| format!("http://127.0.0.1:{port}/graphql")).collect();
        let alice = Actor::over_http(urls[0].parse().expect("a URL"), "alice@example.com");
        alice.logs_in().await.succeeds();
        let acme = alice.creates_workspace("Acme").await;
        let client = reqwest::Client::builder().timeout(ANSWER).build().expect("a client");
        Self { client, urls, token: alice.token().expect("somebody signed in"), id: acme.id().to_owned() }
    }

    /// Sends these invitations and returns when all are acknowledged.
    pub(super) async fn invites(&self, numbers: Range<usize>) {
        let invite = async |number| {
            self.invite(number).await;
            sleep(REST).await;
        };
        stream::iter(numbers).for_each_concurrent(AT_ONCE, invite).await;
    }

    /// An answer may be lost on its way; then the invitation is open already, which is as good.
    async fn invite(&self, number: usize) {
        let who = if number.is_multiple_of(NOBODY) { "nobody" } else { "person" };
        let input = json!({ "workspaceId": self.id, "email": format!("{who}-{number}@example.com") });
        let limit = Instant::now() + PATIENCE;
        for attempt in number.. {
            let answer = self.ask(attempt, SEND, json!({ "input": input })).await;
            match answer.as_ref().and_then(|answer| answer.pointer("/data/sendInvitation/userErrors")) {
                Some(errors) if *errors == json!([]) || errors[0]["code"] == "ALREADY_INVITED" => return,
                Some(errors) => panic!("invitation {number} was refused: {errors}"),
                None => assert!(Instant::now() < limit, "invitation {number} gets no answer: {answer:?}"),
            }
            sleep(PAUSE).await;
        }
    }

    /// Every invitation there is, as the API shows it.
    pub(super) async fn sees(&self) -> Vec<Object> {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = self.ask(0, LIST, json!({ "id": self.id, "after": after })).await.expect("the server answers");
            let page = Object::new(answer["data"]["workspace"]["invitations"].clone());
            seen.extend(page.list("/nodes"));
            if page.at("/pageInfo/hasNextPage") == &json!(false) {
                return seen;
            }
            after = page.at("/pageInfo/endCursor").clone();
        }
    }

    /// The status of the invitation behind a link, as its holder sees it.
    pub(super) async fn sees_behind(&self, link: &str) -> String {
        let token = link.rsplit('/').next().unwrap_or_default();
        let query = "query($token: String!) { invitationByToken(token: $token) { status email } }";
        let answer = self.ask(0, query, json!({ "token": token })).await.expect("the server answers");
        answer["data"]["invitationByToken"]["status"].as_str().unwrap_or("a link that never was").to_owned()
    }

    async fn ask(&self, attempt: usize, query: &str, variables: Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.client.post(&self.urls[attempt % self.urls.len()]).bearer_auth(&self.token);
        let answer = request.header("content-type", "application/json").body(body).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }
}
