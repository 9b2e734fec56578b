//! The worker: one pass over everything that is due, and the loop around it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use medrecord_common::auth::Enrol;
use medrecord_common::ids::ClinicianId;
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::authority::{Authority, Trust, may_choose_authority};
use super::client::{self, Client};
use super::lane::{Lane, Share};
use super::pace::Pace;
use super::standing::Standing;
use super::{Class, SyncError, backoff, credential, network};
use crate::outbox::{Account, Outbox};
use crate::vault::SecretStore;

/// While a note is awaited.
const POLL_SOON: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_secs(15);

/// Segments of one clinician are sent so long before another's are.
const TURN: Duration = Duration::from_secs(10);
/// While another clinician is recording.
const SHORT_TURN: Duration = Duration::from_secs(1);

/// The server is asked this often whether it is there, and whether it is in the same epoch.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// What a pass did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Segments that the server acknowledged.
    pub segments: u32,
    /// Recordings that got their receipt.
    pub acknowledged: u32,
    pub notes: u32,
    /// Recordings that failed and are tried again.
    pub postponed: u32,
    /// Recordings that were refused for good.
    pub wedged: u32,
    /// More is due: it ended because its turn was over.
    pub goes_on: bool,
}

impl Pass {
    /// Whether anything got through.
    const fn has_sent(&self) -> bool {
        self.segments > 0 || self.acknowledged > 0 || self.notes > 0
    }
}

/// Clones share the state. One pass runs at a time.
#[derive(Clone)]
pub struct Sync {
    outbox: Outbox,
    secrets: Arc<dyn SecretStore>,
    lanes: Arc<Mutex<HashMap<ClinicianId, Lane>>>,
    standings: watch::Sender<HashMap<ClinicianId, Standing>>,
    skew: watch::Sender<TimeDelta>,
    nudges: watch::Sender<()>,
    /// Each time that the system says that a network is back.
    networks: watch::Sender<()>,
    pace: Arc<Pace>,
    /// How long is waited after so many failures, when the server asked for this much or for nothing.
    pub(super) waits: fn(u32, Option<Duration>) -> Duration,
}

impl Sync {
    #[must_use]
    pub fn new(outbox: Outbox, secrets: Arc<dyn SecretStore>) -> Self {
        Self {
            outbox,
            secrets,
            lanes: Arc::default(),
            standings: watch::Sender::new(HashMap::new()),
            skew: watch::Sender::new(TimeDelta::zero()),
            nudges: watch::Sender::new(()),
            networks: watch::Sender::new(()),
            pace: Arc::default(),
            waits: |failures, asked| backoff::delay(failures, asked, backoff::random()),
        }
    }

    /// How it stands with the server, for each clinician; offline until it was reached.
    #[must_use]
    pub fn standings(&self) -> watch::Receiver<HashMap<ClinicianId, Standing>> {
        self.standings.subscribe()
    }

    /// Server's time less this computer's, as the server last told it.
    #[must_use]
    pub fn skew(&self) -> TimeDelta {
        *self.skew.borrow()
    }

    /// Enrols this workstation for a clinician, or signs them in again.
    ///
    /// A server says itself who signed in, and anyone can run one: nobody's recordings move to another server unless
    /// it is `may_move` who asks, whose window this is.
    ///
    /// # Errors
    /// [`SyncError::Refused`] with a wrong password; [`SyncError::OtherServer`]; as any request.
    pub async fn enrol(
        &self,
        server: &str,
        email: &str,
        password: &str,
        device_name: &str,
        may_move: Option<ClinicianId>,
    ) -> Result<Account, SyncError> {
        let client = self.client(server).await?;
        let server = client.origin();
        let accounts = self.blocking(|outbox| Ok(outbox.accounts()?)).await?;
        let device = accounts.iter().find(|account| account.server == server);
        let enrolled = client
            .enrol(&Enrol {
                email: email.to_owned(),
                password: password.to_owned(),
                device_name: device_name.to_owned(),
                platform: std::env::consts::OS.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                device: device.map(|account| account.device),
            })
            .await?;
        let clinician = enrolled.clinician.id;
        let known = accounts.iter().find(|account| account.clinician == clinician);
        if let Some(known) = known
            && known.server != server
            && may_move != Some(clinician)
        {
            return Err(SyncError::OtherServer(known.server.clone()));
        }
        // No pass may use the old credential while the new one is put in its place.
        let mut lanes = self.lanes.lock().await;
        credential::keep(&self.secrets, clinician, &enrolled.tokens).await?;
        let account = Account {
            clinician,
            device: enrolled.device,
            server,
            email: enrolled.clinician.email,
            name: enrolled.clinician.name,
            device_name: device_name.to_owned(),
            receipt_keys: vec![enrolled.receipt_key],
        };
        let kept = account.clone();
        self.blocking(move |outbox| Ok(outbox.enrol(&kept)?)).await?;
        if let Some(key) = enrolled.recovery_key {
            self.blocking(move |outbox| Ok(outbox.offer_recovery_key(&key)?)).await?;
        }
        lanes.remove(&clinician);
        drop(lanes);
        self.standings.send_modify(|all| drop(all.insert(clinician, Standing::good())));
        self.nudge();
        Ok(account)
    }

