//! Access tokens of devices: JWT, HS256 and nothing else, ten minutes.
//!
//! A token says which credential asks; the credential's row is read at every request, so revoking
//! one acts at once.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use medrecord_common::ids::ClinicianId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Seconds that a token holds.
pub(crate) const LIFETIME: u32 = 600;
const ISSUER: &str = "medrecord";
const AUDIENCE: &str = "medrecord-device";
const TYPE: &str = "at+jwt";

/// Issues and checks access tokens.
#[derive(Clone)]
pub(crate) struct AccessTokens {
    encoding: EncodingKey,
    /// The one that signs, then the one that did so before.
    decoding: Vec<DecodingKey>,
}

/// What a token claims.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// The clinician.
    sub: ClinicianId,
    /// The credential.
    pub(crate) cid: Uuid,
    iat: i64,
    exp: i64,
}

impl AccessTokens {
    pub(crate) fn new(secret: &SecretString, previous: Option<&SecretString>) -> Self {
        let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
        let all = [secret].into_iter().chain(previous);
        Self {
            encoding: EncodingKey::from_secret(&bytes(secret)),
            decoding: all.map(|one| DecodingKey::from_secret(&bytes(one))).collect(),
        }
    }

    pub(crate) fn issue(
        &self,
        clinician: ClinicianId,
        credential: Uuid,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: clinician,
            cid: credential,
            iat: now.timestamp(),
            exp: now.timestamp() + i64::from(LIFETIME),
        };
        Ok(jsonwebtoken::encode(&header, &claims, &self.encoding)?)
    }

    /// The claims of a token that is ours and not over.
    pub(crate) fn check(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // By our clock, below: the library reads the system's.
        validation.validate_exp = false;
        let decode = |key| jsonwebtoken::decode::<Claims>(token, key, &validation).ok();
        let token = self.decoding.iter().find_map(decode)?;
        let is_ours = token.header.typ.as_deref() == Some(TYPE);
        (is_ours && token.claims.exp > now.timestamp()).then_some(token.claims)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use medrecord_common::ids::ClinicianId;
    use uuid::Uuid;

    use super::{AccessTokens, Claims, LIFETIME};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_token_holds_ten_minutes_and_only_with_its_algorithm_and_type() {
        let tokens = AccessTokens::new(&SECRET.into(), None);
        let (now, credential) = (Utc::now(), Uuid::now_v7());
        let token = tokens.issue(ClinicianId::new(), credential, now).unwrap();
        assert_eq!(tokens.check(&token, now).unwrap().cid, credential);
        let later = now + TimeDelta::seconds(LIFETIME.into());
        assert!(tokens.check(&token, later).is_none(), "over");

        let claims = tokens.check(&token, now).unwrap();
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let forged =
            |header: Header, claims: &Claims| jsonwebtoken::encode(&header, claims, &key).unwrap();
        let untyped = forged(Header::new(Algorithm::HS256), &claims);
        assert!(tokens.check(&untyped, now).is_none(), "another type of token");
        let mut header = Header::new(Algorithm::HS512);
        header.typ = Some("at+jwt".to_owned());
        assert!(tokens.check(&forged(header, &claims), now).is_none(), "another algorithm");
        let other = AccessTokens::new(&"f".repeat(32).into(), None);
        assert!(other.check(&token, now).is_none(), "another secret");
    }

    #[test]
    fn the_secret_before_is_accepted_and_signs_nothing() {
        let (old, new) = (SECRET.into(), "f".repeat(32).into());
        let tokens = |secret, previous| AccessTokens::new(secret, previous);
        let (now, id) = (Utc::now(), ClinicianId::new());
        let issue = |tokens: &AccessTokens| tokens.issue(id, Uuid::now_v7(), now).unwrap();
        let rotated = tokens(&new, Some(&old));
        assert!(rotated.check(&issue(&tokens(&old, None)), now).is_some());
        let token = issue(&rotated);
        assert!(rotated.check(&token, now).is_some());
        assert!(tokens(&old, None).check(&token, now).is_none());
        assert!(tokens(&new, None).check(&token, now).is_some());
    }
}
