//! Usher: the app under test, whole but for the network and the time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use chrono::{DateTime, Utc};
use domain::clock::Clock;
use domain::config::{MailConfig, Rules};
use domain::outbox::HandOff;
use domain::rate_limit::{Limit, Limits, Quota, Quotas};
use domain::token::{Keys, Link, Purpose};
use domain::{App, db, id};
use futures::StreamExt;
use ipnet::IpNet;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait};
use secrecy::{ExposeSecret, SecretString};
use server::{Playground, Site, SiteOptions};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower::ServiceExt;
use url::Url;
use worker::{Captured, Delivery, MailSettings, Mailer, Queue};

use crate::backend::Place;
use crate::jobs::Jobs;
use crate::mailbox::Mailbox;
use crate::{Object, Served, Serving};

/// When every story begins.
const BEGINNING: &str = "2026-03-02T09:00:00Z";
/// How long the first event of a subscription may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// What links in mails begin with.
const PUBLIC_URL: &str = "http://usher.test";
/// The key of links.
const KEY: &str = "a key for stories, at least 32 bytes";
/// The defaults of the settings.
const RULES: Rules = Rules {
    invitation_ttl: Duration::from_hours(7 * 24),
    session_idle: Duration::from_hours(30 * 24),
    session_max: Duration::from_hours(365 * 24),
    deletion_grace: Duration::from_hours(5 * 24),
    seats: None,
};

/// The app under test. Clones are the same one.
#[derive(Clone)]
pub struct Usher {
    domain: App,
    router: Router,
    inner: Arc<Inner>,
}

/// What all servers of a story share.
struct Inner {
    queue: Queue,
    captured: Captured,
    jobs: Jobs,
    mailbox: Mailbox,
    delivery: Arc<RwLock<Arc<Delivery>>>,
    statements: Arc<AtomicU64>,
}

impl Usher {
    /// Starts on a fresh place.
    pub(crate) async fn start(place: &Place) -> Self {
        let mut db = db::connect(&place.database_url).await.expect("the story's database takes connections");
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let beginning = BEGINNING.parse().expect("a time");
        let keys = Keys::new(&[KEY.into()]).expect("a key that is long enough");
        let (hand_off, handed_off) = HandOff::channel();
        let mail = mail_config(None);
        let mailer = Mailer::new(&mail).expect("mail that is captured needs no settings");
        let captured = mailer.captured().expect("mail is captured").clone();
        let limits = Limits::default();
        let domain = App::new(db, Clock::manual(beginning), keys, hand_off, limits, mail, RULES)
            .expect("the system gives random bytes");
        let queue = Queue::open(place.redis_url.as_ref()).await.expect("a queue");
        let delivery = Arc::new(RwLock::new(Arc::new(delivery(&domain, mailer))));
        let inner = Inner {
            jobs: Jobs::new(domain.clone(), handed_off, queue.clone(), Arc::clone(&delivery)),
            mailbox: Mailbox::new(captured.clone()),
            delivery,
            queue,
            captured,
            statements,
        };
        let router = server::router(inner.site(&domain, &[], Serving::default()));
        Self { router, inner: Arc::new(inner), domain }
    }

    /// One more server of the same database, with limits. Two with the same Redis share their budgets, and one without
    /// keeps its own. `trusted_proxies` are networks whose word counts for where a request comes from.
    pub fn server_with_limits(
        &self,
        limits: &[(Limit, &str)],
        redis_url: Option<&SecretString>,
        trusted_proxies: &[&str],
    ) -> Self {
        let quotas = limits.iter().fold(Quotas::default(), |quotas, (limit, quota)| {
            quotas.with(*limit, Some(Quota::parse(quota).expect("a quota such as 10/15m")))
        });
        let limits = Limits::new(quotas, redis_url).expect("the URL of a Redis");
        let proxies: Vec<_> = trusted_proxies.iter().map(|network| network.parse().expect("a network")).collect();
        let mut domain = self.domain.clone();
        domain.limits = limits;
        let router = server::router(self.inner.site(&domain, &proxies, Serving::default()));
        Self { router, inner: Arc::clone(&self.inner), domain }
    }

    /// One more server of the same database, with other rules.
    pub fn server_with_rules(&self, rules: Rules) -> Self {
        let mut domain = self.domain.clone();
        domain.rules = rules;
        let router = server::router(self.inner.site(&domain, &[], Serving::default()));
        Self { router, inner: Arc::clone(&self.inner), domain }
    }

    /// Serves it over the network as well, until what is answered is dropped.
    pub async fn serves(&self, serving: Serving) -> Served {
        let reads_events = serving.reads_events;
        Served::start(self.inner.site(&self.domain, &[], serving), reads_events).await
    }

    /// What the domain works with.
    pub fn domain(&self) -> &App {
        &self.domain
    }

    /// The database.
    pub fn db(&self) -> &DatabaseConnection {
        &self.domain.db
    }

    /// Runs a statement on the database, in words that both know.
    pub async fn sql(&self, statement: &str) {
        self.db().execute_unprepared(statement).await.expect("a statement that both databases know");
    }

