//! What the tests are written with.

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod clinic;
pub(crate) mod collector;
pub(crate) mod line;
pub(crate) mod openai;
pub(crate) mod port;
pub(crate) mod programs;
pub(crate) mod scripted;
pub(crate) mod speaker;
pub(crate) mod speech;
