//! Passwords: argon2id off the async threads, never more hashes at once than there are processors.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::{Code, Error, Result, UserError};

/// The shortest password, in characters.
pub const MIN: usize = 8;
/// The longest password, in bytes.
pub const MAX: usize = 1_000;

/// Refuses a password that is too short or too long: INVALID_PASSWORD at `field`.
pub fn check(password: &SecretString, field: &[&str]) -> Result<(), UserError> {
    let password = password.expose_secret();
    if password.chars().count() < MIN {
        return Err(UserError::new(
            Code::InvalidPassword,
            field,
            format!("A password has at least {MIN} characters; this one is shorter."),
        ));
    }
    if password.len() > MAX {
        return Err(UserError::new(
            Code::InvalidPassword,
            field,
            format!("A password has at most {MAX} bytes; this one is longer."),
        ));
    }
    Ok(())
}

/// Hashes and verifies. Clones share one bound.
#[derive(Clone, Debug)]
pub struct Passwords {
    argon2: Argon2<'static>,
    slots: Arc<Semaphore>,
    dummy: Arc<str>,
}

impl Passwords {
    /// OWASP's parameters for argon2id: 19 MiB, two passes, one lane. Fails when the system gives no random bytes.
    pub fn new() -> Result<Self> {
        let params = Params::new(19_456, 2, 1, None).map_err(|error| Error::internal(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = argon2.hash_password(b"nobody's").map_err(|error| Error::internal(error.to_string()))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { argon2, slots: Arc::new(Semaphore::new(processors)), dummy: dummy.to_string().into() })
    }

    /// The hash of `password`, with a new salt, as a PHC string.
    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.in_slot(move |argon2| {
            argon2.hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| Error::internal(error.to_string()))
    }

    /// Whether `password` belongs to `hash`. Without a hash it takes as long and answers no, so that nobody can tell
    /// from the time whether there is an account.
    pub async fn verify(&self, password: &SecretString, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let (password, hash) = (password.clone(), hash.unwrap_or(&self.dummy).to_owned());
        let matches = self
            .in_slot(move |argon2| argon2.verify_password(password.expose_secret().as_bytes(), hash.as_str()).is_ok())
            .await?;
        Ok(known && matches)
    }

    async fn in_slot<T: Send + 'static>(&self, work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static) -> Result<T> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(Error::internal)?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(&argon2)
        })
        .await
        .map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::Passwords;

    #[test]
    fn the_hash_of_nobody_costs_what_any_other_does() {
        let passwords = Passwords::new().expect("random bytes");
        let parameters = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        let hash = passwords.argon2.clone();
        let hash = argon2::PasswordHasher::hash_password(&hash, b"somebody's").expect("a hash").to_string();
        assert_eq!(parameters(&passwords.dummy), parameters(&hash));
        assert_eq!(parameters(&hash).as_deref(), Some("$argon2id$v=19$m=19456,t=2,p=1"));
    }

    #[tokio::test]
    async fn without_a_hash_one_is_computed_all_the_same() {
        let passwords = Passwords::new().expect("random bytes");
        let password = "nobody's".into();
        assert!(!passwords.verify(&password, None).await.expect("a verification"));
        // Whoever computes needs a slot: while all are taken, neither ends.
        let slots = u32::try_from(passwords.slots.available_permits()).expect("a few");
        let taken = Arc::clone(&passwords.slots).acquire_many_owned(slots).await.expect("all slots");
        for hash in [None, Some(&*passwords.dummy)] {
            let waits = tokio::time::timeout(Duration::from_millis(50), passwords.verify(&password, hash));
            assert!(waits.await.is_err());
        }
        drop(taken);
        assert!(passwords.verify(&password, Some(&passwords.dummy)).await.expect("a verification"));
    }
}