    /// How many statements it asks the database meanwhile, and what comes of it.
    pub async fn statements_of<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        let before = self.inner.statements.load(Ordering::Relaxed);
        let answer = work.await;
        (self.inner.statements.load(Ordering::Relaxed) - before, answer)
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.domain.clock.now()
    }

    /// Lets time pass.
    pub fn clock_moves(&self, by: Duration) {
        self.domain.clock.advance(by);
    }

    /// How many rows a table has.
    pub async fn count<E>(&self) -> u64
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        E::find().count(self.db()).await.expect("a table can be counted")
    }

    /// Sends a request to the router, past all that actors know. As in the program, a task of its own answers it.
    pub async fn request(&self, request: Request<Body>) -> Response<String> {
        let (parts, body) = self.respond(request).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the body of a response in memory");
        Response::from_parts(parts, String::from_utf8(bytes.into()).expect("text"))
    }

    /// Sends a subscription and reads its first result, however long the stream goes on.
    pub(crate) async fn first_event(&self, request: Request<Body>) -> Response<String> {
        let (parts, body) = self.respond(request).await.into_parts();
        let mut chunks = body.into_data_stream();
        let mut told = String::new();
        loop {
            let chunk = timeout(PATIENCE, chunks.next()).await.expect("an event comes in time");
            let chunk = chunk.expect("an event before the end").expect("the body of a response in memory");
            told.push_str(std::str::from_utf8(&chunk).expect("text"));
            let complete = told.rsplit_once('\n').map_or("", |(complete, _)| complete);
            if let Some(result) = complete.lines().find_map(|line| line.strip_prefix("data: ")) {
                return Response::from_parts(parts, result.to_owned());
            }
        }
    }

    async fn respond(&self, request: Request<Body>) -> Response<Body> {
        let answers = at_once([self.router.clone().oneshot(request)]).await;
        answers.into_iter().next().expect("one answer").expect("the router always answers")
    }

    /// The link of an invitation that was sent once, as its mail will carry it.
    pub fn link_of(&self, invitation: &Object) -> String {
        let id = id::Kind::Invitation.parse(invitation.id()).expect("the id of an invitation");
        let keys = &self.domain.keys;
        let token = keys.link(keys.newest(), Purpose::Invitation, Link { id, generation: 1 });
        format!("{PUBLIC_URL}/join/{}", token.expect("a link with the newest key").expose_secret())
    }

    /// Delivers what is due now and goes on until nothing moves any more.
    pub async fn run_jobs(&self) {
        self.inner.jobs.run().await;
    }

    /// From now on mail leaves by the SMTP server at `url`, whether somebody listens there or not.
    pub fn delivers_by_smtp(&self, url: &str) {
        let mailer = Mailer::new(&mail_config(Some(url))).expect("the URL of an SMTP server");
        *self.inner.delivery.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(delivery(&self.domain, mailer));
    }

    /// The process is killed between a commit and its push: what was promised is in the outbox alone.
    pub async fn loses_the_push(&self) {
        self.inner.jobs.lose_push().await;
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.inner.mailbox
    }

    /// Ends after a story; panics when work is left over.
    pub(crate) async fn end(self) {
        self.inner.jobs.stop().await;
        self.inner.jobs.nothing_is_left().await;
        self.inner.mailbox.nothing_is_left();
        self.domain.db.clone().close().await.expect("the connections to the story's database close");
    }
}

impl Inner {
    fn site(&self, domain: &App, trusted_proxies: &[IpNet], serving: Serving) -> Site {
        let options = SiteOptions {
            public_url: public_url(),
            captured: Some(self.captured.clone()),
            mails: mail_settings(domain),
            introspection: true,
            documents: serving.documents,
            request_timeout: serving.request_timeout,
            timing: serving.timing,
            templates: None,
            trusted_proxies,
            playground: Some(Playground::Npm),
        };
        Site::new(domain.clone(), self.queue.clone(), options).expect("the built-in templates compile")
    }
}

fn public_url() -> Url {
    PUBLIC_URL.parse().expect("a URL")
}

fn mail_config(smtp_url: Option<&str>) -> MailConfig {
    MailConfig {
        smtp_url: smtp_url.map(SecretString::from),
        smtp_ca: None,
        from: "Usher <no-reply@usher.test>".to_owned(),
        captured: smtp_url.is_none(),
        retry_first: Duration::from_secs(30),
        retry_factor: 2.0,
        retry_max: Duration::from_hours(6),
        attempts: 13,
        lease: Duration::from_mins(1),
        connections: 8,
        kept: Duration::from_hours(30 * 24),
    }
}

fn mail_settings(domain: &App) -> MailSettings {
    MailSettings::new(&domain.mail.from, public_url(), None).expect("the built-in templates compile")
}

fn delivery(domain: &App, mailer: Mailer) -> Delivery {
    Delivery::new(domain.clone(), mailer, mail_settings(domain))
}

/// Does all of it at once, each on a task of its own. The answers come in the order in which they are ready.
pub async fn at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    tasks.into_iter().collect::<JoinSet<T>>().join_all().await
}
