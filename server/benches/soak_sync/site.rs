//! The installation on its disk: what of it can fail, and how it comes back.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, PgConnection};

use super::disk::{Disk, Lost};
use super::installation::{self, Installation};
use super::random::Random;

/// Bytes that the disk has room for.
const ROOM: u64 = 2 << 30;
const ROOT_USER: u32 = 0;

/// What is not synced, to show that its loss would be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Unsynced {
    /// The disk does not hear the server, which must be root for that.
    Objects,
    /// PostgreSQL answers before its log is on the disk.
    Rows,
}

pub(crate) struct Site {
    /// Under all that the installation must not lose; none where the system has no FUSE.
    disk: Option<Disk>,
    pub(crate) installation: Installation,
}

impl Site {
    pub(crate) async fn open(unsynced: Option<Unsynced>) -> Result<Self> {
        let folder = installation::folder()?;
        let deaf_to = (unsynced == Some(Unsynced::Objects)).then_some(ROOT_USER);
        let disk = Disk::mount(&folder.path().join("disk"), ROOM, deaf_to)?;
        let installation = Installation::open(folder).await?;
        if unsynced == Some(Unsynced::Rows) {
            let options = installation.postgres.options("soak")?;
            let mut connection = PgConnection::connect_with(&options).await?;
            for sql in [
                "alter system set synchronous_commit = off",
                "alter system set wal_writer_delay = '10s'",
                "select pg_reload_conf()",
            ] {
                sqlx::query(sql).execute(&mut connection).await?;
            }
        }
        Ok(Self { disk, installation })
    }

    /// Whether the disk is our own, whose power can be cut.
    pub(crate) const fn has_own_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// No byte more can be stored: the disk is full, or else the folder is out of reach.
    pub(crate) fn fill_disk(&self) -> Result<()> {
        let Some(disk) = &self.disk else {
            let audio = self.installation.audio();
            fs::rename(&audio, self.installation.path("disk/away"))?;
            return Ok(fs::write(audio, [])?);
        };
        disk.fill();
        Ok(())
    }

    pub(crate) fn free_disk(&self) -> Result<()> {
        let Some(disk) = &self.disk else {
            let audio = self.installation.audio();
            fs::remove_file(&audio)?;
            return Ok(fs::rename(self.installation.path("disk/away"), audio)?);
        };
        disk.free();
        Ok(())
    }

    /// The disk is off before the programs are: nothing that they do in between lasts, and nobody is told it does.
    pub(crate) async fn lose_power(
        &mut self,
        outage: Duration,
        random: &mut Random,
    ) -> Result<Lost> {
        let disk = self.disk.as_mut().context("invariant: power is cut on our own disk")?;
        disk.cut();
        self.installation.close().await?;
        tokio::time::sleep(outage).await;
        disk.power_on(random)
    }
}
