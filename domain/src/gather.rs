//! Gathering: what many requests ask of the database at the same moment travels as one statement. While nothing is being
//! read a question goes at once; what comes meanwhile waits together for the next statement (docs/decisions/0020).

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::{
    Error, Result,
    membership::{MemberOf, RecipientOf},
    session::TokenHash,
};

/// Statements of one kind on their way at once; more would make them smaller, not faster.
const STATEMENTS: usize = 2;
/// Keys in a statement.
const KEYS: usize = 64;

/// What can be asked for many at once.
pub(crate) trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found for a key.
    type Found: Clone + Send + Sync + 'static;

    /// Reads what there is for `keys`, in one statement.
    fn read(
        db: &DatabaseConnection,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Found>, DbErr>> + Send;
}

/// What every request asks: who is it, may he or she, and is the person known already.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    /// Who is behind a token.
    pub(crate) sessions: Gather<TokenHash>,
    /// Who belongs to a workspace.
    pub(crate) members: Gather<MemberOf>,
    /// What there is already of people who are to be invited.
    pub(crate) recipients: Gather<RecipientOf>,
}

impl Gathered {
    pub(crate) fn new(db: &DatabaseConnection) -> Self {
        Self { sessions: Gather::new(db), members: Gather::new(db), recipients: Gather::new(db) }
    }
}

/// Answers questions of one kind, asked by any number of requests.
pub(crate) struct Gather<K: Key>(Arc<Shared<K>>);

struct Shared<K: Key> {
    db: DatabaseConnection,
    /// Reads on behalf of all, so that nobody depends on whether another's request is still awaited.
    readers: TaskTracker,
    queue: Mutex<Queue<K>>,
}

struct Queue<K: Key> {
    waiting: Vec<Question<K>>,
    readers: usize,
}

/// A key and who waits for it.
type Question<K> = (K, oneshot::Sender<Answer<K>>);
/// What there is for a key; why a statement failed is told to everybody it was read for.
type Answer<K> = Result<Option<<K as Key>::Found>, Arc<DbErr>>;

impl<K: Key> Gather<K> {
    pub(crate) fn new(db: &DatabaseConnection) -> Self {
        let queue = Mutex::new(Queue { waiting: Vec::new(), readers: 0 });
        Self(Arc::new(Shared { db: db.clone(), readers: TaskTracker::new(), queue }))
    }

