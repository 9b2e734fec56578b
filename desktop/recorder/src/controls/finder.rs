//! Finds controls as they are plugged in, and opens those that are known, and no others.

use std::collections::HashMap;
use std::ffi::CString;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use hidapi::{HidApi, MAX_REPORT_DESCRIPTOR_SIZE};

use super::Event;
use super::device::{Known, recognise};
use super::reader::{self, Exchange, Line, WAIT};
use super::report::is_numbered;

/// A known interface that is connected.
pub(super) struct Found {
    path: CString,
    known: &'static Known,
}

/// An interface that was opened.
pub(super) struct Opened {
    pub(super) line: Line,
    /// Whether a number stands before each of its reports.
    pub(super) is_numbered: bool,
}

/// Why it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The system does not let this user.
    Forbidden,
    Other,
}

/// What is open, by where the system has it.
pub(super) struct Finder {
    events: Sender<Event>,
    next: u64,
    readers: HashMap<CString, JoinHandle<()>>,
    refused: Vec<String>,
}

impl Finder {
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self { events, next: 0, readers: HashMap::new(), refused: Vec::new() }
    }

    /// Opens what is new in the system's list, and tries again what could not be opened. Answers
    /// whether somebody still listens.
    pub(super) fn look(
        &mut self,
        found: &[Found],
        mut open: impl FnMut(&Found) -> Result<Opened, Refusal>,
    ) -> bool {
        self.readers.retain(|_, reader| !reader.is_finished());
        let mut refused: Vec<String> = Vec::new();
        for found in found {
            if self.readers.contains_key(&found.path) {
                continue;
            }
            match open(found) {
                Ok(opened) => {
                    if self.connect(found, opened).is_err() {
                        return false;
                    }
                }
                Err(refusal) => {
                    let text = in_words(found.known.name, refusal);
                    if !refused.contains(&text) {
                        refused.push(text);
                    }
                }
            }
        }
        if refused == self.refused {
            return true;
        }
        self.refused.clone_from(&refused);
        self.events.send(Event::Refused(refused)).is_ok()
    }

    fn connect(&mut self, found: &Found, opened: Opened) -> Result<(), ()> {
        let Opened { line, is_numbered } = opened;
        let Known { kind, name, .. } = *found.known;
        let id = self.next;
        self.next += 1;
        tracing::info!(id, name, "a control is connected");
        let (write, written) = channel();
        let events = self.events.clone();
        events.send(Event::Connected { id, name, kind, write }).map_err(drop)?;
        let reader = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || reader::read(id, line, is_numbered, &events, &written));
        match reader {
            Ok(reader) => {
                self.readers.insert(found.path.clone(), reader);
            }
            Err(error) => {
                tracing::warn!(%error, id, "no thread for a control");
                self.events.send(Event::Gone { id }).map_err(drop)?;
            }
        }
        Ok(())
    }
}

/// Looks again and again, until nobody listens.
pub(super) fn watch(events: Sender<Event>, over: &Receiver<()>, every: Duration) {
    let mut finder = Finder::new(events);
    let mut api = match HidApi::new() {
        Ok(api) => api,
        Err(error) => {
            tracing::warn!(%error, "foot pedals and dictation microphones are not looked for");
            return;
        }
    };
    loop {
        if let Err(error) = api.refresh_devices() {
            tracing::debug!(%error, "the system does not list its controls");
        }
        if !finder.look(&found(&api), |found| open(&api, found)) {
            return;
        }
        if over.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn found(api: &HidApi) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for device in api.device_list() {
        let usage = (device.usage_page(), device.usage());
        let known = recognise(device.vendor_id(), device.product_id(), usage);
        // An interface with several usages is listed with each of them.
        let is_new = !found.iter().any(|found| found.path.as_c_str() == device.path());
        if let Some(known) = known.filter(|_| is_new) {
            found.push(Found { path: device.path().to_owned(), known });
        }
    }
    found
}

fn open(api: &HidApi, found: &Found) -> Result<Opened, Refusal> {
    let device = api.open_path(&found.path).map_err(|error| {
        tracing::debug!(%error, name = found.known.name, "a control does not open");
        if is_forbidden(&found.path) { Refusal::Forbidden } else { Refusal::Other }
    })?;
    let mut descriptor = [0; MAX_REPORT_DESCRIPTOR_SIZE];
    // A system that does not hand it out: as the sources of the layouts have it, without numbers.
    let length = device.get_report_descriptor(&mut descriptor).unwrap_or(0);
    let is_numbered = is_numbered(descriptor.get(..length).unwrap_or_default());
    let wait = i32::try_from(WAIT.as_millis()).unwrap_or(i32::MAX);
    let line: Line = Box::new(move |exchange| {
        let done = match exchange {
            Exchange::Read(buffer) => device.read_timeout(buffer, wait),
            Exchange::Write(report) => device.write(report),
        };
        done.map_err(io::Error::other)
    });
    Ok(Opened { line, is_numbered })
}

/// hidapi says so only in a sentence.
#[cfg(target_os = "linux")]
fn is_forbidden(path: &std::ffi::CStr) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path.to_bytes()));
    let opened = std::fs::File::options().read(true).write(true).open(path);
    opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

#[cfg(not(target_os = "linux"))]
fn is_forbidden(_: &std::ffi::CStr) -> bool {
    false
}

fn in_words(name: &str, refusal: Refusal) -> String {
    match refusal {
        Refusal::Forbidden => format!(
            "{name} cannot be used: this computer does not let you read it. Ask for the file \
             70-medrecord-hid.rules, which comes with MedRecord, to be put into /etc/udev/rules.d, and \
             connect it again. You can record without it."
        ),
        Refusal::Other => format!(
            "{name} cannot be used: it does not open. Close other dictation programs and connect it \
             again. You can record without it."
        ),
    }
}

#[cfg(test)]
mod tests;
