//! The certificate authority of a clinic without a public name: trusted by hand, for one server, and then it alone.
//!
//! It decides whom the credentials of all who send there are shown to, so only one of them may change it.

use std::fmt::Write as _;

use medrecord_common::ids::ClinicianId;
use medrecord_common::segment::Digest;
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::SyncError;
use crate::outbox::Account;

/// A certificate that may vouch for a server's.
#[derive(Debug, Clone)]
pub struct Authority {
    pem: String,
    certificate: CertificateDer<'static>,
    root: Certificate,
}

impl Authority {
    /// Of a PEM file (RFC 7468) that holds this one certificate.
    ///
    /// # Errors
    /// [`SyncError::Authority`] when it holds none, several, or one that is damaged.
    pub fn from_pem(pem: &str) -> Result<Self, SyncError> {
        let mut found = CertificateDer::pem_slice_iter(pem.as_bytes());
        let (Some(Ok(certificate)), None) = (found.next(), found.next()) else {
            let why = "The file must hold one certificate that begins with BEGIN CERTIFICATE.";
            return Err(SyncError::Authority(why));
        };
        let damaged = "The certificate in the file is damaged.";
        let root =
            Certificate::from_der(&certificate).map_err(|_| SyncError::Authority(damaged))?;
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|_| SyncError::Authority(damaged))?;
        Ok(Self { pem: pem.to_owned(), certificate, root })
    }

    /// The file that it came from.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// SHA-256 over it as `openssl x509 -fingerprint -sha256` writes it: `AB:CD:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for byte in Digest::of(&self.certificate).0 {
            let colon = if text.is_empty() { "" } else { ":" };
            write!(text, "{colon}{byte:02X}").expect("invariant: a String takes everything");
        }
        text
    }
}

/// Whom a client believes about one server: the authority that was chosen for it and no other, or those that the system
/// knows; and nobody who answers leads the client to another server.
#[derive(Debug, Clone, Default)]
pub struct Trust(Option<Authority>);

impl Trust {
    /// From what the outbox keeps for the server.
    pub(crate) fn from_pem(pem: Option<&str>) -> Result<Self, SyncError> {
        pem.map(Authority::from_pem).transpose().map(Self)
    }

    #[must_use = "the client that keeps to it"]
    pub fn apply_to(&self, client: ClientBuilder) -> ClientBuilder {
        let client = client.redirect(Policy::none());
        match &self.0 {
            Some(authority) => client.tls_certs_only([authority.root.clone()]),
            None => client,
        }
    }
}

/// Everyone's credentials for a server are shown to whom its authority vouches for: once someone sends there, it is
/// one of them who chooses.
pub(crate) fn may_choose_authority(
    who: Option<ClinicianId>,
    server: &str,
    accounts: &[Account],
) -> bool {
    let mut senders = accounts.iter().filter(|account| account.server == server).peekable();
    senders.peek().is_none() || senders.any(|account| Some(account.clinician) == who)
}

#[cfg(test)]
mod tests;
