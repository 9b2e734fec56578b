//! The certificate authority of a clinic without a public name: trusted by hand, for one server, and then it alone.
//!
//! Who may do this here may also add one to the system's own, which is asked otherwise: it opens no new way in.

use std::fmt::Write as _;

use medrecord_common::segment::Digest;
use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::SyncError;

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

    /// Makes a client believe it, and no other.
    pub fn alone(&self, client: ClientBuilder) -> ClientBuilder {
        client.tls_certs_only([self.root.clone()])
    }
}

#[cfg(test)]
mod tests;
