//! What may be done how often: the limits there are, and the quota each of them is set to.

use std::time::Duration;

use crate::config::{ConfigError, Settings};

/// What is limited. Each is a setting of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Passwords tried for one account by one client, and confirmations within one session.
    LoginAccount,
    /// Passwords tried by one client.
    LoginClient,
    /// Registrations of one address by one client.
    RegisterAddress,
    /// Registrations by one client.
    RegisterClient,
    /// Password resets asked for one address by one client.
    ResetAddress,
    /// Password resets asked for by one client.
    ResetClient,
    /// Uses of invitation links by one client, logging in or registering with one included.
    JoinClient,
    /// Invitations sent by one person.
    InvitePerson,
    /// Invitations sent in one workspace.
    InviteWorkspace,
    /// Invitations sent by one person to one address.
    InviteRecipient,
    /// Test mails asked for by one person.
    TestMail,
    /// Workspaces deleted by one person: each time owner and administrators get a mail.
    DeleteWorkspace,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::LoginAccount,
        Self::LoginClient,
        Self::RegisterAddress,
        Self::RegisterClient,
        Self::ResetAddress,
        Self::ResetClient,
        Self::JoinClient,
        Self::InvitePerson,
        Self::InviteWorkspace,
        Self::InviteRecipient,
        Self::TestMail,
        Self::DeleteWorkspace,
    ];

    /// The setting that holds its quota.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::LoginAccount => "USHER_LIMIT_LOGIN_ACCOUNT",
            Self::LoginClient => "USHER_LIMIT_LOGIN_CLIENT",
            Self::RegisterAddress => "USHER_LIMIT_REGISTER_ADDRESS",
            Self::RegisterClient => "USHER_LIMIT_REGISTER_CLIENT",
            Self::ResetAddress => "USHER_LIMIT_RESET_ADDRESS",
            Self::ResetClient => "USHER_LIMIT_RESET_CLIENT",
            Self::JoinClient => "USHER_LIMIT_JOIN_CLIENT",
            Self::InvitePerson => "USHER_LIMIT_INVITE_PERSON",
            Self::InviteWorkspace => "USHER_LIMIT_INVITE_WORKSPACE",
            Self::InviteRecipient => "USHER_LIMIT_INVITE_RECIPIENT",
            Self::TestMail => "USHER_LIMIT_TEST_MAIL",
            Self::DeleteWorkspace => "USHER_LIMIT_DELETE_WORKSPACE",
        }
    }
}

/// So many within so long: all of them may come at once, and each frees again after its share of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub count: u32,
    /// Within how long.
    pub period: Duration,
}

impl Quota {
    /// Reads `10/15m`; none when that is not what it says.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, period) = text.split_once('/')?;
        let count = count.trim().parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
        // `10/h` is what people write too.
        let period = period.trim();
        let one = if period.starts_with(|first: char| first.is_ascii_digit()) { "" } else { "1" };
        let period = humantime::parse_duration(&format!("{one}{period}")).ok()?;
        let bounds = Duration::from_secs(1)..=Duration::from_secs(366 * 24 * 3_600);
        bounds.contains(&period).then_some(Self { count, period })
    }

    /// After how long one of them frees again, in microseconds.
    pub(super) fn interval(&self) -> i64 {
        micros(self.period / self.count).max(1)
    }

    /// The period in microseconds.
    pub(super) fn period(&self) -> i64 {
        micros(self.period)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The quota of each limit; none for one that is off.
#[derive(Clone, Debug, Default)]
pub struct Quotas([Option<Quota>; Limit::ALL.len()]);

impl Quotas {
    /// Reads the settings of all limits; the error names the setting.
    pub fn new(settings: &Settings) -> Result<Self, ConfigError> {
        let mut quotas = Self::default();
        for limit in Limit::ALL {
            let text = settings.text(limit.setting()).unwrap_or("off").trim();
            let quota = if text == "off" { None } else { Quota::parse(text) };
            if quota.is_none() && text != "off" {
                let problem = "must be off or a number within a time of 1s to 1y, such as 10/15m";
                return Err(ConfigError::new(limit.setting(), problem));
            }
            quotas = quotas.with(limit, quota);
        }
        Ok(quotas)
    }

    /// The same but for one limit.
    #[must_use]
    pub fn with(mut self, limit: Limit, quota: Option<Quota>) -> Self {
        self.0[limit as usize] = quota;
        self
    }

    /// The quota of a limit.
    pub fn of(&self, limit: Limit) -> Option<Quota> {
        self.0[limit as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SETTINGS;

    #[test]
    fn a_quota_is_a_number_within_a_time() {
        let quota = |count, seconds| Some(Quota { count, period: Duration::from_secs(seconds) });
        assert_eq!(Quota::parse("10/15m"), quota(10, 900));
        assert_eq!(Quota::parse(" 5 / h "), quota(5, 3_600));
        assert_eq!(Quota::parse("5000/1d"), quota(5_000, 86_400));
        for wrong in ["", "10", "/15m", "0/15m", "-1/15m", "10/", "10/0s", "10/1ms", "ten/1h", "10/2y", "10/1h/2"] {
            assert_eq!(Quota::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_limit_has_its_place_and_a_setting_whose_default_is_a_quota() {
        for (position, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, position);
            let setting = SETTINGS.iter().find(|setting| setting.name == limit.setting());
            let default = setting.and_then(|setting| setting.default).expect("a setting with a default");
            assert!(Quota::parse(default).is_some(), "{}: {default}", limit.setting());
        }
    }
}
