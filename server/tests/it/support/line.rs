//! The line between workstation and server: it can be cut, and it can lose answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Forwards to a server.
pub(crate) struct Line {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// Where it leads: HOST:PORT.
    server: std::sync::Mutex<String>,
    up: AtomicBool,
    loses_every_third: AtomicBool,
    answers: AtomicU32,
    lost: AtomicU32,
    /// Connections that were tried while it was cut.
    in_vain: AtomicU32,
    /// Cancelled when the line is cut: connections end in the middle of what they carry.
    cut: std::sync::Mutex<CancellationToken>,
}

impl Line {
    pub(crate) async fn to(server_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            server: std::sync::Mutex::new(address(server_url)),
            up: AtomicBool::new(true),
            loses_every_third: AtomicBool::new(false),
            answers: AtomicU32::new(0),
            lost: AtomicU32::new(0),
            in_vain: AtomicU32::new(0),
            cut: std::sync::Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&accepting).carry(client));
            }
        });
        Self { url, shared }
    }

    pub(crate) fn cut(&self) {
        self.shared.up.store(false, Ordering::SeqCst);
        self.shared.end_connections();
    }

    /// From now on to another server.
    pub(crate) fn lead_to(&self, server_url: &str) {
        *self.shared.server.lock().unwrap() = address(server_url);
        self.shared.end_connections();
    }

    pub(crate) fn mend(&self) {
        self.shared.up.store(true, Ordering::SeqCst);
    }

    /// From now on every third answer is lost: the server did what was asked, and nobody hears of it.
    pub(crate) fn lose_every_third_answer(&self) {
        self.shared.loses_every_third.store(true, Ordering::SeqCst);
    }

    /// How often someone tried while it was cut.
    pub(crate) fn in_vain(&self) -> u32 {
        self.shared.in_vain.load(Ordering::SeqCst)
    }

    /// How many answers were lost.
    pub(crate) fn lost(&self) -> u32 {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

fn address(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

impl Shared {
    async fn carry(self: Arc<Self>, client: TcpStream) {
        if !self.up.load(Ordering::SeqCst) {
            self.in_vain.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let cut = self.cut.lock().unwrap().clone();
        let server = self.server.lock().unwrap().clone();
        let Ok(server) = TcpStream::connect(server).await else { return };
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let requests = tokio::io::copy(&mut from_client, &mut to_server);
        let answers = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let read = from_server.read(&mut buffer).await.unwrap_or(0);
                if read == 0 || self.loses_this() {
                    return;
                }
                if to_client.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = cut.cancelled() => {}
            () = answers => {}
            _ = requests => {}
        }
    }

    fn end_connections(&self) {
        std::mem::take(&mut *self.cut.lock().unwrap()).cancel();
    }

    fn loses_this(&self) -> bool {
        let number = self.answers.fetch_add(1, Ordering::SeqCst);
        let loses = self.loses_every_third.load(Ordering::SeqCst) && number % 3 == 2;
        self.lost.fetch_add(u32::from(loses), Ordering::SeqCst);
        loses
    }
}

fn address(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}