    /// What there is for `key`, read after this was called.
    pub(crate) async fn find(&self, key: K) -> Result<Option<K::Found>> {
        let (answer, answered) = oneshot::channel();
        if self.0.ask((key, answer)) {
            let mut reader = Reader { shared: Arc::clone(&self.0), counted: true };
            self.0.readers.spawn(async move { while reader.read_waiting().await {} });
        }
        answered.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

impl<K: Key> Shared<K> {
    /// Queues a question; whether it takes one more reader.
    fn ask(&self, question: Question<K>) -> bool {
        let mut queue = self.lock();
        queue.waiting.push(question);
        let more = queue.readers < STATEMENTS;
        queue.readers += usize::from(more);
        more
    }

    fn lock(&self) -> MutexGuard<'_, Queue<K>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those that read until nothing waits.
struct Reader<K: Key> {
    shared: Arc<Shared<K>>,
    counted: bool,
}

impl<K: Key> Reader<K> {
    /// Answers what waits now; false when nothing did, and this reader is done.
    async fn read_waiting(&mut self) -> bool {
        let Some(questions) = self.take() else { return false };
        let keys: HashSet<K> = questions.iter().map(|(key, _)| key.clone()).collect();
        let found = K::read(&self.shared.db, padded(keys.into_iter().collect())).await.map_err(Arc::new);
        for (key, answer) in questions {
            // Whoever asked may have gone.
            let _ = answer.send(found.as_ref().map(|found| found.get(&key).cloned()).map_err(Arc::clone));
        }
        true
    }

    /// What waits, as much as goes into a statement. That nothing does and that this reader ends is one decision: the
    /// next who asks needs a new one.
    fn take(&mut self) -> Option<Vec<Question<K>>> {
        let mut queue = self.shared.lock();
        if queue.waiting.is_empty() {
            queue.readers -= 1;
            self.counted = false;
            return None;
        }
        let now = KEYS.min(queue.waiting.len());
        let left = queue.waiting.split_off(now);
        Some(mem::replace(&mut queue.waiting, left))
    }
}

impl<K: Key> Drop for Reader<K> {
    fn drop(&mut self) {
        // One that panicked.
        if self.counted {
            self.shared.lock().readers -= 1;
        }
    }
}

impl<K: Key> Clone for Gather<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Key> fmt::Debug for Gather<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

/// Repeats a key until their number is a power of two: few numbers are few statements to prepare.
fn padded<K: Clone>(mut keys: Vec<K>) -> Vec<K> {
    if let Some(last) = keys.last().cloned() {
        keys.resize(keys.len().next_power_of_two(), last);
    }
    keys
}

#[cfg(test)]
mod tests {
    use std::{hash::Hasher, time::Duration};

    use futures::{FutureExt, future::join_all};
    use tokio::{sync::Semaphore, time::timeout};

    use super::*;

    /// How many keys each statement read, and how many statements may be answered.
    #[derive(Debug)]
    struct Log {
        statements: Mutex<Vec<usize>>,
        answered: Semaphore,
    }

    /// A number whose double is found; there is nothing for 7, 13 fails and 17 panics.
    #[derive(Clone, Debug)]
    struct Double(u32, Arc<Log>);

    impl PartialEq for Double {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Double {}

    impl Hash for Double {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    impl Key for Double {
        type Found = u32;

        async fn read(_: &DatabaseConnection, keys: Vec<Self>) -> Result<HashMap<Self, u32>, DbErr> {
            let log = Arc::clone(&keys[0].1);
            log.statements.lock().expect("no panic").push(keys.len());
            log.answered.acquire().await.expect("open").forget();
            if keys.iter().any(|key| key.0 == 13) {
                return Err(DbErr::Custom("no luck".to_owned()));
            }
            assert!(keys.iter().all(|key| key.0 != 17), "as a bug would");
            Ok(keys.into_iter().filter(|key| key.0 != 7).map(|key| (key.clone(), key.0 * 2)).collect())
        }
    }

    fn doubles() -> (Gather<Double>, impl Fn(u32) -> Double, Arc<Log>) {
        let log = Arc::new(Log { statements: Mutex::default(), answered: Semaphore::new(0) });
        let key = Arc::clone(&log);
        (Gather::new(&DatabaseConnection::default()), move |number| Double(number, Arc::clone(&key)), log)
    }

    async fn in_time<T>(answer: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(20), answer).await.expect("an answer")
    }

    #[tokio::test]
    async fn what_comes_while_statements_are_on_their_way_shares_the_next() {
        let (gather, key, log) = doubles();
        let mut asked = Vec::new();
        for number in 0..10 {
            let gather = gather.clone();
            let question = key(number);
            asked.push(async move { gather.find(question).await.expect("an answer") }.boxed().shared());
            // Each is on its way, or waits, before the next one comes.
            assert!(asked.last().cloned().expect("just pushed").now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        log.answered.add_permits(10);
        let answers = in_time(join_all(asked)).await;
        let expected: Vec<_> = (0..10).map(|number| (number != 7).then_some(number * 2)).collect();
        assert_eq!(answers, expected);
        // Eight, of ten: the first two went at once.
        assert_eq!(*log.statements.lock().expect("no panic"), [1, 1, 8]);
    }

    #[tokio::test]
    async fn nobody_depends_on_somebody_who_has_gone() {
        let (gather, key, log) = doubles();
        for number in 0..5 {
            assert!(gather.find(key(number)).now_or_never().is_none());
        }
        log.answered.add_permits(10);
        assert_eq!(in_time(gather.find(key(5))).await.expect("an answer"), Some(10));
    }

    #[tokio::test]
    async fn what_fails_is_told_and_holds_up_nothing() {
        let (gather, key, log) = doubles();
        log.answered.add_permits(10);
        // More often than there are readers.
        for _ in 0..STATEMENTS + 1 {
            in_time(gather.find(key(13))).await.expect_err("a failure");
            in_time(gather.find(key(17))).await.expect_err("a panic");
        }
        assert_eq!(in_time(gather.find(key(1))).await.expect("an answer"), Some(2));
    }
}
