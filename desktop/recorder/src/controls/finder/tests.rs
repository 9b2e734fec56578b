//! Plugging in and out, from lists as the system gives them.

use std::cell::RefCell;
use std::sync::mpsc::RecvTimeoutError;

use super::super::device::{KNOWN, Kind};
use super::*;

/// A device that is there until its sender is dropped.
fn line(reports: Receiver<Vec<u8>>) -> Line {
    Box::new(move |exchange| match exchange {
        Exchange::Read(buffer) => match reports.recv_timeout(WAIT) {
            Ok(report) => {
                buffer[..report.len()].copy_from_slice(&report);
                Ok(report.len())
            }
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("unplugged")),
        },
        Exchange::Write(report) => Ok(report.len()),
    })
}

fn at(path: &str, product: u16) -> Found {
    let known = KNOWN.iter().find(|known| known.product == product).unwrap();
    Found { path: CString::new(path).unwrap(), known }
}

fn pedal() -> Found {
    at("/dev/hidraw0", 0x00FF)
}

#[test]
fn a_pedal_is_opened_once_and_again_when_it_comes_back() {
    let (events, heard) = channel();
    let mut finder = Finder::new(events);
    let plugged = RefCell::new(Vec::new());
    let open = |_: &Found| {
        let (reports, read) = channel();
        plugged.borrow_mut().push(reports);
        Ok(Opened { line: line(read), is_numbered: true })
    };
    assert!(finder.look(&[], open));
    assert!(finder.look(&[pedal()], open));
    assert!(finder.look(&[pedal()], open));
    assert_eq!(plugged.borrow().len(), 1);
    let Event::Connected { id, name, kind, write } = heard.recv().unwrap() else { panic!() };
    assert_eq!((name, kind), ("Infinity foot pedal", Kind::Infinity));
    plugged.borrow()[0].send(vec![1, 2, 0]).unwrap();
    let Event::Report { id: of, bytes } = heard.recv().unwrap() else { panic!() };
    assert_eq!((of, bytes), (id, vec![2, 0]), "without its number");
    plugged.borrow_mut().clear();
    let Event::Gone { id: gone } = heard.recv().unwrap() else { panic!() };
    assert_eq!(gone, id);
    drop(write);
    // Its thread has told that it is gone and ends.
    for (_, reader) in finder.readers.drain() {
        reader.join().unwrap();
    }
    assert!(finder.look(&[], open));
    assert!(finder.look(&[pedal()], open));
    let Event::Connected { id: again, .. } = heard.recv().unwrap() else { panic!() };
    assert_ne!(again, id);
}

#[test]
fn what_may_not_be_opened_is_said_once_until_it_may() {
    let (events, heard) = channel();
    let mut finder = Finder::new(events);
    let refuse = |refusal| move |_: &Found| Err(refusal);
    for _ in 0..3 {
        assert!(finder.look(&[pedal()], refuse(Refusal::Forbidden)));
    }
    let Event::Refused(texts) = heard.try_recv().unwrap() else { panic!() };
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("70-medrecord-hid.rules"), "{texts:?}");
    assert!(texts[0].ends_with("You can record without it."), "{texts:?}");
    assert!(heard.try_recv().is_err(), "once");
    assert!(finder.look(&[pedal()], refuse(Refusal::Other)));
    let Event::Refused(texts) = heard.try_recv().unwrap() else { panic!() };
    assert!(texts[0].contains("does not open"), "{texts:?}");
    assert!(finder.look(&[], refuse(Refusal::Other)));
    let Event::Refused(texts) = heard.try_recv().unwrap() else { panic!() };
    assert!(texts.is_empty(), "it was unplugged");
}

#[test]
fn nothing_is_opened_that_is_not_known() {
    assert!(recognise(0x046D, 0xC31C, (1, 6)).is_none(), "a keyboard");
    assert!(recognise(0x0911, 0x0C1C, (1, 2)).is_none(), "another interface of a SpeechMike");
    assert!(recognise(0x0911, 0x0C1C, (0xFFA0, 1)).is_some());
    assert!(recognise(0x0554, 0x0064, (1, 4)).is_some_and(|it| it.kind == Kind::PowerMic4Gamepad));
    assert!(recognise(0x05F3, 0x00FF, (0x0C, 3)).is_some());
}

#[test]
fn it_stops_looking_when_nobody_listens() {
    let (events, heard) = channel();
    drop(heard);
    let mut finder = Finder::new(events);
    assert!(!finder.look(&[pedal()], |_| Err(Refusal::Other)));
}

#[test]
fn the_rule_for_linux_opens_exactly_what_is_known() {
    let rules = include_str!("../../../../udev/70-medrecord-hid.rules");
    let mut ruled: Vec<String> = rules
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(str::to_owned)
        .collect();
    ruled.sort();
    let mut wanted: Vec<String> = KNOWN
        .iter()
        .map(|known| {
            format!(
                r#"SUBSYSTEM=="hidraw", ATTRS{{idVendor}}=="{:04x}", ATTRS{{idProduct}}=="{:04x}", TAG+="uaccess""#,
                known.vendor, known.product
            )
        })
        .collect();
    wanted.sort();
    wanted.dedup();
    assert_eq!(ruled, wanted);
}
