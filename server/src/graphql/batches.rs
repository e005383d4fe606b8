//! Batches: what the resolvers of one request ask for at the same moment is read in one statement. A batch closes when all
//! of them have been asked, not after a time (docs/decisions/0013).

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use sea_orm::DbErr;

use super::rounds::Rounds;

/// Rows by their keys; why a batch could not be read is shared by everybody who waited for it.
type Answer<K, V> = Result<Arc<HashMap<K, V>>, Arc<DbErr>>;
/// An answer that is still to come.
type Coming<K, V> = BoxFuture<'static, Answer<K, V>>;

/// The batches of one kind of row.
pub(super) struct Batches<K, V> {
    open: Arc<Mutex<Open<K, V>>>,
    rounds: Rounds,
}

/// The batch that still takes keys.
struct Open<K, V> {
    keys: HashSet<K>,
    /// Weak: it ends with those who wait for it.
    answer: Option<WeakShared<Coming<K, V>>>,
}

impl<K, V> Batches<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The batches of one kind in a request with these rounds.
    pub(super) fn new(rounds: &Rounds) -> Self {
        let open = Open { keys: HashSet::new(), answer: None };
        Self { open: Arc::new(Mutex::new(open)), rounds: rounds.clone() }
    }

    /// The row of `key`, if there is one. `read` reads all keys of a batch; the first one's is taken.
    pub(super) async fn load<F>(
        &self,
        key: K,
        read: impl FnOnce(Vec<K>) -> F + Send + 'static,
    ) -> Result<Option<V>, Arc<DbErr>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>> + Send,
    {
        // Whoever waits drives it: the first one may be dropped, when another field of its object fails.
        Ok(self.ask(key, read).await?.get(&key).cloned())
    }

    fn ask<F>(&self, key: K, read: impl FnOnce(Vec<K>) -> F + Send + 'static) -> Shared<Coming<K, V>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>> + Send,
    {
        self.rounds.ask();
        let mut open = lock(&self.open);
        let answer = open.answer.as_ref().and_then(WeakShared::upgrade).unwrap_or_else(|| {
            let answer = self.batch(read);
            open.keys.clear();
            open.answer = answer.downgrade();
            answer
        });
        open.keys.insert(key);
        answer
    }

    fn batch<F>(&self, read: impl FnOnce(Vec<K>) -> F + Send + 'static) -> Shared<Coming<K, V>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>> + Send,
    {
        let (open, reading) = (Arc::clone(&self.open), self.rounds.open());
        let batch = async move {
            reading.closed().await;
            let keys = {
                let mut open = lock(&open);
                open.answer = None;
                mem::take(&mut open.keys)
            };
            let answer = read(keys.into_iter().collect()).await.map(Arc::new).map_err(Arc::new);
            drop(reading);
            answer
        };
        batch.boxed().shared()
    }
}

fn lock<K, V>(open: &Mutex<Open<K, V>>) -> MutexGuard<'_, Open<K, V>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use futures::{FutureExt, future};
    use sea_orm::DbErr;
    use tokio::time::timeout;

    use super::{Batches, Rounds};

    async fn read(keys: Vec<u8>) -> Result<HashMap<u8, usize>, DbErr> {
        let together = keys.len();
        // Some answers take longer than others.
        for _ in 0..*keys.iter().min().expect("a key") {
            tokio::task::yield_now().await;
        }
        Ok(keys.into_iter().map(|key| (key, together)).collect())
    }

    async fn load(batches: &Batches<u8, usize>, key: u8) -> usize {
        let loaded = timeout(Duration::from_secs(30), batches.load(key, read)).await.expect("it is read in time");
        loaded.expect("no error").expect("a row")
    }

    #[tokio::test]
    async fn what_lies_below_answers_that_come_apart_is_read_together() {
        let rounds = Rounds::default();
        let (fast, slow, below) = (Batches::new(&rounds), Batches::new(&rounds), Batches::new(&rounds));
        let under = async |above: &Batches<u8, usize>, key: u8| {
            load(above, key).await;
            load(&below, key).await
        };
        let at_once = async |key: u8| {
            let reading = rounds.read();
            read(vec![key]).await.expect("no error");
            drop(reading);
            load(&below, key).await
        };
        let counts = future::join4(under(&fast, 1), under(&slow, 40), under(&slow, 41), at_once(90)).await;
        assert_eq!(counts, (3, 3, 3, 1));
    }

    #[tokio::test]
    async fn whoever_goes_away_holds_up_nobody() {
        let rounds = Rounds::default();
        let (left, stays) = (Batches::new(&rounds), Batches::new(&rounds));
        assert!(left.load(7, read).now_or_never().is_none());
        assert_eq!(load(&stays, 1).await, 1);
        assert_eq!(load(&left, 2).await, 1);
        assert_eq!(load(&stays, 3).await, 1);
    }
}
