//! Where events are followed: the servers, the worker, one workspace, who writes and who follows.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{db, outbox};
use entity::{event, invitation};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::{Following, INVITED, WRITERS};
use crate::dice::Dice;
use crate::{CREATE_ALICE, Postgres, Program, Running, Sink, Socket, eventually, free_port};

/// A follower is dropped after fewer events than this.
const STAYS: u64 = 60;
/// When nothing comes for so long after all has happened, nothing more will.
const SILENCE: Duration = Duration::from_secs(20);
/// How long who has everything listens for what comes twice.
const DOUBLES: Duration = Duration::from_secs(1);

const FOLLOW: &str = "subscription($id: ID!, $after: String) { invitationStatusChanged(workspaceId: $id, after: $after) { \
                      cursor status deliveryStatus invitation { email } } }";
const FOLLOW_OWN: &str = "subscription($after: String) { viewerInvitations(after: $after) { \
                          cursor status deliveryStatus invitation { email } } }";
const SEND: &str = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { invitation { id } userErrors { code } } }";
const REVOKE: &str =
    "mutation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { userErrors { code } } }";
const FIND: &str = "query($id: ID!, $email: String!) { \
                    workspace(id: $id) { invitations(first: 1, search: $email, status: [PENDING]) { nodes { id } } } }";

/// Whose events somebody follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follower {
    /// Those of the workspace.
    Workspace,
    /// Those of the invitations addressed to one of the invited.
    Invited(usize),
}

/// An event: its cursor, and what it tells as in `guest1@example.com PENDING SENT`.
pub(super) type Event = (String, String);

/// What writers and followers share.
pub(super) struct Stage {
    plan: Following,
    servers: [Url; 2],
    client: reqwest::Client,
    token: String,
    tokens_of_invited: Vec<String>,
    workspace: String,
    begin: Value,
    done: AtomicUsize,
    database: DatabaseConnection,
    /// What happened, once nothing more does.
    happened: OnceLock<Vec<Event>>,
    sink: Sink,
}

/// What one follower was told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) follower: Follower,
    /// In the order in which they came.
    pub(super) events: Vec<Event>,
    /// How often the follower connected.
    pub(super) connections: usize,
}

impl Stage {
    /// Starts two servers, one to be killed and one that stays with a worker, with people signed in and a workspace.
    pub(super) async fn set(plan: &Following, postgres: &Postgres, redis: &str) -> (Self, Running, [Running; 2]) {
        let sink = Sink::start(Duration::ZERO).await;
        let program = |command: &[&str]| program(command, postgres, redis, &sink);
        let killed = program(&["server"]).with("USHER_LISTEN", &format!("127.0.0.1:{}", free_port())).starts().await;
        let stays = program(&["server"]).starts().await;
        let worker = program(&["worker"]).starts().await;
        assert!(program(&CREATE_ALICE).runs().await.status.success());
        let alice = stays.visitor("alice@example.com");
        alice.logs_in().await.succeeds();
        let mut tokens_of_invited = Vec::new();
        for number in 0..INVITED {
            let person = stays.visitor(&invited(number));
            let account = ["--email", &invited(number), "--name", "Somebody", "--password", &person.password];
            let created = program(&[&["user", "create"], &account[..]].concat()).runs().await;
            assert!(created.status.success());
            person.logs_in().await.succeeds();
            tokens_of_invited.push(person.token().expect("somebody signed in"));
        }
        let acme = alice.creates_workspace("Acme").await;
        let cursor = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
        let cursor = alice.graphql(cursor, json!({ "id": acme.id() })).await;
        let stage = Self {
            plan: plan.clone(),
            servers: [killed.address(), stays.address()],
            client: reqwest::Client::new(),
            token: alice.token().expect("somebody signed in"),
            tokens_of_invited,
            workspace: acme.id().to_owned(),
            begin: cursor.data("/workspace/eventCursor").clone(),
            done: AtomicUsize::new(0),
            database: db::connect(&postgres.url("postgres").into()).await.expect("PostgreSQL takes connections"),
            happened: OnceLock::new(),
            sink,
        };
        (stage, killed, [stays, worker])
    }

