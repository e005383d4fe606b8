//! Stories, and the trials that run each of them on both back ends.

use std::sync::Arc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::Usher;
use crate::backend::{Backend, Backends};

/// How long a story may take before it counts as one that hangs.
const PATIENCE: Duration = Duration::from_mins(5);

/// A story by its name, which is a sentence.
#[derive(Clone, Copy)]
pub struct Story {
    name: &'static str,
    tell: Tell,
}

#[derive(Clone, Copy)]
enum Tell {
    /// On both back ends.
    OfUsher(fn(Usher) -> LocalBoxFuture<'static, ()>),
    /// On the first back end alone: what does not depend on it.
    OfOne(fn(Usher) -> LocalBoxFuture<'static, ()>),
    /// Once, without an Usher: of the source, the schema or the program.
    Alone(fn() -> LocalBoxFuture<'static, ()>),
}

impl Story {
    /// A story that happens on both back ends.
    pub const fn of_usher(name: &'static str, tell: fn(Usher) -> LocalBoxFuture<'static, ()>) -> Self {
        Self { name, tell: Tell::OfUsher(tell) }
    }

    /// A story of an Usher on either back end.
    pub const fn of_one(name: &'static str, tell: fn(Usher) -> LocalBoxFuture<'static, ()>) -> Self {
        Self { name, tell: Tell::OfOne(tell) }
    }

    /// A story that needs no back end, or starts its own.
    pub const fn alone(name: &'static str, tell: fn() -> LocalBoxFuture<'static, ()>) -> Self {
        Self { name, tell: Tell::Alone(tell) }
    }
}

/// Lists the stories of a module as `pub(crate) const STORIES`; one that is not listed is dead code.
#[macro_export]
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        /// The stories of this module.
        pub(crate) const STORIES: &[$crate::Story] =
            &[$($crate::Story::of_usher(stringify!($story), |app| ::std::boxed::Box::pin($story(app)))),+];
    };
    (once: $($story:ident),+ $(,)?) => {
        /// The stories of this module.
        pub(crate) const STORIES: &[$crate::Story] =
            &[$($crate::Story::of_one(stringify!($story), |app| ::std::boxed::Box::pin($story(app)))),+];
    };
    (alone: $($story:ident),+ $(,)?) => {
        /// The stories of this module.
        pub(crate) const STORIES: &[$crate::Story] =
            &[$($crate::Story::alone(stringify!($story), || ::std::boxed::Box::pin($story()))),+];
    };
}

/// The trials of a module's stories.
pub fn trials(backends: &Arc<Backends>, module: &str, stories: &[Story]) -> Vec<Trial> {
    let trials = stories.iter().flat_map(|story| match story.tell {
        Tell::OfUsher(tell) => Vec::from(Backend::ALL.map(|backend| on(backends, backend, module, story.name, tell))),
        Tell::OfOne(tell) => vec![on(backends, Backend::Sqlite, module, story.name, tell)],
        Tell::Alone(tell) => vec![alone(module, story.name, tell)],
    });
    trials.collect()
}

fn on(
    backends: &Arc<Backends>,
    backend: Backend,
    module: &str,
    name: &str,
    tell: fn(Usher) -> LocalBoxFuture<'static, ()>,
) -> Trial {
    let backends = Arc::clone(backends);
    Trial::test(format!("{}::{module}::{name}", backend.name()), move || {
        let runtime = runtime();
        let place = backends.place(backend, &runtime);
        runtime.block_on(async {
            let app = Usher::start(&place).await;
            in_time(tell(app.clone())).await?;
            app.end().await;
            place.remove().await;
            Ok(())
        })
    })
}

fn alone(module: &str, name: &str, tell: fn() -> LocalBoxFuture<'static, ()>) -> Trial {
    Trial::test(format!("{module}::{name}"), move || runtime().block_on(in_time(tell())))
}

async fn in_time(story: LocalBoxFuture<'static, ()>) -> Result<(), Failed> {
    timeout(PATIENCE, story).await.map_err(|_| format!("the story has not ended after {PATIENCE:?}").into())
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}
