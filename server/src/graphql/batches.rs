//! Batches: what the resolvers of one request ask for at the same moment is read in one statement. A batch closes when all
//! of them have been asked, not after a time (docs/decisions/0013). Below what was itself read in batches, two kinds of
//! rows may share a statement or not, as their answers come together or apart.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use sea_orm::DbErr;

/// Rows by their keys; why a batch could not be read is shared by everybody who waited for it.
type Answer<K, V> = Result<Arc<HashMap<K, V>>, Arc<DbErr>>;

/// The batches of one kind of row.
pub(super) struct Batches<K, V>(Arc<Mutex<Open<K, V>>>);

/// The batch that still takes keys.
struct Open<K, V> {
    keys: HashSet<K>,
    answer: Option<Shared<BoxFuture<'static, Answer<K, V>>>>,
}

impl<K, V> Default for Batches<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Open { keys: HashSet::new(), answer: None })))
    }
}

impl<K, V> Batches<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The row of `key`, if there is one. `read` reads all keys of a batch; the first one's is taken.
    pub(super) async fn load<F>(
        &self,
        key: K,
        read: impl FnOnce(Vec<K>) -> F + Send + 'static,
    ) -> Result<Option<V>, Arc<DbErr>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>> + Send,
    {
        let answer = {
            let mut open = lock(&self.0);
            open.keys.insert(key);
            open.answer.get_or_insert_with(|| self.batch(read)).clone()
        };
        // All resolvers of a request run in one task: when it comes back here, each of them has been asked.
        tokio::task::yield_now().await;
        // Whoever waits drives it: the first one may be dropped, when another field of its object fails.
        Ok(answer.await?.get(&key).cloned())
    }

    fn batch<F>(&self, read: impl FnOnce(Vec<K>) -> F + Send + 'static) -> Shared<BoxFuture<'static, Answer<K, V>>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>> + Send,
    {
        // Weak: the batch is kept by what it closes.
        let open = Arc::downgrade(&self.0);
        let batch = async move {
            let keys = open.upgrade().map(|open| {
                let mut open = lock(&open);
                open.answer = None;
                mem::take(&mut open.keys)
            });
            read(keys.into_iter().flatten().collect()).await.map(Arc::new).map_err(Arc::new)
        };
        batch.boxed().shared()
    }
}

fn lock<K, V>(open: &Mutex<Open<K, V>>) -> MutexGuard<'_, Open<K, V>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