    /// From now on believes this authority alone about a server's certificate; none: those that the system knows.
    ///
    /// Everyone's credentials for that server are shown to whom it vouches for: once someone sends there, it is `who`
    /// of them that asks.
    ///
    /// # Errors
    /// [`SyncError::Address`]; [`SyncError::TrustOfOthers`]; when the outbox cannot be written.
    pub async fn trust(
        &self,
        server: &str,
        authority: Option<&Authority>,
        who: Option<ClinicianId>,
    ) -> Result<(), SyncError> {
        let server = client::server_of(server)?;
        let accounts = self.blocking(|outbox| Ok(outbox.accounts()?)).await?;
        if !may_choose_authority(who, &server, &accounts) {
            return Err(SyncError::TrustOfOthers);
        }
        let (origin, pem) = (server.clone(), authority.map(|authority| authority.pem().to_owned()));
        // A connection that the old authority vouched for is not used again.
        let mut lanes = self.lanes.lock().await;
        self.blocking(move |outbox| Ok(outbox.set_authority(&origin, pem.as_deref())?)).await?;
        lanes.retain(|_, lane| lane.account.server != server);
        drop(lanes);
        self.nudge();
        Ok(())
    }

    async fn client(&self, address: &str) -> Result<Client, SyncError> {
        let server = client::server_of(address)?;
        let pem = self.blocking(move |outbox| Ok(outbox.authority(&server)?)).await?;
        Client::new(address, &Trust::from_pem(pem.as_deref())?, Arc::clone(&self.pace))
    }

    /// Ends the wait of [`Self::run`]: someone pressed "try again".
    pub fn nudge(&self) {
        self.nudges.send_replace(());
    }

    /// Does everything that can be done now, also what failed before, once.
    ///
    /// # Errors
    /// What stopped all of it: no server, sign-in needed, vault or outbox.
    pub async fn pass(&self) -> Result<Pass, SyncError> {
        let mut pass = Pass::default();
        self.step(Share::All, &mut pass).await.map(|()| pass)
    }

