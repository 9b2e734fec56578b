//! How far this computer's clock is from the server's: what is deleted after days must not go by a clock that jumped.

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use rustls::CertificateError;

/// Server's time less ours, from the `Date` (RFC 9110 §6.6.1) of an answer that came at `now`.
pub(super) fn skew(date: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = DateTime::parse_from_rfc2822(date).ok()?.to_utc();
    Some(date - now)
}

/// Why TLS did not believe the server's certificate, if that is what failed.
pub(super) fn refused_certificate<'a>(
    error: &'a (dyn Error + 'static),
) -> Option<&'a CertificateError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why);
        }
        next = match error.downcast_ref::<std::io::Error>() {
            // Its source is that of the error in it, which would be passed over.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

/// Whether it is not valid only at the time that this computer believes it is.
pub(super) const fn is_about_time(why: &CertificateError) -> bool {
    matches!(
        why,
        CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
            | CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
    )
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use rustls::CertificateError;

    use super::{is_about_time, refused_certificate, skew};

    #[test]
    fn a_clock_that_is_wrong_is_told_from_a_server_that_is_another() {
        let refused = |why| std::io::Error::other(rustls::Error::InvalidCertificate(why));
        let expired = refused(CertificateError::Expired);
        assert!(is_about_time(refused_certificate(&expired).unwrap()));
        let other = refused(CertificateError::UnknownIssuer);
        assert!(!is_about_time(refused_certificate(&other).unwrap()));
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(refused_certificate(&gone).is_none());
    }

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
