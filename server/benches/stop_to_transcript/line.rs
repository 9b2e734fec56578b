//! The line between workstation and server: passes everything on at once, and counts the bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Line {
    pub(crate) url: String,
    counts: Arc<Counts>,
}

/// Bytes inside TCP: its own headers and those of TLS are not among them.
#[derive(Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
}

/// What has gone over the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed {
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) connections: u64,
}

impl Line {
    pub(crate) async fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let counts = Arc::<Counts>::default();
        let counting = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(join(near, server, Arc::clone(&counting)));
            }
        });
        Ok(Self { url, counts })
    }

    pub(crate) fn passed(&self) -> Passed {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { up, down, connections } = &*self.counts;
        Passed { up: of(up), down: of(down), connections: of(connections) }
    }
}

async fn join(near: TcpStream, server: SocketAddr, counts: Arc<Counts>) -> Result<()> {
    counts.connections.fetch_add(1, Ordering::Relaxed);
    let far = TcpStream::connect(server).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::try_join!(pass(from_near, to_far, &counts.up), pass(from_far, to_near, &counts.down))?;
    Ok(())
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    count: &AtomicU64,
) -> Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer).await? {
            0 => return Ok(to.shutdown().await?),
            bytes => {
                count.fetch_add(bytes as u64, Ordering::Relaxed);
                to.write_all(&buffer[..bytes]).await?;
            }
        }
    }
}
