//! What goes wrong in a campaign.

use std::fmt;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use super::Plan;
use super::stage::Stage;
use crate::Mood;
use crate::dice::Dice;

/// How long the mail server is in a bad mood, or away, at a time.
const BAD_MOOD: Duration = Duration::from_secs(2);
/// How long Redis hangs at a time.
const PAUSE: Duration = Duration::from_secs(5);
/// How long PostgreSQL is away at a time, besides what its start takes.
const AWAY: Duration = Duration::from_millis(300);

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL to a worker, which is started again.
    WorkerKilled,
    /// SIGKILL to a server, which is started again.
    ServerKilled,
    /// Redis is killed and started empty.
    RedisEmptied,
    /// Redis does not answer.
    RedisPaused,
    /// PostgreSQL crashes, or is stopped, and is started again.
    PostgresRestarted,
    /// Nobody listens where mail is handed in, and connections are cut.
    MailStopped,
    /// 421 to every mail.
    MailBusy,
    /// 451 to the first attempt of each mail, 250 to the next.
    MailGreylists,
    /// The connection is closed after DATA, with the mail taken.
    MailCuts,
    /// The mail server says nothing any more.
    MailSilent,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::WorkerKilled,
        Self::ServerKilled,
        Self::RedisEmptied,
        Self::RedisPaused,
        Self::PostgresRestarted,
        Self::MailStopped,
        Self::MailBusy,
        Self::MailGreylists,
        Self::MailCuts,
        Self::MailSilent,
    ];

    /// Happens, and is over at the end.
    pub(super) async fn strikes(self, stage: &mut Stage, dice: &mut Dice, plan: &Plan) {
        match self {
            Self::WorkerKilled => stage.kills_worker(dice.index(plan.workers)).await,
            Self::ServerKilled => stage.kills_server(dice.index(plan.servers)).await,
            Self::RedisEmptied => block_in_place(|| stage.redis.restart_empty()),
            Self::RedisPaused => {
                block_in_place(|| stage.redis.pause());
                sleep(PAUSE).await;
                stage.redis.resume();
            }
            Self::PostgresRestarted => {
                let (crashes, begun) = (dice.below(2) == 0, Instant::now());
                block_in_place(|| if crashes { stage.postgres.kill() } else { stage.postgres.stop() });
                sleep(AWAY).await;
                block_in_place(|| stage.postgres.restart());
                stage.looks_around(self, plan.workers, begun).await;
            }
            Self::MailStopped => {
                stage.sink.stops();
                sleep(BAD_MOOD).await;
                stage.sink.starts_again().await;
            }
            Self::MailBusy => stage.mood(Mood::Busy, BAD_MOOD).await,
            Self::MailGreylists => stage.mood(Mood::Greylisting, BAD_MOOD).await,
            Self::MailCuts => stage.mood(Mood::Cutting, BAD_MOOD).await,
            Self::MailSilent => stage.mood(Mood::Silent, plan.silence).await,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WorkerKilled => "worker killed",
            Self::ServerKilled => "server killed",
            Self::RedisEmptied => "Redis killed, started empty",
            Self::RedisPaused => "Redis paused for 5 s",
            Self::PostgresRestarted => "PostgreSQL restarted",
            Self::MailStopped => "mail server stopped",
            Self::MailBusy => "mail server answers 421",
            Self::MailGreylists => "mail server answers 451, then 250",
            Self::MailCuts => "mail server closes after DATA",
            Self::MailSilent => "mail server silent",
        })
    }
}