    /// Keeps the outbox and the server in step until cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let both = async { tokio::join!(self.keep_in_step(), network::announce(&self.networks)) };
        cancel.run_until_cancelled(both).await;
    }

    async fn keep_in_step(&self) {
        let mut changes = self.outbox.changes();
        let mut nudges = self.nudges.subscribe();
        let mut networks = self.networks.subscribe();
        let mut failures = 0;
        loop {
            changes.borrow_and_update();
            nudges.borrow_and_update();
            networks.borrow_and_update();
            let mut pass = Pass::default();
            let result = self.step(Share::Turn(TURN), &mut pass).await;
            let ended = Instant::now();
            if result.is_ok() {
                failures = 0;
            }
            let asked = result.as_ref().err().and_then(SyncError::retry_after);
            let wait = match &result {
                // What stopped one clinician's recordings does not hold up another's.
                _ if pass.goes_on && asked.is_none() => Duration::ZERO,
                Ok(()) => self.poll_interval().await,
                Err(error) if error.class() == Class::Credential => POLL,
                Err(error) => {
                    // On a bad line that lets some through, the waits do not grow.
                    failures = if pass.has_sent() { 1 } else { failures + 1 };
                    tracing::info!(code = error.code(), failures, "sync waits");
                    (self.waits)(failures, asked)
                }
            };
            // What the server asked for holds on any network.
            let awaits_network = result.is_err() && asked.is_none();
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = nudges.changed() => {}
                // What is new does not end the wait for a server that does not answer.
                _ = changes.changed(), if result.is_ok() => {}
                // At once, but one that comes and goes gets no more requests than any other.
                _ = networks.changed(), if awaits_network => {
                    failures = 0;
                    tokio::time::sleep(backoff::FLOOR.saturating_sub(ended.elapsed())).await;
                }
            }
        }
    }

    async fn step(&self, share: Share, pass: &mut Pass) -> Result<(), SyncError> {
        self.blocking(|outbox| {
            for recording in outbox.purge(Utc::now())? {
                tracing::info!(%recording, "purged from the trash");
            }
            // No reason not to send.
            if let Err(error) = outbox.purge_kept_aside(Utc::now()) {
                tracing::warn!(%error, "what was kept aside is still there");
            }
            Ok(())
        })
        .await?;
        let (mut accounts, recording) =
            self.blocking(|outbox| Ok((outbox.accounts()?, outbox.recording_now()?))).await?;
        accounts.sort_by_key(|account| Some(account.clinician) != recording);
        let mut lanes = self.lanes.lock().await;
        let mut first_error = None;
        // One request tells that a server does not answer: the others of this workstation need not ask again.
        let mut silent: HashMap<String, SyncError> = HashMap::new();
        for account in accounts {
            let (clinician, server) = (account.clinician, account.server.clone());
            if let Some(error) = silent.get(&server) {
                self.note(clinician, Err(error));
                continue;
            }
            let share = match share {
                Share::Turn(_) if recording.is_some_and(|owner| owner != clinician) => {
                    Share::Turn(SHORT_TURN)
                }
                share => share,
            };
            let result = self.serve(&mut lanes, account, share, pass).await;
            self.note(clinician, result.as_ref().cloned());
            match result {
                Err(error) if error.is_silence() => drop(silent.insert(server, error)),
                Err(error) => drop(first_error.get_or_insert(error)),
                Ok(_) => {}
            }
        }
        let silence = silent.into_values().next();
        silence.or(first_error).map_or(Ok(()), Err)
    }

    /// Gives why recordings wait though all else went through.
    async fn serve(
        &self,
        lanes: &mut HashMap<ClinicianId, Lane>,
        account: Account,
        share: Share,
        pass: &mut Pass,
    ) -> Result<Option<String>, SyncError> {
        let clinician = account.clinician;
        if lanes.get(&clinician).is_none_or(|lane| lane.account != account) {
            let secrets = Arc::clone(&self.secrets);
            let pace = Arc::clone(&self.pace);
            let client = self.client(&account.server).await?;
            let lane = Lane::new(self.outbox.clone(), account, client, secrets, pace);
            lanes.insert(clinician, lane);
        }
        let lane = lanes.get_mut(&clinician).expect("invariant: inserted above");
        if lane.sign_in_needed {
            return Err(SyncError::SignInNeeded);
        }
        let due = |last: Instant| last.elapsed() >= CHECK_EVERY;
        let passed = lane.pass(share, pass).await;
        self.skew.send_replace(lane.skew());
        passed?;
        if matches!(share, Share::All) || lane.last_check.is_none_or(due) {
            let result = lane.check().await;
            lane.sign_in_needed = matches!(result, Err(SyncError::SignInNeeded));
            result?;
            if lane.note_epoch() {
                lane.pass(share, pass).await?;
            }
        }
        Ok(lane.why_postponed())
    }

    async fn poll_interval(&self) -> Duration {
        let awaiting = self.blocking(|outbox| Ok(outbox.is_note_awaited()?)).await;
        if awaiting.unwrap_or(false) { POLL_SOON } else { POLL }
    }

    fn note(&self, clinician: ClinicianId, result: Result<Option<String>, &SyncError>) {
        self.standings.send_if_modified(|standings| {
            let now = Standing::after(standings.get(&clinician), result, Utc::now());
            standings.insert(clinician, now.clone()) != Some(now)
        });
    }

    async fn blocking<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Outbox) -> Result<T, SyncError> + Send + 'static,
    ) -> Result<T, SyncError> {
        let outbox = self.outbox.clone();
        let result = tokio::task::spawn_blocking(move || query(&outbox)).await;
        result.expect("invariant: the outbox does not panic")
    }
}
