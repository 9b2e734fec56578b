//! Real handshakes with a server whose certificate an authority of our own vouches for.

use std::sync::Arc;

use medrecord_common::ids::{ClinicianId, DeviceId};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Authority, Trust};
use crate::outbox::{Account, DatabaseKey, Outbox};
use crate::sync::{Silence, Sync, SyncError};
use crate::vault::MemoryStore;

/// Made by `openssl req -x509`, and what `openssl x509 -noout -fingerprint -sha256` says of it.
const PEM: &str = "-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIUenBqHxA6C7xnTJLbV/HQf9PhUa4wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQQ2xpbmljIGF1dGhvcml0eTAeFw0yNjExMjcxODU3MzlaFw0z
NjExMjQxODU3MzlaMBsxGTAXBgNVBAMMEENsaW5pYyBhdXRob3JpdHkwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARC68OGdgAsdN5Ocf/UsemVshF+IgYpRwnE3AZk
vwmge9hlg3beAPdfInWOsRC6bQzCMUCKK7pbkqWo4zZ2b3H0o1MwUTAdBgNVHQ4E
FgQUDZ0S7ggi+VljlI0oVC9k9mMMxrwwHwYDVR0jBBgwFoAUDZ0S7ggi+VljlI0o
VC9k9mMMxrwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiA0DwSy
lfSVFcO6BIUTDuvp74MUnFMRngC4jGVOByk5KQIgCEJeJ/PZu8K25NT+61iiSxU7
zpXaT9fB9QTKQgDs4Uw=
-----END CERTIFICATE-----
";
const FINGERPRINT: &str = "4E:11:B3:DF:2D:90:B6:A0:C2:F8:AD:46:AA:01:E8:03:\
                           79:D9:10:F7:0E:AD:7C:83:33:A3:38:1A:47:46:1C:F7";

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Issuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Speaks TLS as `localhost`, with a certificate that holds until the end of a year, and has one answer for everything;
/// its address.
async fn server_of(issuer: &Issuer, until: i32, answer: &str) -> String {
    let answer = answer.to_owned();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(until, 12, 31);
    let leaf = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![leaf.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            // A client that does not trust us goes away in the middle.
            if let Ok(mut stream) = acceptor.accept(socket).await {
                let mut request = [0; 16_384];
                let _ = stream.read(&mut request).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
                let _ = stream.shutdown().await;
            }
        }
    });
    format!("https://localhost:{port}")
}

/// Of every sign-in.
const REFUSAL: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n\
    Content-Length: 84\r\nConnection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"code\":\"sign_in_failed\"}  ";

#[tokio::test]
async fn only_the_authority_that_was_chosen_vouches_for_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = DatabaseKey::generate().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
    let (clinic, other) = (authority(), authority());
    let server = server_of(&clinic, 2099, REFUSAL).await;
    // As after each start of the program: what was chosen is in the outbox.
    let sync = || Sync::new(outbox.clone(), Arc::new(MemoryStore::default()));
    let asked = async || {
        let refused = sync().enrol(&server, "okafor@clinic.test", "password", "Room 4", None).await;
        refused.unwrap_err().code()
    };
    assert_eq!(asked().await, "certificate_unknown");
    for (chosen, code) in [
        (Some(&other), "certificate_unknown"),
        (Some(&clinic), "sign_in_failed"),
        (None, "certificate_unknown"),
    ] {
        let chosen = chosen.map(|issuer| Authority::from_pem(&issuer.pem()).unwrap());
        sync().trust(&format!("{server}/"), chosen.as_ref(), None).await.unwrap();
        assert_eq!(asked().await, code);
    }
}

#[tokio::test]
async fn a_certificate_that_is_over_is_a_question_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let key = DatabaseKey::generate().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
    let clinic = authority();
    let server = server_of(&clinic, 2020, REFUSAL).await;
    let sync = Sync::new(outbox, Arc::new(MemoryStore::default()));
    let chosen = Authority::from_pem(&clinic.pem()).unwrap();
    sync.trust(&server, Some(&chosen), None).await.unwrap();
    let refused = sync.enrol(&server, "okafor@clinic.test", "password", "Room 4", None).await;
    assert_eq!(refused.unwrap_err().code(), "certificate_time");
}

/// What a client is told never goes further, not even to a server that the same authority vouches for.
#[tokio::test]
async fn no_answer_leads_a_client_to_another_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = DatabaseKey::generate().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
    let clinic = authority();
    let other = server_of(&clinic, 2099, REFUSAL).await;
    // With this one, a client that followed would send the password there again.
    let moved = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {other}/\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    let server = server_of(&clinic, 2099, &moved).await;
    let sync = Sync::new(outbox, Arc::new(MemoryStore::default()));
    let chosen = Authority::from_pem(&clinic.pem()).unwrap();
    for server in [&server, &other] {
        sync.trust(server, Some(&chosen), None).await.unwrap();
    }
    let refused = sync.enrol(&server, "okafor@clinic.test", "password", "Room 4", None).await;
    let not_ours = matches!(refused, Err(SyncError::Unreachable(Silence::NotOurs)));
    assert!(not_ours, "{refused:?}");
    // The client that looks for updates.
    let trust = Trust::from_pem(Some(chosen.pem())).unwrap();
    let client = trust.apply_to(reqwest::Client::builder().no_proxy()).build().unwrap();
    assert_eq!(client.get(&server).send().await.unwrap().status(), 307);
    assert_eq!(client.get(&other).send().await.unwrap().status(), 401, "it is there");
}

#[tokio::test]
async fn whom_others_trust_is_theirs_to_choose() {
    let folder = tempfile::tempdir().unwrap();
    let key = DatabaseKey::generate().unwrap();
    let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
    let clinician = ClinicianId::new();
    let server = "https://medrecord.clinic.test";
    let account = Account {
        clinician,
        device: DeviceId::new(),
        server: server.to_owned(),
        email: "okafor@clinic.test".to_owned(),
        name: "Dr. Okafor".to_owned(),
        device_name: "Room 4".to_owned(),
        receipt_keys: Vec::new(),
    };
    outbox.enrol(&account).unwrap();
    let sync = Sync::new(outbox.clone(), Arc::new(MemoryStore::default()));
    let chosen = Authority::from_pem(PEM).unwrap();
    for (authority, kept) in [(Some(&chosen), Some(PEM)), (None, None)] {
        let before = outbox.authority(server).unwrap();
        for stranger in [None, Some(ClinicianId::new())] {
            let refused = sync.trust(server, authority, stranger).await;
            assert!(matches!(refused, Err(SyncError::TrustOfOthers)), "{refused:?}");
            assert_eq!(outbox.authority(server).unwrap(), before);
        }
        sync.trust(server, authority, Some(clinician)).await.unwrap();
        assert_eq!(outbox.authority(server).unwrap().as_deref(), kept);
    }
}

#[test]
fn a_file_is_one_certificate_or_refused_in_words() {
    assert_eq!(Authority::from_pem(PEM).unwrap().fingerprint(), FINGERPRINT);
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let two = PEM.repeat(2);
    let key = KeyPair::generate().unwrap().serialize_pem();
    for (file, why) in [
        ("", "The file must hold one certificate that begins with BEGIN CERTIFICATE."),
        (two.as_str(), "The file must hold one certificate that begins with BEGIN CERTIFICATE."),
        (key.as_str(), "The file must hold one certificate that begins with BEGIN CERTIFICATE."),
        (damaged, "The certificate in the file is damaged."),
    ] {
        let error = Authority::from_pem(file).unwrap_err();
        assert!(matches!(error, SyncError::Authority(said) if said == why), "{error}");
    }
}
