//! Passwords: Argon2id, on threads of its own and never on those that serve requests.

use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

/// OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
const PARAMS: (u32, u32, u32) = (19 * 1024, 2, 1);
/// So many hashes at the same time: each takes 19 MiB and a core. Always on the same threads, for the system's allocator
/// may keep for each thread what that one once had.
const THREADS: usize = 2;
/// Shorter passwords are not taken (ASVS 6.2.1 asks for 8 and advises more).
pub(crate) const MIN_LENGTH: usize = 12;

/// Hashes and compares passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    threads: Arc<ThreadPool>,
}

impl Passwords {
    pub(crate) fn new() -> anyhow::Result<Self> {
        // Who waits for what panicked is told by the channel.
        let threads = ThreadPoolBuilder::new().num_threads(THREADS).panic_handler(drop);
        let threads = threads.thread_name(|number| format!("password-{number}")).build()?;
        Ok(Self { threads: Arc::new(threads) })
    }

    pub(crate) async fn hash(&self, password: String) -> anyhow::Result<String> {
        self.run(move || hash(&password)).await?
    }

    /// Whether the password is right. Without a hash (no such person) it takes just as long.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> anyhow::Result<bool> {
        self.run(move || {
            let is_known = hash.is_some();
            let hash = hash.as_deref().unwrap_or_else(|| nobodys_hash());
            let parsed = PasswordHash::new(hash).map_err(|error| anyhow!("a hash: {error}"))?;
            Ok(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok() && is_known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let (done, result) = oneshot::channel();
        // Who asked may have gone.
        self.threads.spawn(move || drop(done.send(work())));
        result.await.context("hashing a password")
    }
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let (memory, passes, lanes) = PARAMS;
    let params =
        Params::new(memory, passes, lanes, None).map_err(|error| anyhow!("Argon2: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> anyhow::Result<String> {
    let hash = argon2()?
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("hashing a password: {error}"))?;
    Ok(hash.to_string())
}

fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash("nobody has this password").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Passwords;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_person_is_right() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("battery staple".to_owned(), Some(hash)).await.unwrap());
        let nobodys = "nobody has this password".to_owned();
        assert!(!passwords.verify(nobodys, None).await.unwrap());
    }
}
