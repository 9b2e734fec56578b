//! A real interface that comes up, in a network namespace of the test's own, where there is no other.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use medrecord_common::ids::{ClinicianId, DeviceId};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::outbox::{Account, DatabaseKey, Outbox};
use crate::sync::Sync;
use crate::sync::receipt::tests::Signer;
use crate::vault::{MemoryStore, SecretStore as _, credential_name};

const INSIDE: &str = "MEDRECORD_TEST_NETWORK";

/// Longer than any test waits: what happens before is the system's doing.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// What is to happen at once, on a machine that does much else.
const AT_ONCE: Duration = Duration::from_secs(10);

fn in_a_network_of_its_own(test: &str) {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let status = command.env(INSIDE, "1").status().expect("unshare (util-linux) is there");
    assert!(status.success(), "{status}");
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    assert!(status.expect("ip (iproute2) is there").success(), "ip {arguments}");
}

/// A workstation whose server is on this computer, and which waits for ever once it was not reached.
fn waiting_sync(outbox: &Outbox, port: u16) -> Sync {
    let clinician = ClinicianId::new();
    let account = Account {
        clinician,
        device: DeviceId::new(),
        server: format!("http://127.0.0.1:{port}"),
        email: "okafor@clinic.test".to_owned(),
        name: "Dr. Okafor".to_owned(),
        device_name: "Room 4".to_owned(),
        receipt_key: Signer::new("k1").public,
    };
    outbox.enrol(&account).unwrap();
    let secrets = MemoryStore::default();
    secrets.set(&credential_name(clinician), &"refresh-token key".into()).unwrap();
    let mut sync = Sync::new(outbox.clone(), Arc::new(secrets));
    sync.waits = |_, _| FOR_EVER;
    sync
}

#[test]
fn a_network_that_is_back_ends_the_wait_and_one_that_flaps_asks_once_a_second() {
    if std::env::var_os(INSIDE).is_none() {
        return in_a_network_of_its_own(
            "sync::network::tests::a_network_that_is_back_ends_the_wait_and_one_that_flaps_asks_once_a_second",
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let key = DatabaseKey::generate().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
        // Even the loopback interface is down: nothing is reached, the server on this computer neither.
        let server = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let sync = waiting_sync(&outbox, server.local_addr().unwrap().port());
        let mut standings = sync.standings();
        let cancel = CancellationToken::new();
        let running = tokio::spawn({
            let (sync, cancel) = (sync.clone(), cancel.clone());
            async move { sync.run(cancel).await }
        });
        let is_offline = standings.wait_for(|all| all.values().any(|one| one.trouble.is_some()));
        drop(tokio::time::timeout(AT_ONCE, is_offline).await.expect("it fails at once").unwrap());

        // The loopback interface leads nowhere, and neither does an address that every cable has.
        ip("link set lo up");
        ip("link add name here type veth peer name there");
        ip("link set here up");
        ip("link set there up");
        let too_early = tokio::time::timeout(Duration::from_millis(1_500), server.accept()).await;
        assert!(too_early.is_err(), "no network is back yet");

        ip("address add 10.98.0.1/24 dev here");
        let mut asked = Vec::new();
        let answer = async {
            // Taken and hung up: the server is not there yet.
            drop(server.accept().await.unwrap());
            Instant::now()
        };
        asked.push(tokio::time::timeout(AT_ONCE, answer).await.expect("the wait is over"));

        let flaps = tokio::task::spawn_blocking(|| {
            let began = Instant::now();
            let mut flaps = 0;
            while began.elapsed() < Duration::from_secs(4) {
                ip("address del 10.98.0.1/24 dev here");
                ip("address add 10.98.0.1/24 dev here");
                flaps += 1;
            }
            flaps
        });
        tokio::pin!(flaps);
        let flapped = loop {
            tokio::select! {
                flapped = &mut flaps => break flapped.unwrap(),
                answer = server.accept() => {
                    drop(answer.unwrap());
                    asked.push(Instant::now());
                }
            }
        };
        let pauses: Vec<_> = asked.windows(2).map(|two| two[1] - two[0]).collect();
        println!("{flapped} flaps, {} requests, pauses {pauses:?}", asked.len());
        assert!(flapped > 10, "{flapped} flaps");
        assert!(asked.len() >= 3, "it is asked while it flaps: {pauses:?}");
        // A connection is noticed here a little later than it was made, once more or less than another time.
        let shortest = Duration::from_millis(900);
        assert!(pauses.iter().all(|pause| *pause >= shortest), "{pauses:?}");
        cancel.cancel();
        tokio::time::timeout(AT_ONCE, running).await.expect("it ends when cancelled").unwrap();
    });
}
