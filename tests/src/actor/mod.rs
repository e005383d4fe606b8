//! Actors: people with an address, a password and perhaps a session, who speak GraphQL through the router.

mod account;
mod browsing;
mod invitation;
mod people;
mod workspace;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use url::Url;

use crate::{Answer, Usher};

pub use invitation::{INVITATION, PREVIEW};
pub use workspace::MEMBERSHIP;

/// Somebody at a client of their own. Clones share the session.
#[derive(Clone)]
pub struct Actor {
    reaches: Reaches,
    /// The address, as this person types it.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// Where this person's client is on the network.
    address: Option<IpAddr>,
    /// What this person's client calls itself.
    user_agent: Option<String>,
    session: Arc<Mutex<Option<String>>>,
}

/// How what an actor says gets there.
#[derive(Clone)]
enum Reaches {
    /// The router of the app under test, as a function.
    Router(Box<Usher>),
    /// A program that listens at this address.
    Network(reqwest::Client, Url),
}

impl Actor {
    fn new(reaches: Reaches, email: &str) -> Self {
        let (local, _) = email.split_once('@').expect("an address");
        let (initial, rest) = local.split_at(1);
        Self {
            reaches,
            email: email.to_owned(),
            name: format!("{}{}", initial.to_uppercase(), rest.to_lowercase()),
            password: format!("the password of {}", local.to_lowercase()),
            address: None,
            user_agent: None,
            session: Arc::default(),
        }
    }

    /// Somebody who reaches a program over the network.
    pub fn over_http(address: Url, email: &str) -> Self {
        Self::new(Reaches::Network(reqwest::Client::new(), address), email)
    }

    /// The same person at another client, where nobody is signed in.
    pub fn elsewhere(&self) -> Self {
        Self { session: Arc::default(), ..self.clone() }
    }

    /// The same person with another password in mind.
    pub fn with_password(&self, password: &str) -> Self {
        Self { password: password.to_owned(), ..self.elsewhere() }
    }

    /// The same person at a client with this address; requests to a program come from where they come from.
    pub fn at(&self, address: &str) -> Self {
        Self { address: Some(address.parse().expect("an address")), ..self.elsewhere() }
    }

    /// The same person at another client, which calls itself this.
    pub fn with_client(&self, user_agent: &str) -> Self {
        Self { user_agent: Some(user_agent.to_owned()), ..self.elsewhere() }
    }

    /// The same person at the same client, who reaches another server.
    pub fn through(&self, server: &Usher) -> Self {
        Self { reaches: Reaches::Router(Box::new(server.clone())), ..self.clone() }
    }

    /// The token of the session, if somebody is signed in.
    pub fn token(&self) -> Option<String> {
        self.session().clone()
    }

    /// Uses this token from now on, or none.
    pub fn takes_token(&self, token: Option<String>) {
        *self.session() = token;
    }

    fn session(&self) -> MutexGuard<'_, Option<String>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks what no verb asks.
    pub async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.ask(query, variables, "").await
    }

    /// Calls a mutation with its one input; paths in the answer begin at its payload.
    pub async fn mutates(&self, mutation: &str, input: Value, selection: &str) -> Answer {
        let (initial, rest) = mutation.split_at(1);
        let input_type = format!("{}{rest}Input", initial.to_uppercase());
        let query = format!(
            "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} \
             userErrors {{ code message field }} }} }}"
        );
        self.ask(&query, json!({ "input": input }), &format!("/{mutation}")).await
    }

    /// Calls a mutation that is written out with its input; paths in the answer begin at its payload.
    pub async fn calls(&self, call: &str, selection: &str) -> Answer {
        self.ask(&format!("mutation {{ called: {call} {{ {selection} }} }}"), json!({}), "/called").await
    }

    /// The first thing a subscription tells, which must have something to tell.
    pub async fn follows(&self, subscription: &str) -> Answer {
        let Reaches::Router(app) = &self.reaches else { panic!("EventStream follows a program") };
        let mut request = self.request(subscription, json!({}));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        Answer::new(app.first_event(request.map(Body::from)).await, "")
    }

    async fn ask(&self, query: &str, variables: Value, root: &str) -> Answer {
        Answer::new(self.reaches.send(self.request(query, variables)).await, root)
    }

    fn request(&self, query: &str, variables: Value) -> Request<String> {
        let mut request =
            Request::builder().method(Method::POST).uri("/graphql").header(CONTENT_TYPE, "application/json");
        if let Some(token) = self.token() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(user_agent) = &self.user_agent {
            request = request.header(USER_AGENT, user_agent);
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = request.body(body).expect("a request");
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 40_000)));
        }
        request
    }
}

impl Reaches {
    async fn send(&self, mut request: Request<String>) -> Response<String> {
        match self {
            Self::Router(app) => app.request(request.map(Body::from)).await,
            Self::Network(client, address) => {
                let url = address.join(&request.uri().to_string()).expect("a path below the address");
                *request.uri_mut() = url.as_str().parse().expect("a URL is a URI");
                let request = request.try_into().expect("a request that reqwest can send");
                let answer = client.execute(request).await.expect("the program answers");
                let (status, headers) = (answer.status(), answer.headers().clone());
                let mut response = Response::new(answer.text().await.expect("the whole answer"));
                (*response.status_mut(), *response.headers_mut()) = (status, headers);
                response
            }
        }
    }
}

/// The token at the end of a link; a token alone stays as it is.
fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or(link)
}
