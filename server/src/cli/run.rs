//! The long-running commands: put the parts together, serve, and stop gracefully.

use std::{fmt::Display, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use domain::{
    App,
    clock::Clock,
    config::{Config, ConfigError, Mode, Settings},
    db,
    doorbell::Line,
    outbox::HandOff,
    rate_limit::Limits,
};
use sea_orm::DatabaseConnection;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;
use worker::{Delivery, MailSettings, Mailer, Pusher, Queue, Worker, templates::TemplateError};

use super::{CliError, admin, print, runtime};
use crate::{
    Connections, DocumentList, Playground, Site, SiteOptions, Timing, health, http, metrics, shutdown, site::pages,
    telemetry,
};

/// Runs one of the long-running parts until it is asked to stop.
pub(super) fn run(settings: &Settings, mode: Mode) -> Result<(), CliError> {
    let config = Config::new(settings, mode)?;
    telemetry::init(&config)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(serve(&config, mode));
    // A password hash that is still being computed for nobody need not be waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn serve(config: &Config, mode: Mode) -> Result<(), CliError> {
    let stop = shutdown::on_signal().map_err(CliError::io("signals"))?;
    let listener = listen(config).await?;
    let port = listener.as_ref().map_or(8080, |(_, address)| address.port());
    let public_url = config.public_url(port);
    if mode == Mode::Worker && !config.has_public_url() {
        tracing::warn!(%public_url, "links in mails begin with this; set USHER_PUBLIC_URL to where the server is");
    }
    let (hand_off, handed_off) = HandOff::channel();
    let keys = admin::ensure_keys(config)?;
    let db = connect(config).await?;
    let limits = Limits::new(config.quotas.clone(), config.redis_url.as_ref())?;
    let app = App::new(db, Clock::system(), keys, hand_off, limits, config.mail.clone(), config.rules)?;
    let queue = Queue::open(config.redis_url.as_ref()).await.map_err(redis)?;
    let mailer = Mailer::new(&config.mail).map_err(super::mailer)?;
    let mails =
        MailSettings::new(&config.mail.from, public_url.clone(), config.templates.as_deref()).map_err(template)?;
    let site = Site::new(
        app.clone(),
        queue.clone(),
        SiteOptions {
            public_url: public_url.clone(),
            captured: mailer.captured().cloned(),
            mails: mails.clone(),
            introspection: config.introspection(),
            documents: documents(config)?,
            request_timeout: config.request_timeout,
            timing: Timing::default(),
            templates: config.templates.as_deref(),
            trusted_proxies: &config.trusted_proxies,
            playground: playground(config)?,
        },
    )
    .map_err(template)?;
    let limit = shutdown::limit((mode != Mode::Server).then(|| config.mail.smtp_timeout()));
    let parts = Parts { tasks: TaskTracker::new(), stop: stop.clone(), stop_pusher: CancellationToken::new(), limit };
    if listener.is_some() {
        metrics::collect();
        parts.spawn(metrics::keep_up(stop.clone()));
    }
    if let Some(url) = &config.redis_url {
        parts.spawn(Line::open(&app, url).map_err(redis)?.run(stop.clone()));
    }
    if mode != Mode::Worker {
        parts.spawn(Pusher::new(handed_off, queue.clone()).run(parts.stop_pusher.clone()));
        parts.spawn(site.feed.clone().run(app.clone(), stop.clone()));
        parts.spawn(site.sessions.clone().run(app.clone(), stop.clone()));
    }
    if mode == Mode::Server {
        // Subscriptions go on while no worker runs.
        parts.spawn(worker::sequence(app, stop));
    } else {
        let delivery = Arc::new(Delivery::new(app.clone(), mailer, mails));
        parts.spawn(worker::run(Worker { app, queue, delivery }, stop));
    }
    announce(mode, &public_url, listener.as_ref().map(|(_, address)| *address))?;
    let router = if mode == Mode::Worker {
        health::routes().merge(metrics::routes()).with_state(site)
    } else {
        http::router(site)
    };
    parts.until_stopped(listener.map(|(listener, _)| listener), router).await;
    Ok(())
}

/// What starting would refuse, without connecting to anything: queue, mail server, templates.
pub(super) async fn check(config: &Config) -> Result<(), CliError> {
    Queue::open(config.redis_url.as_ref()).await.map_err(redis)?;
    Mailer::new(&config.mail).map_err(super::mailer)?;
    let templates = config.templates.as_deref();
    MailSettings::new(&config.mail.from, config.public_url(0), templates).map_err(template)?;
    pages(templates).map_err(template)?;
    playground(config)?;
    documents(config)?;
    Ok(())
}

fn playground(config: &Config) -> Result<Option<Playground>, ConfigError> {
    let folder = config.playground_assets.as_deref();
    let playground = || folder.map_or(Ok(Playground::Npm), Playground::from_folder);
    config.playground().then(playground).transpose()
}

async fn listen(config: &Config) -> Result<Option<(TcpListener, SocketAddr)>, CliError> {
    let Some(address) = config.listen else { return Ok(None) };
    let listener = TcpListener::bind(address).await.map_err(CliError::io(format!("USHER_LISTEN {address}")))?;
    let address = listener.local_addr().map_err(CliError::io("USHER_LISTEN"))?;
    Ok(Some((listener, address)))
}

/// Connects and brings the database up to date, so that it does not matter which process starts first.
async fn connect(config: &Config) -> Result<DatabaseConnection, CliError> {
    admin::ensure_data_dir(config)?;
    let db = db::connect(&config.database_url).await?;
    db::migrate(&db).await?;
    Ok(db)
}

fn announce(mode: Mode, public_url: &Url, address: Option<SocketAddr>) -> Result<(), CliError> {
    match (mode, address) {
        (Mode::Worker, None) => print("Usher's worker is at work."),
        (Mode::Worker, Some(address)) => {
            print(format_args!("Usher's worker is at work, its health at http://{address}/readyz"))
        }
        (_, Some(address)) => print(format_args!("Usher is ready: open {public_url} (listening on {address})")),
        (_, None) => Ok(()),
    }
}

/// The tasks of this process and how they stop: the worker at once, the pusher when no request promises mail any more.
struct Parts {
    tasks: TaskTracker,
    stop: CancellationToken,
    stop_pusher: CancellationToken,
    /// How long it may take.
    limit: Duration,
}

impl Parts {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Serves until the stop, then lets requests and mails in progress finish, within the limit.
    async fn until_stopped(self, listener: Option<TcpListener>, router: Router) {
        let work = async {
            match listener {
                Some(listener) => Connections::new(listener, Timing::default()).serve(router, self.stop.clone()).await,
                None => self.stop.cancelled().await,
            }
            self.stop_pusher.cancel();
            self.tasks.close();
            self.tasks.wait().await;
        };
        let limit = async {
            self.stop.cancelled().await;
            tokio::time::sleep(self.limit).await;
        };
        tokio::select! {
            () = work => {}
            () = limit => {
                tracing::warn!(limit = ?self.limit, "stopped with work in progress; mails go out after the next start");
            }
        }
    }
}

/// The only documents that are executed, if there is a list of them.
fn documents(config: &Config) -> Result<Option<DocumentList>, ConfigError> {
    let list = config.operations.as_deref().map(DocumentList::read).transpose();
    list.map_err(|error| ConfigError::new("USHER_OPERATIONS", error.to_string()))
}

fn template(error: TemplateError) -> ConfigError {
    ConfigError::new("USHER_TEMPLATES", error.to_string())
}

fn redis(error: impl Display) -> ConfigError {
    ConfigError::new("USHER_REDIS_URL", error.to_string())
}
