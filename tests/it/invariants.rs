//! What always holds, whoever does what in whatever order: random sequences of deeds, and after each of them one owner,
//! nobody who has no right to be there, no more seats taken than there are, and nothing given that could not be given.

mod deed;
mod state;

use domain::operator;
use entity::membership::Role;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use sea_orm::DbBackend;
use tests::{Actor, Usher, stories};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use self::deed::{Scene, Step, steps};
use self::state::State;

stories![no_sequence_of_deeds_breaks_the_rules];

/// How many sequences are tried; PostgreSQL has the same code above it, and takes longer.
const fn sequences(backend: DbBackend) -> u32 {
    if matches!(backend, DbBackend::Sqlite) { 60 } else { 15 }
}

/// Five people with accounts: in the beginning the first is owner, the second administrator and the third user.
pub(crate) struct People {
    actors: Vec<Actor>,
    ids: Vec<Uuid>,
}

impl People {
    async fn arrive(app: &Usher) -> Self {
        let (mut actors, mut ids) = (Vec::new(), Vec::new());
        for name in ["olga", "adam", "uma", "vera", "walt"] {
            let actor = app.account(&format!("{name}@example.com")).await;
            ids.push(actor.user_id().await);
            actors.push(actor);
        }
        Self { actors, ids }
    }

    async fn disable(&self, app: &Usher, whom: usize, disabled: bool) {
        let done = operator::set_disabled(app.domain(), &self.actors[whom].email, disabled).await;
        done.expect("the operator can do this");
        if !disabled && !self.actors[whom].is_signed_in().await {
            self.actors[whom].logs_in().await.succeeds();
        }
    }

    /// Weeks may have passed since the last sequence, and with them sessions; and some accounts may be disabled.
    async fn sign_in_again(&self, app: &Usher) {
        for whom in 0..self.actors.len() {
            self.disable(app, whom, false).await;
        }
    }
}

async fn no_sequence_of_deeds_breaks_the_rules(app: Usher) {
    let people = People::arrive(&app).await;
    let cases = sequences(app.db().get_database_backend());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    // The same sequences each time: a failure is there again for whoever looks for its cause.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&steps(), |steps| {
        block_in_place(|| Handle::current().block_on(play(&app, &people, &steps))).map_err(TestCaseError::fail)
    });
    if let Err(TestError::Fail(why, steps)) = outcome {
        panic!("{why}, after {steps:#?}");
    }
    outcome.expect("the sequences can be tried");
    app.ignores_mail().await;
}

/// Plays a sequence in a workspace of its own; the error says which rule was broken.
async fn play(app: &Usher, people: &People, steps: &[Step]) -> Result<(), String> {
    people.sign_in_again(app).await;
    let mut scene = Scene::set(app, people, [Role::Administrator, Role::User]).await;
    let mut before = State::of(app, &scene).await;
    for step in steps {
        let who = scene.play(step, &before).await;
        let after = State::of(app, &scene).await;
        after.holds()?;
        before.may_become(&after, step.deed, who)?;
        before = after;
    }
    Ok(())
}
