//! The campaign: invitations are sent while processes are killed and servers misbehave, and then every mail is accounted
//! for. What happens is decided by a seed; `cargo run -p tests --bin campaign` runs the whole of it.

mod evidence;
mod fault;
mod inviter;
mod stage;
mod verdict;

use std::time::Duration;

use tokio::time::sleep;

pub use self::evidence::{Death, Delivered, Evidence};
pub use self::fault::Fault;
use self::inviter::Inviter;
use self::stage::Stage;
pub use self::verdict::Verdict;
use crate::dice::Dice;

/// A fault strikes within this time after its share of the invitations begins to be sent.
const STRIKES_WITHIN_MS: u64 = 400;

/// What a campaign consists of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides the order of the faults and their moments.
    pub seed: u64,
    /// How many servers run.
    pub servers: usize,
    /// How many workers run.
    pub workers: usize,
    /// How many invitations are sent.
    pub invitations: usize,
    /// Which faults there are, and how often.
    pub faults: Vec<(Fault, usize)>,
    /// How long the mail server is silent at a time.
    pub silence: Duration,
    /// The workers' lease on a mail.
    pub lease: Duration,
}

impl Plan {
    /// All of it: several minutes.
    pub fn full(seed: u64) -> Self {
        let faults = vec![
            (Fault::WorkerKilled, 20),
            (Fault::ServerKilled, 10),
            (Fault::RedisEmptied, 10),
            (Fault::RedisPaused, 2),
            (Fault::PostgresRestarted, 5),
            (Fault::MailStopped, 3),
            (Fault::MailBusy, 3),
            (Fault::MailGreylists, 3),
            (Fault::MailCuts, 3),
            (Fault::MailSilent, 1),
        ];
        let (silence, lease) = (Duration::from_mins(1), Duration::from_secs(20));
        Self { seed, servers: 1, workers: 1, invitations: 2_000, faults, silence, lease }
    }

    /// Each fault at least once, within a minute.
    pub fn small(seed: u64) -> Self {
        let faults = Fault::ALL.map(|fault| (fault, if fault == Fault::WorkerKilled { 2 } else { 1 })).into();
        let (silence, lease) = (Duration::from_secs(6), Duration::from_secs(10));
        Self { seed, servers: 1, workers: 1, invitations: 160, faults, silence, lease }
    }

    /// The same with two servers and three workers.
    pub fn with_many_processes(self) -> Self {
        Self { servers: 2, workers: 3, ..self }
    }

    /// Runs it. Panics when something stands in its way; what became of the mails is in the verdict.
    pub async fn run(&self) -> Verdict {
        let mut stage = Stage::set(self).await;
        let inviter = Inviter::new(&stage).await;
        let mut dice = Dice::new(self.seed);
        let mut faults: Vec<Fault> =
            self.faults.iter().flat_map(|(fault, times)| std::iter::repeat_n(*fault, *times)).collect();
        dice.shuffle(&mut faults);
        for (turn, fault) in faults.iter().enumerate() {
            let first = self.invitations * turn / faults.len();
            let last = self.invitations * (turn + 1) / faults.len();
            let moment = Duration::from_millis(dice.below(STRIKES_WITHIN_MS));
            let strike = async {
                sleep(moment).await;
                fault.strikes(&mut stage, &mut dice, self).await;
            };
            tokio::join!(inviter.invites(first..last), strike);
        }
        stage.nothing_waits().await;
        Verdict::of(self, &Evidence::gather(&stage, &inviter).await)
    }
}
