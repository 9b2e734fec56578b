//! Workstations with the real recorder, which record and send at the same time, each as fast as it can.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use medrecord_common::ids::RecordingId;
use tokio_util::sync::CancellationToken;

use super::random::Random;
use super::speech;
use super::workstation::Workstation;

/// Segments of a recording.
pub(crate) const SEGMENTS: u32 = 25;

/// A recording that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    pub(crate) id: RecordingId,
    /// What it says, for [`speech::segments`].
    pub(crate) seed: u64,
}

pub(crate) struct Fleet {
    pub(crate) workstations: Vec<Workstation>,
    seed: u64,
    made: Mutex<Vec<Made>>,
    /// Segments that are to be made yet.
    left: AtomicU64,
}

impl Fleet {
    pub(crate) async fn open(
        number: u64,
        seed: u64,
        deliveries: u64,
        server: &str,
    ) -> Result<Self> {
        let mut workstations = Vec::new();
        for number in 0..number {
            workstations.push(Workstation::open(server, Random::of(!seed, number)).await?);
        }
        let (made, left) = (Mutex::default(), AtomicU64::new(deliveries));
        Ok(Self { workstations, seed, made, left })
    }

    pub(crate) fn made(&self) -> Vec<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Segments whose acknowledgement some workstation has, of the recordings made last.
    pub(crate) fn acknowledged(&self) -> Vec<(RecordingId, u32)> {
        self.workstations.iter().flat_map(Workstation::acknowledged).collect()
    }

    /// What a workstation shows that it must not: recordings set aside.
    pub(crate) fn problems(&self) -> Result<Vec<String>> {
        let problems = self.workstations.iter().map(Workstation::problems);
        Ok(problems.collect::<Result<Vec<_>>>()?.concat())
    }

    /// Records and sends until all is made, or cancelled.
    pub(crate) async fn work(self: Arc<Self>, stop: CancellationToken) -> Result<()> {
        let working = self.workstations.iter().map(|workstation| {
            let (fleet, stop) = (&self, &stop);
            async move {
                while !stop.is_cancelled()
                    && let Some(made) = fleet.next()
                {
                    workstation.record(made, stop).await?;
                }
                anyhow::Ok(())
            }
        });
        futures::future::try_join_all(working).await.map(drop)
    }

    /// Sends until every recording has its receipt.
    pub(crate) async fn drain(&self) -> Result<()> {
        let draining = self.workstations.iter().map(Workstation::drain);
        futures::future::try_join_all(draining).await.map(drop)
    }

    fn next(&self) -> Option<Made> {
        let enough = |left: u64| left.checked_sub(SEGMENTS.into());
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).ok()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let seed = Random::of(self.seed, made.len() as u64).next();
        let one = Made { id: RecordingId::new(), seed };
        made.push(one);
        Some(one)
    }
}

/// The segments of a recording that was made.
pub(crate) fn said(made: Made) -> Result<Vec<speech::Cut>> {
    speech::segments(made.seed, SEGMENTS)
}
