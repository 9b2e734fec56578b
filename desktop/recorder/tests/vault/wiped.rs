//! The keyring is wiped: the recovery key brings everything back, and without it nothing can be read.

use age::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use medrecord_recorder::outbox::Outbox;
use medrecord_recorder::vault::RecoveryIdentity;

use crate::scan::{self, Forbidden};
use crate::{Workstation, samples};

const NAME: &str = "Quillfeather";
const MRN: &str = "MRN-7790-XQ";
const NOTE: &str = "zanthoxylum";

#[test]
fn the_recovery_key_brings_every_recording_back_and_without_it_the_folder_says_nothing() {
    let mut workstation = Workstation::new();
    workstation.session.start_bus();
    workstation.session.start_keyring(true);
    workstation.stdout(&["recovery-key", "accept", &workstation.public]);
    let (wav, pcm) = workstation.speech(25);
    let wav = wav.to_str().unwrap();
    let said = ["record", "--wav", wav, "--fast", "--patient", NAME, "--mrn", MRN];
    let finished = workstation.stdout(&said).lines().next().unwrap().to_owned();
    let exported = workstation.session.path("exported.wav");
    workstation.stdout(&["export", &finished, exported.to_str().unwrap()]);
    let forbidden = write_note_and_collect(&workstation, &finished, &pcm);

    // Killed while it records: chunks, and a log that nobody closed.
    let (mut child, unfinished) = workstation.record_until(wav.as_ref(), 2_500);
    child.kill().unwrap();
    child.wait().unwrap();
    workstation.session.wipe_keyring();
    workstation.session.start_keyring(true);

    let list = workstation.run(&["list"]);
    let said = String::from_utf8_lossy(&list.stderr).into_owned();
    assert!(!list.status.success() && said.contains("key of the recordings"), "{said}");
    let found = scan::findings(&workstation.data(), &forbidden);
    assert!(found.is_empty(), "{found:#?}");
    let (least, pages) = scan::least_entropy(&workstation.data());
    println!("{pages} pages of database and log, least entropy {least:.3} bits a byte");
    assert!(pages > 50 && scan::looks_random(least), "{pages} pages, {least}");

    let out = workstation.session.path("rescued");
    let rescued = workstation.rescue(&workstation.data(), &out);
    let told = String::from_utf8_lossy(&rescued.stdout).into_owned();
    let errors = String::from_utf8_lossy(&rescued.stderr).into_owned();
    assert!(rescued.status.success(), "{told}{errors}");
    let came_out = out.join(format!("{finished}.wav"));
    assert_eq!(std::fs::read(&came_out).unwrap(), std::fs::read(&exported).unwrap());
    assert_eq!(samples(&came_out), pcm, "16 kHz in, 16 kHz out");
    let json = std::fs::read_to_string(out.join(format!("{finished}.json"))).unwrap();
    assert!([NAME, MRN, NOTE].iter().all(|canary| json.contains(canary)), "all of it came out");
    let cut_off = samples(&out.join(format!("{unfinished}.wav")));
    assert!(cut_off.len() >= 40_000, "all that was said to be on disk: {}", cut_off.len());
    assert_eq!(cut_off, pcm[..cut_off.len()]);
    let plain = scan::findings(&out, &forbidden);
    assert!(plain.len() > 10, "what was looked for can be found: {plain:?}");
    let names = scan::files(&out);
    assert!(names.iter().all(|name| !name.to_string_lossy().contains(NAME)), "{names:?}");
}

/// Puts a note beside the recording; gives everything that must be nowhere in the folder.
fn write_note_and_collect(workstation: &Workstation, id: &str, pcm: &[i16]) -> Forbidden {
    let recovery = RecoveryIdentity::read(&workstation.recovery).unwrap();
    let sealed = std::fs::read(workstation.data().join("outbox.key.age")).unwrap();
    let key = recovery.open(&sealed).unwrap();
    let outbox = Outbox::open(&workstation.data().join("outbox.db"), &key).unwrap();
    let id = id.parse().unwrap();
    outbox.set_note_text(id, &format!("Assessment: {NOTE}, stable.").into()).unwrap();

    let mut forbidden: Forbidden =
        [NAME, MRN, NOTE].iter().flat_map(|word| scan::word(word)).collect();
    forbidden.push(("a FLAC header".to_owned(), b"fLaC\0\0\0\x22".to_vec()));
    for entry in outbox.segments(id).unwrap() {
        let flac = outbox.segment(id, entry.seq).unwrap().flac;
        for at in [64, flac.len() / 2, flac.len() - 64] {
            forbidden.push((format!("FLAC of segment {}", entry.seq), flac[at..at + 16].to_vec()));
        }
    }
    let loud = pcm.windows(16).step_by(16_000).filter(|part| part.iter().all(|s| s.abs() > 50));
    for part in loud {
        let bytes = part.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        forbidden.push((format!("PCM {part:?}"), bytes));
    }
    let hex = key.to_hex().expose_secret().to_owned();
    let raw = hex::decode(&hex).unwrap();
    forbidden.push(("the key in upper case".to_owned(), hex.to_uppercase().into_bytes()));
    forbidden.push(("the key in hex".to_owned(), hex.into_bytes()));
    for base64 in [STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forbidden.push(("the key in base64".to_owned(), base64.encode(&raw).into_bytes()));
    }
    forbidden.push(("the key".to_owned(), raw));
    let private = std::fs::read(&workstation.recovery).unwrap();
    forbidden.push(("the recovery key's private half".to_owned(), private));
    forbidden
}
