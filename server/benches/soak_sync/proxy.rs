//! The line between recorders and server: reads each request whole, and is in a mood of its own about it.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::message::{Message, answer, exchange};
use super::moods::Mood;
use super::random::Random;

/// A half-open connection is given up after so many seconds at most, by one side or the other.
const LONGEST_SILENCE: u64 = 35;

/// How TLS begins (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 22;

pub(crate) struct Proxy {
    pub(crate) url: String,
    server: String,
    seed: u64,
    calm: AtomicBool,
    /// No connection is taken: the network is gone.
    is_cut: AtomicBool,
    connections: AtomicU64,
    seen: Mutex<Seen>,
    /// Whoever kills the server.
    kill: mpsc::UnboundedSender<()>,
}

/// What passed.
#[derive(Default, Clone)]
pub(crate) struct Seen {
    pub(crate) moods: BTreeMap<Mood, u64>,
    /// Times of the server's answers.
    pub(crate) answers: Vec<Duration>,
    /// When someone tried in vain while the line was cut.
    pub(crate) in_vain: Vec<Instant>,
    /// What must not be.
    pub(crate) problems: Vec<String>,
}

impl Proxy {
    /// A line to `server` (`host:port`); fair until [`Self::storm`].
    pub(crate) async fn start(
        server: String,
        seed: u64,
        kill: mpsc::UnboundedSender<()>,
    ) -> io::Result<Arc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Arc::new(Self {
            url: format!("http://{}", listener.local_addr()?),
            server,
            seed,
            calm: AtomicBool::new(true),
            is_cut: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            seen: Mutex::default(),
            kill,
        });
        let accepting = Arc::clone(&proxy);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = accepting.connections.fetch_add(1, Ordering::Relaxed);
                let random = Random::of(accepting.seed, number);
                let proxy = Arc::clone(&accepting);
                // A connection that ended badly is what the line is for.
                tokio::spawn(async move { proxy.carry(client, random).await.ok() });
            }
        });
        Ok(proxy)
    }

    pub(crate) fn storm(&self) {
        self.calm.store(false, Ordering::SeqCst);
    }

    pub(crate) fn heal(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn carry(&self, mut client: TcpStream, mut random: Random) -> io::Result<()> {
        if self.is_cut.load(Ordering::SeqCst) {
            self.note(|seen| seen.in_vain.push(Instant::now()));
            return Ok(());
        }
        let mut first = [0];
        if client.peek(&mut first).await? == 1 && first[0] == TLS_HANDSHAKE {
            return client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
        while let Some(request) = Message::read(&mut client).await? {
            let drawn = Mood::any(&mut random);
            let mood = if self.calm.load(Ordering::SeqCst) { Mood::Fair } else { drawn };
            // Only a segment bears a digest; whatever else turns bits over is stopped by TLS.
            let mood = match mood {
                Mood::BitFlipped if !request.is_segment() => Mood::Fair,
                mood => mood,
            };
            self.note(|seen| *seen.moods.entry(mood).or_default() += 1);
            let Some(bytes) = self.pass(request, mood, &mut random, &mut client).await? else {
                return Ok(());
            };
            client.write_all(&bytes).await?;
        }
        Ok(())
    }

    /// What the client gets; `None`: the connection ends.
    async fn pass(
        &self,
        mut request: Message,
        mood: Mood,
        random: &mut Random,
        client: &mut TcpStream,
    ) -> io::Result<Option<Vec<u8>>> {
        if let Some(answer) = mood.answer() {
            return Ok(Some(answer.to_vec()));
        }
        match mood {
            Mood::Slow => {
                let millis = |random: &mut Random| Duration::from_millis(random.below(100));
                tokio::time::sleep(millis(random)).await;
                let answer = self.ask(&request.bytes).await?;
                tokio::time::sleep(millis(random)).await;
                Ok(Some(answer.bytes))
            }
            Mood::RequestCut => {
                let cut = random.index(request.bytes.len());
                let mut server = TcpStream::connect(&self.server).await?;
                server.write_all(&request.bytes[..cut]).await?;
                Ok(None)
            }
            Mood::AnswerCut => {
                let answer = self.ask(&request.bytes).await?;
                let cut = random.index(answer.bytes.len());
                client.write_all(&answer.bytes[..cut]).await?;
                Ok(None)
            }
            Mood::AnswerLost => self.ask(&request.bytes).await.map(|_| None),
            Mood::HalfOpen => {
                silence(client, random).await;
                Ok(None)
            }
            Mood::AnswerNever => {
                self.ask(&request.bytes).await?;
                silence(client, random).await;
                Ok(None)
            }
            Mood::Twice => {
                let both = tokio::join!(self.ask(&request.bytes), self.ask(&request.bytes));
                let answer = if random.below(2) == 0 { both.0 } else { both.1 };
                Ok(Some(answer?.bytes))
            }
            Mood::Late => {
                let (server, wait) =
                    (self.server.clone(), Duration::from_millis(random.below(1_000)));
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    exchange(&server, &request.bytes).await.ok()
                });
                Ok(None)
            }
            Mood::BitFlipped => {
                let body = request.body_mut();
                let at = random.index(body.len());
                body[at] ^= 1 << random.below(8);
                let answer = self.ask(&request.bytes).await?;
                if answer.is_success() {
                    let what = format!("bit {at}: {}", request.first_line());
                    self.note(|seen| {
                        seen.problems.push(format!("stored with a wrong bit: {what}"))
                    });
                }
                Ok(Some(answer.bytes))
            }
            Mood::KillInRequest => {
                let cut = random.index(request.bytes.len());
                let mut server = TcpStream::connect(&self.server).await?;
                server.write_all(&request.bytes[..cut]).await?;
                self.kill.send(()).ok();
                tokio::task::yield_now().await;
                server.write_all(&request.bytes[cut..]).await?;
                Ok(Some(answer(&mut server).await?.bytes))
            }
            Mood::KillAtWork => {
                let mut server = TcpStream::connect(&self.server).await?;
                server.write_all(&request.bytes).await?;
                tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
                self.kill.send(()).ok();
                Ok(Some(answer(&mut server).await?.bytes))
            }
            _ => Ok(Some(self.ask(&request.bytes).await?.bytes)),
        }
    }

    async fn ask(&self, request: &[u8]) -> io::Result<Message> {
        let asked = Instant::now();
        let answer = exchange(&self.server, request).await?;
        self.note(|seen| seen.answers.push(asked.elapsed()));
        Ok(answer)
    }
}

/// Says nothing until the client gives up, or for a while.
async fn silence(client: &mut TcpStream, random: &mut Random) {
    let longest = Duration::from_secs(1 + random.below(LONGEST_SILENCE));
    let mut ignored = [0; 16];
    let _ = tokio::time::timeout(longest, client.read(&mut ignored)).await;
}
