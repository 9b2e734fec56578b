//! How far this computer's clock is from the server's: what is deleted after days must not go by a clock that jumped.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use rustls::CertificateError;

/// Server's time less ours, from the `Date` (RFC 9110 §6.6.1) of an answer that came at `now`.
pub(super) fn skew(date: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = DateTime::parse_from_rfc2822(date).ok()?.to_utc();
    Some(date - now)
}

/// Whether TLS failed because the certificate is not valid at the time that this computer believes it is.
pub(super) fn refuses_certificate(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return matches!(
                why,
                CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
                    | CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
            );
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::skew;

    #[test]
    fn the_servers_date_says_how_far_our_clock_is_off() {
        let now: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        assert_eq!(skew("Tue, 24 Nov 2026 09:00:03 GMT", now), Some(TimeDelta::seconds(3)));
        assert_eq!(skew("Mon, 24 Nov 2036 09:00:00 GMT", now), Some(TimeDelta::days(3_653)));
        assert_eq!(skew("Mon, 23 Nov 2026 09:00:00 GMT", now), Some(TimeDelta::days(-1)));
        for broken in ["", "yesterday", "2026-11-24T09:00:00Z"] {
            assert_eq!(skew(broken, now), None, "{broken}");
        }
    }
}
