//! Where events are followed: the servers, one workspace, who writes and who follows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::{Following, WRITERS};
use crate::dice::Dice;
use crate::{CREATE_ALICE, Postgres, Program, Redis, Running, Socket, eventually};

/// A follower is dropped after fewer events than this.
const STAYS: u64 = 60;
/// When nothing comes for so long after the last change, nothing more will.
const SILENCE: Duration = Duration::from_secs(20);

const FOLLOW: &str = "subscription($id: ID!, $after: String) { \
                      invitationStatusChanged(workspaceId: $id, after: $after) { cursor status invitation { email } } }";
const SEND: &str = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { invitation { id } userErrors { code } } }";
const REVOKE: &str =
    "mutation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { userErrors { code } } }";
const FIND: &str = "query($id: ID!, $email: String!) { \
                    workspace(id: $id) { invitations(first: 1, search: $email) { nodes { id } } } }";

/// What writers and followers share.
pub(super) struct Stage {
    plan: Following,
    servers: [Url; 2],
    client: reqwest::Client,
    token: String,
    workspace: String,
    begin: Value,
    done: AtomicUsize,
}

/// What one follower was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The cursor of each event, and what it tells as in `guest1@example.com PENDING`, in the order in which they came.
    pub(super) events: Vec<(String, String)>,
    /// How often the follower connected.
    pub(super) connections: usize,
}

impl Stage {
    /// Starts two servers, one to be killed and one that stays, with somebody signed in and a workspace.
    pub(super) async fn set(plan: &Following, postgres: &Postgres, redis: &Redis) -> (Self, Running, Running) {
        let killed = server(postgres, redis).starts().await;
        let mut create = Program::new(&CREATE_ALICE).with("USHER_DATABASE_URL", &postgres.url("postgres"));
        assert!(create.runs().await.status.success());
        let stays = server(postgres, redis).starts().await;
        let alice = stays.visitor("alice@example.com");
        alice.logs_in().await.succeeds();
        let acme = alice.creates_workspace("Acme").await;
        let cursor = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
        let cursor = alice.graphql(cursor, json!({ "id": acme.id() })).await;
        let stage = Self {
            plan: plan.clone(),
            servers: [killed.address(), stays.address()],
            client: reqwest::Client::new(),
            token: alice.token().expect("somebody signed in"),
            workspace: acme.id().to_owned(),
            begin: cursor.data("/workspace/eventCursor").clone(),
            done: AtomicUsize::new(0),
        };
        (stage, killed, stays)
    }

    /// Makes one writer's share of the changes, one after the other.
    pub(super) async fn write(&self, writer: usize) {
        for number in (writer..self.plan.changes / 2).step_by(WRITERS) {
            let id = self.send(number).await;
            self.revoke(number, &id).await;
        }
    }

    /// Invites somebody. Answers the invitation's id.
    async fn send(&self, number: usize) -> String {
        let email = format!("guest{number}@example.com");
        let input = json!({ "workspaceId": self.workspace, "email": email });
        let mut answer = self.asks(number, SEND, json!({ "input": input })).await;
        let mut id = answer["data"]["sendInvitation"]["invitation"]["id"].take();
        if id.is_null() {
            // The server that was killed had done it before it could answer.
            assert_eq!(answer["data"]["sendInvitation"]["userErrors"][0]["code"], "ALREADY_INVITED", "{answer}");
            answer = self.asks(number, FIND, json!({ "id": self.workspace, "email": email })).await;
            id = answer["data"]["workspace"]["invitations"]["nodes"][0]["id"].take();
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        id.as_str().unwrap_or_else(|| panic!("no invitation in {answer}")).to_owned()
    }

    async fn revoke(&self, number: usize, id: &str) {
        let answer = self.asks(number, REVOKE, json!({ "input": { "invitationId": id } })).await;
        let refused = &answer["data"]["revokeInvitation"]["userErrors"];
        assert!(*refused == json!([]) || refused[0]["code"] == "INVITATION_REVOKED", "{answer}");
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks one server, and the other one when that does not answer.
    async fn asks(&self, number: usize, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        for server in self.servers.iter().cycle().skip(number).take(2) {
            let request = self.client.post(server.join("/graphql").expect("a path"));
            let request = request.bearer_auth(&self.token).header("content-type", "application/json");
            let Ok(answer) = request.body(body.clone()).send().await else { continue };
            let Ok(answer) = answer.text().await else { continue };
            return serde_json::from_str(&answer).expect("an answer in JSON");
        }
        panic!("no server answers");
    }

    /// Follows, is dropped after some events, and comes back where it was, until there is one event for each change or
    /// nothing more comes.
    pub(super) async fn follow(&self, follower: usize) -> Told {
        let mut dice = Dice::new(self.plan.seed + follower as u64);
        let mut told = Told::default();
        for server in self.servers.iter().cycle().skip(follower) {
            let Some(mut socket) = self.opens(server, told.events.last()).await else { continue };
            told.connections += 1;
            for _ in 0..=dice.below(STAYS) {
                let Ok(message) = timeout(SILENCE, socket.hears_if_any()).await else {
                    if self.done.load(Ordering::Relaxed) == self.plan.changes {
                        return told;
                    }
                    break;
                };
                let Some(message) = message else { break };
                let change = &message["payload"]["data"]["invitationStatusChanged"];
                let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{message}")).to_owned();
                let what = format!("{} {}", text(&change["invitation"]["email"]), text(&change["status"]));
                told.events.push((text(&change["cursor"]), what));
                if told.events.len() == self.plan.changes {
                    return told;
                }
            }
        }
        unreachable!("servers without end")
    }

    /// Subscribes after the last event, if the server answers.
    async fn opens(&self, server: &Url, last: Option<&(String, String)>) -> Option<Socket> {
        let mut socket = Socket::tries_to_open(server).await?;
        if !socket.tries_to_begin(&self.token).await {
            return None;
        }
        let after = last.map_or_else(|| self.begin.clone(), |(cursor, _)| json!(cursor));
        socket.subscribes("1", FOLLOW, json!({ "id": self.workspace, "after": after })).await;
        Some(socket)
    }

    /// Waits for so many changes.
    pub(super) async fn until(&self, changes: usize) {
        let mut done = 0;
        while done < changes {
            let more = async || Some(self.done.load(Ordering::Relaxed)).filter(|now| *now > done);
            done = eventually("the writers go on", more).await;
        }
    }
}

fn server(postgres: &Postgres, redis: &Redis) -> Program {
    Program::new(&["server"])
        .with("USHER_DATABASE_URL", &postgres.url("postgres"))
        .with("USHER_REDIS_URL", &redis.url(0))
        .with("USHER_SMTP_URL", "smtp://127.0.0.1:1")
        .with("USHER_RATE_LIMITS", "off")
        .with("USHER_SECRET_KEY", "a key for stories of at least 32 bytes")
        .with("USHER_LISTEN", "127.0.0.1:0")
}
