//! The desktop window of the demo, over the same outbox as the sample.

use anyhow::Result;

use super::home::Home;
use super::recorder::key_file;
use crate::paths;
use crate::service::{Service, Stop, Stream, bound_to_us};

/// Opens it; it closes with us.
pub(crate) fn open(home: &Home) -> Result<Service> {
    let folder = home.path("recorder");
    let mut window = bound_to_us(&paths::program("medrecord-desktop"), Stop::Terminate, false);
    window.arg("--data").arg(&folder).arg("--key-file").arg(key_file(&folder));
    let log = home.log("desktop");
    Service::start("the desktop window", window, &log, Stop::Terminate, Stream::Stdout)
}
