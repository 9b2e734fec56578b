//! Background work: the queue's rules, the worker, and one file a kind of job.

mod backoff;
mod draft;
mod outcome;
mod sweep;
mod transcribe;
mod worker;

pub(crate) use self::outcome::JobError;
pub(crate) use self::worker::run;
