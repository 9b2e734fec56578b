//! One open control: its reports go to the panel, the panel's go to its lamps.

use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Duration;

use super::Event;

/// So long a report is waited for before the lamps are looked after.
pub(super) const WAIT: Duration = Duration::from_millis(100);
/// The longest report of a device of full speed (USB 2.0, §5.7.3), and its number.
const LONGEST: usize = 65;

/// What is asked of an open device.
pub(super) enum Exchange<'a> {
    /// Waits up to [`WAIT`]; 0 bytes when there was no report.
    Read(&'a mut [u8]),
    /// An output report, its number first.
    Write(&'a [u8]),
}

/// An open device. An error of a read means that it is gone.
pub(super) type Line = Box<dyn FnMut(Exchange<'_>) -> io::Result<usize> + Send>;

/// Reads until the device is gone or nobody listens.
pub(super) fn read(
    id: u64,
    mut line: Line,
    is_numbered: bool,
    events: &Sender<Event>,
    write: &Receiver<Vec<u8>>,
) {
    let mut buffer = [0; LONGEST];
    loop {
        let length = match line(Exchange::Read(&mut buffer)) {
            Ok(length) => length,
            Err(error) => {
                tracing::info!(%error, id, "a control is gone");
                let _ = events.send(Event::Gone { id });
                return;
            }
        };
        let report = buffer.get(usize::from(is_numbered)..length).unwrap_or_default();
        if !report.is_empty() && events.send(Event::Report { id, bytes: report.to_vec() }).is_err()
        {
            return;
        }
        loop {
            match write.try_recv() {
                Ok(report) => {
                    // A lamp that cannot be lit is no reason to lose the keys.
                    if let Err(error) = line(Exchange::Write(&report)) {
                        tracing::debug!(%error, id, "a control does not take a report");
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }
}
