//! Following live events while things go wrong: two servers, PostgreSQL and Redis. Whoever is dropped and comes back with a
//! cursor has every event once, in the order in which everybody has them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tests::{Actor, Durability, Postgres, Program, Redis, Running, Socket, at_once, eventually, stories};
use url::Url;

stories![alone: every_follower_has_every_event_once_and_in_one_order];

const WRITERS: usize = 16;
const CHANGES_EACH: usize = 25;
const FOLLOWERS: usize = 20;

const FOLLOW: &str = "subscription($id: ID!, $after: String) { \
                      invitationStatusChanged(workspaceId: $id, after: $after) { cursor invitation { email } } }";
const SEND: &str = "mutation($input: SendInvitationInput!) { sendInvitation(input: $input) { userErrors { code } } }";

/// What writers and followers share.
struct Stage {
    servers: [Url; 2],
    token: String,
    workspace: String,
    begin: Value,
    done: AtomicUsize,
}

impl Stage {
    /// Invites somebody, at the other server when one does not answer. Whether that one had done it does not matter.
    async fn change(&self, writer: usize, number: usize) {
        let input = json!({ "workspaceId": self.workspace, "email": format!("guest{writer}-{number}@example.com") });
        let body = json!({ "query": SEND, "variables": { "input": input } }).to_string();
        for server in self.servers.iter().cycle().skip(writer).take(2) {
            let request = reqwest::Client::new().post(server.join("/graphql").expect("a path"));
            let request = request.bearer_auth(&self.token).header("content-type", "application/json");
            let Ok(answer) = request.body(body.clone()).send().await else { continue };
            let Ok(answer) = answer.text().await else { continue };
            assert!(answer.contains("\"userErrors\":[]") || answer.contains("ALREADY_INVITED"), "{answer}");
            self.done.fetch_add(1, Ordering::Relaxed);
            return;
        }
        panic!("no server answers");
    }

    /// Follows, is dropped after some events, and comes back where it was, until there is one event for each change.
    async fn follow(&self, follower: usize) -> Vec<(String, String)> {
        let mut events: Vec<(String, String)> = Vec::new();
        let mut stay = follower * 7 + 1;
        for server in self.servers.iter().cycle().skip(follower) {
            let Some(mut socket) = Socket::tries_to_open(server).await else { continue };
            if !socket.tries_to_begin(&self.token).await {
                continue;
            }
            let after = events.last().map_or_else(|| self.begin.clone(), |(cursor, _)| json!(cursor));
            socket.subscribes("1", FOLLOW, json!({ "id": self.workspace, "after": after })).await;
            stay = (stay * 13 + 5) % 61;
            for _ in 0..=stay {
                let Some(message) = socket.hears_if_any().await else { break };
                let change = &message["payload"]["data"]["invitationStatusChanged"];
                let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{message}")).to_owned();
                events.push((text(&change["cursor"]), text(&change["invitation"]["email"])));
                if events.len() == WRITERS * CHANGES_EACH {
                    return events;
                }
            }
        }
        unreachable!("servers without end")
    }

    /// Waits for so many changes.
    async fn until(&self, changes: usize) {
        let mut done = 0;
        while done < changes {
            let more = async || Some(self.done.load(Ordering::Relaxed)).filter(|now| *now > done);
            done = eventually("the writers go on", more).await;
        }
    }
}

async fn servers(postgres: &Postgres, redis: &Redis) -> (Running, Running) {
    let program = || {
        Program::new(&["server"])
            .with("USHER_DATABASE_URL", &postgres.url("postgres"))
            .with("USHER_REDIS_URL", &redis.url(0))
            .with("USHER_SMTP_URL", "smtp://127.0.0.1:1")
            .with("USHER_RATE_LIMITS", "off")
            .with("USHER_SECRET_KEY", "a key for stories of at least 32 bytes")
            .with("USHER_LISTEN", "127.0.0.1:0")
    };
    let first = program().starts().await;
    let create = ["user", "create", "--email", "alice@example.com", "--name", "Alice"];
    let create = [&create[..], &["--password", "the password of alice"]].concat();
    let mut create = Program::new(&create).with("USHER_DATABASE_URL", &postgres.url("postgres"));
    assert!(create.runs().await.status.success());
    (first, program().starts().await)
}

async fn stage(alice: &Actor, servers: [Url; 2]) -> Stage {
    alice.logs_in().await.succeeds();
    let acme = alice.creates_workspace("Acme").await;
    let cursor = "query($id: ID!) { workspace(id: $id) { eventCursor } }";
    let cursor = alice.graphql(cursor, json!({ "id": acme.id() })).await;
    Stage {
        servers,
        token: alice.token().expect("somebody signed in"),
        workspace: acme.id().to_owned(),
        begin: cursor.data("/workspace/eventCursor").clone(),
        done: AtomicUsize::new(0),
    }
}

async fn every_follower_has_every_event_once_and_in_one_order() {
    let (postgres, mut redis) = (Postgres::start(Durability::Fast), Redis::start());
    let (killed, stays) = servers(&postgres, &redis).await;
    let stage = stage(&stays.visitor("alice@example.com"), [killed.address(), stays.address()]).await;
    let stage = Arc::new(stage);
    let writers = at_once((0..WRITERS).map(|writer| {
        let stage = Arc::clone(&stage);
        async move {
            for number in 0..CHANGES_EACH {
                stage.change(writer, number).await;
            }
        }
    }));
    let followers = at_once((0..FOLLOWERS).map(|follower| {
        let stage = Arc::clone(&stage);
        async move { stage.follow(follower).await }
    }));
    let faults = async {
        let all = WRITERS * CHANGES_EACH;
        stage.until(all / 4).await;
        redis.restart_empty();
        stage.until(all / 2).await;
        killed.is_killed().await;
        stage.until(all * 3 / 4).await;
        redis.restart_empty();
    };
    let (_, told, ()) = futures::join!(writers, followers, faults);
    let emails: HashSet<&String> = told[0].iter().map(|(_, email)| email).collect();
    assert_eq!(emails.len(), WRITERS * CHANGES_EACH, "an event is missing or came twice");
    for events in &told {
        assert_eq!(events, &told[0]);
    }
}