    /// Starts the server that was killed again, where it was.
    pub(super) async fn server_again(&self, postgres: &Postgres, redis: &str) -> Running {
        let address = self.servers[0].authority();
        program(&["server"], postgres, redis, &self.sink).with("USHER_LISTEN", address).starts().await
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
        let writer = number % WRITERS;
        let email = if writer < INVITED { invited(writer) } else { format!("guest{number}@example.com") };
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

    /// Waits until nothing happens any more: no mail waits, and every event has its number.
    pub(super) async fn comes_to_rest(&self) {
        eventually("all mail is delivered or cancelled, and told of", async || {
            let waiting = outbox::backlog(&self.database).await.expect("the outbox can be read").waiting;
            let unnumbered = event::Entity::find().filter(event::Column::Number.is_null());
            let unnumbered = unnumbered.count(&self.database).await.expect("events can be counted");
            (waiting == 0 && unnumbered == 0).then_some(())
        })
        .await;
        let events = event::Entity::find().filter(event::Column::Status.is_not_null());
        let events = events.order_by_asc(event::Column::Number).all(&self.database).await.expect("events can be read");
        let invitations = invitation::Entity::find().all(&self.database).await.expect("invitations can be read");
        let addresses: HashMap<_, _> = invitations.into_iter().map(|row| (row.id, row.email)).collect();
        let happened = events.into_iter().map(|event| {
            let cursor = URL_SAFE_NO_PAD.encode(format!("n{}", event.number.expect("a number")));
            let address = &addresses[&event.invitation_id.expect("an invitation")];
            let text = |value: Value| value.as_str().expect("a text").to_owned();
            (cursor, format!("{address} {} {}", text(json!(event.status)), text(json!(event.delivery_status))))
        });
        self.happened.set(happened.collect()).expect("it comes to rest once");
    }

    /// What happened, of which a follower is told.
    pub(super) fn happened(&self, follower: Follower) -> Option<Vec<Event>> {
        let concerns = |(_, what): &&Event| match follower {
            Follower::Workspace => true,
            Follower::Invited(number) => what.starts_with(&format!("{} ", invited(number))),
        };
        Some(self.happened.get()?.iter().filter(concerns).cloned().collect())
    }

    /// Follows, is dropped after some events, and comes back where it was, until everything was told or nothing more comes.
    pub(super) async fn follow(&self, number: u64, follower: Follower) -> Told {
        let mut dice = Dice::new(self.plan.seed + number);
        let mut told = Told { follower, events: Vec::new(), connections: 0 };
        for server in self.servers.iter().cycle().skip(number as usize) {
            let Some(mut socket) = self.opens(server, follower, told.events.last()).await else { continue };
            told.connections += 1;
            for _ in 0..=dice.below(STAYS) {
                let happened = self.happened(follower);
                let has_all = happened.as_ref().is_some_and(|happened| told.events.len() >= happened.len());
                let patience = if has_all { DOUBLES } else { SILENCE };
                match timeout(patience, socket.hears_if_any()).await {
                    Ok(Some(message)) => told.events.push(read(&message)),
                    Ok(None) => break,
                    // What was under way when it came to rest was waited for.
                    Err(_) if happened.is_some() => return told,
                    Err(_) => break,
                }
            }
        }
        unreachable!("servers without end")
    }

    /// Subscribes after the last event, if the server answers.
    async fn opens(&self, server: &Url, follower: Follower, last: Option<&Event>) -> Option<Socket> {
        let (token, query) = match follower {
            Follower::Workspace => (&self.token, FOLLOW),
            Follower::Invited(number) => (&self.tokens_of_invited[number], FOLLOW_OWN),
        };
        let mut socket = Socket::tries_to_open(server).await?;
        if !socket.tries_to_begin(token).await {
            return None;
        }
        let after = last.map_or_else(|| self.begin.clone(), |(cursor, _)| json!(cursor));
        socket.subscribes("1", query, json!({ "id": self.workspace, "after": after })).await;
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

/// The event in a message.
fn read(message: &Value) -> Event {
    let data = message["payload"]["data"].as_object().and_then(|data| data.values().next());
    let text = |path: &str| {
        let found = data.and_then(|change| change.pointer(path)).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{message}")).to_owned()
    };
    let what = format!("{} {} {}", text("/invitation/email"), text("/status"), text("/deliveryStatus"));
    (text("/cursor"), what)
}

/// The address of one of the invited.
fn invited(number: usize) -> String {
    format!("invited{number}@example.com")
}

fn program(command: &[&str], postgres: &Postgres, redis: &str, sink: &Sink) -> Program {
    Program::new(command)
        .with("USHER_DATABASE_URL", &postgres.url("postgres"))
        .with("USHER_REDIS_URL", redis)
        .with("USHER_SMTP_URL", &sink.url())
        .with("USHER_PUBLIC_URL", "https://usher.example")
        .with("USHER_RATE_LIMITS", "off")
        .with("USHER_SECRET_KEY", "a key for stories of at least 32 bytes")
        .with("USHER_LISTEN", "127.0.0.1:0")
}
