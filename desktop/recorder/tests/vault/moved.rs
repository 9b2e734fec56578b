//! From one computer to another by a bundle, with the real program on both.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::{Workstation, samples, scan};

#[test]
fn a_bundle_brings_the_recordings_to_another_computer_and_twice_is_no_more_than_once() {
    let (old, new) = (Workstation::new(), Workstation::new());
    let key = |workstation: &Workstation| workstation.session.path("keys").display().to_string();
    let (wav, pcm) = old.speech(3);
    let name = "Quillfeather";
    let wav = wav.to_str().unwrap();
    let said = ["--key-file", &key(&old), "record", "--fast", "--wav", wav, "--patient", name];
    let id = old.stdout(&said).lines().next().unwrap().to_owned();
    let bundle = old.session.path("bundle");
    let file = bundle.to_str().unwrap();
    with_passphrase(&old, &["--key-file", &key(&old), "bundle", "out", file]);
    let found = scan::findings(&bundle, &scan::word(name));
    assert!(found.is_empty(), "{found:?}");
    let arguments = ["--key-file", &key(&new), "bundle", "in", file];
    assert!(with_passphrase(&new, &arguments).contains(&id));
    assert!(with_passphrase(&new, &arguments).contains("0 recordings added"));
    let list = new.stdout(&["--key-file", &key(&new), "list", "--json"]);
    let list: Vec<Value> = serde_json::from_str(&list).unwrap();
    assert_eq!((list.len(), list[0]["patient"]["name"].as_str()), (1, Some(name)));
    let exported = new.session.path("exported.wav");
    new.stdout(&["--key-file", &key(&new), "export", &id, exported.to_str().unwrap()]);
    assert_eq!(samples(&exported), pcm);
}

fn with_passphrase(workstation: &Workstation, arguments: &[&str]) -> String {
    let mut command = workstation.command(arguments);
    command.arg("--passphrase-from-stdin").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"a horse that is correct\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}
