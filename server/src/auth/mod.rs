//! Who asks: passwords, browser sessions, device credentials and their tokens.

mod access_token;
mod credential;
mod password;
mod refresh;
mod refresh_token;
mod secret;
mod session;
mod sign_in;

pub(crate) use self::access_token::{AccessTokens, LIFETIME as ACCESS_LIFETIME};
pub(crate) use self::credential::{Credential, holding};
pub(crate) use self::password::{MIN_LENGTH as MIN_PASSWORD_LENGTH, Passwords};
pub(crate) use self::refresh::{RefreshError, enrol, refresh};
pub(crate) use self::refresh_token::RefreshTokens;
pub(crate) use self::secret::Secret;
pub(crate) use self::session::{begin as begin_session, holder as session_holder};
pub(crate) use self::sign_in::{confirm_password, sign_in};
