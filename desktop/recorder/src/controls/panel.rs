//! All controls that are connected, and the one recorder that they work.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::{ControlMode, TakeState};

use super::Event;
use super::device::Kind;
use super::edges::{Edge, Edges, SETTLE};
use super::led::lamps;
use super::model::{self, Answer, Slider};
use super::report::decode;
use super::wish::{Wish, record_keys, wish};
use crate::recorder::{Recorder, RecorderError, ShownControls};

/// The state that was asked for holds for so long, until the recording tells its own: two presses in a row
/// must not both pause.
const ASKED_HOLDS: Duration = Duration::from_millis(300);
/// How soon lamps follow.
const LAMPS_FOLLOW: Duration = Duration::from_millis(200);
/// How long nothing needs to be done while nobody presses anything.
const IDLE: Duration = Duration::from_hours(1);

/// How a recording begins: [`Recorder::start`].
pub(super) type Start = Box<dyn FnMut(&Recorder) -> Result<RecordingId, RecorderError> + Send>;
pub(super) type Tell = Box<dyn FnMut(Result<(), RecorderError>) + Send>;

pub(super) struct Panel {
    recorder: Recorder,
    start: Start,
    tell: Tell,
    controls: BTreeMap<u64, Control>,
    asked: Option<(TakeState, Instant)>,
    refused: Vec<String>,
    /// What was unplugged with its Record held, and in which recording.
    lost: Option<(RecordingId, &'static str)>,
}

struct Control {
    name: &'static str,
    kind: Kind,
    slider: Slider,
    edges: Edges,
    write: Sender<Vec<u8>>,
    /// As they were last sent.
    lamps: Option<Vec<u8>>,
}

impl Control {
    fn send(&self, report: Vec<u8>) {
        // Fails when it is gone: then that is heard next.
        let _ = self.write.send(report);
    }
}

impl Panel {
    pub(super) fn new(recorder: Recorder, start: Start, tell: Tell) -> Self {
        Self {
            recorder,
            start,
            tell,
            controls: BTreeMap::new(),
            asked: None,
            refused: Vec::new(),
            lost: None,
        }
    }

    pub(super) fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected { id, name, kind, write } => {
                let (slider, edges) = (Slider::default(), Edges::default());
                let control = Control { name, kind, slider, edges, write, lamps: None };
                if kind == Kind::SpeechMike {
                    control.send(model::ask());
                }
                self.controls.insert(id, control);
                self.show();
            }
            Event::Report { id, bytes } => self.report(id, &bytes, now),
            Event::Gone { id } => self.lose(id, now),
            Event::Refused(refused) => {
                self.refused = refused;
                self.show();
            }
            Event::Close => {}
        }
    }

    /// What time brings: keys that are up for good, and lamps.
    pub(super) fn tick(&mut self, now: Instant) {
        let ids: Vec<u64> = self.controls.keys().copied().collect();
        for id in ids {
            if let Some(control) = self.controls.get_mut(&id) {
                let edges = control.edges.settle(now);
                self.act(id, edges, now);
            }
        }
        let take = self.recorded().map(|(_, state)| state);
        for control in self.controls.values_mut() {
            let wanted = lamps(control.kind, take);
            if wanted != control.lamps {
                control.lamps.clone_from(&wanted);
                wanted.into_iter().for_each(|report| control.send(report));
            }
        }
    }

    /// After how long [`Self::tick`] is due, when nothing is heard.
    pub(super) fn patience(&self) -> Duration {
        let controls = || self.controls.values();
        if controls().any(|control| control.edges.is_settling()) {
            SETTLE / 3
        } else if controls().any(|control| control.lamps.is_some()) {
            LAMPS_FOLLOW
        } else {
            IDLE
        }
    }

    fn report(&mut self, id: u64, bytes: &[u8], now: Instant) {
        let Some(control) = self.controls.get_mut(&id) else { return };
        match model::hear(bytes).filter(|_| control.kind == Kind::SpeechMike) {
            Some(Answer::Ask(question)) => return control.send(question),
            Some(Answer::Slider(slider)) => control.slider = slider,
            None => {}
        }
        let Some(down) = decode(control.kind, bytes) else { return };
        let edges = control.edges.report(down.without(control.slider.places()), now);
        self.act(id, edges, now);
    }

    fn act(&mut self, id: u64, edges: Vec<Edge>, now: Instant) {
        for edge in edges {
            let Some(control) = self.controls.get(&id) else { return };
            let (kind, mode) = (control.kind, self.mode(control));
            if let Some(wish) = wish(kind, edge, mode, self.take(now)) {
                self.carry_out(wish, now);
            }
        }
    }

    fn carry_out(&mut self, wish: Wish, now: Instant) {
        tracing::info!(?wish, "by a control");
        let recorder = &self.recorder;
        let done = match wish {
            Wish::Start => (self.start)(recorder).map(drop),
            Wish::Pause => recorder.pause(),
            Wish::Resume => recorder.resume(),
            Wish::Stop => recorder.stop(),
            Wish::Mark => recorder.mark(),
        };
        self.asked = match wish {
            Wish::Pause => Some((TakeState::Paused, now)),
            Wish::Resume => Some((TakeState::Recording, now)),
            Wish::Start | Wish::Stop => None,
            Wish::Mark => self.asked,
        };
        match done {
            // The window or the shortcut was quicker; it is as they wished.
            Err(RecorderError::NotRecording | RecorderError::AlreadyRecording) => {}
            done => (self.tell)(done),
        }
    }

    /// Its keys are up with it, and nothing is asked for: a cable that is pulled is nobody's wish, and
    /// words are still being said.
    fn lose(&mut self, id: u64, now: Instant) {
        let Some(control) = self.controls.remove(&id) else { return };
        let held = record_keys(control.kind).iter().any(|key| control.edges.is_down(key));
        if held
            && self.mode(&control) == ControlMode::Hold
            && self.take(now).is_some_and(|state| state != TakeState::Paused)
        {
            self.lost = self.recorded().map(|(recording, _)| (recording, control.name));
        }
        self.show();
    }

    fn mode(&self, control: &Control) -> ControlMode {
        if control.slider == Slider::Record {
            return ControlMode::Hold;
        }
        self.recorder.control_mode().unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), "how Record works could not be read");
            ControlMode::default()
        })
    }

    /// The recording under way as it will be when it has done what was asked for.
    fn take(&self, now: Instant) -> Option<TakeState> {
        let (_, state) = self.recorded()?;
        let asked = self.asked.filter(|(_, at)| now.saturating_duration_since(*at) < ASKED_HOLDS);
        Some(asked.map_or(state, |(state, _)| state))
    }

    /// As it is.
    fn recorded(&self) -> Option<(RecordingId, TakeState)> {
        let (recording, progress) = self.recorder.progress()?;
        let progress = progress.borrow();
        (!progress.ended).then_some((recording, progress.state))
    }

    fn show(&self) {
        let mut connected: Vec<String> = Vec::new();
        for control in self.controls.values() {
            if !connected.iter().any(|name| name == control.name) {
                connected.push(control.name.to_owned());
            }
        }
        let (refused, lost) = (self.refused.clone(), self.lost);
        self.recorder.show_controls(ShownControls { connected, refused, lost });
    }
}
