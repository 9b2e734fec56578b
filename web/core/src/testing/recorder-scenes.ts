// The recorder's scenes: `?scene=` of `npm run dev:fake`.
import type { Account, LocalRecording, Take, Workstation } from '../generated/wire';
import { FakeRecorder } from './fake-recorder';
import { idleState, localRecording, lund, okafor, silence } from './recorder-state';
import { refused, syncScenes, warned } from './sync-scenes';
import { hale, noteId, patient, sampleNote } from './samples';

const TICK_MS = 100;

function sampleDay(): LocalRecording[] {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const text = sampleNote()
    .content.sections.map((section) =>
      [section.title, ...section.sentences.map((item) => item.text)].join('\n'),
    )
    .join('\n\n');
  return [
    localRecording({
      started_at: at(30),
      patient: patient('Mori, Aiko', '001883'),
      state: 'note_ready',
      note: noteId,
      note_text: text,
    }),
    localRecording({ started_at: at(60), patient: patient('Lund, Per', '009120') }),
    localRecording({
      started_at: at(75),
      patient: patient('Abebe, Sara', '007731'),
      state: 'sent',
      segments_sent: 9,
    }),
    localRecording({ started_at: at(130), recovered: true, segments_sent: 0 }),
    localRecording({
      started_at: at(150),
      patient: patient(
        'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana',
        '10000000000451',
      ),
      state: 'wedged',
      reason: refused,
    }),
    localRecording({ started_at: at(190), patient: patient('Novak, Jan', '002245'), state: 'no_speech' }),
  ];
}

/** Plays a recording: the numbers grow, the level moves. */
function play(recorder: FakeRecorder): void {
  setInterval(() => {
    const take = recorder.current.take;
    if (!take || take.state === 'paused') return;
    const recorded = take.recorded_ms + TICK_MS;
    const rms = -28 + 14 * Math.sin(recorded / 700) * Math.sin(recorded / 190) - 6 * Math.random();
    recorder.becomeTake({
      state: 'recording',
      recorded_ms: recorded,
      on_disk_ms: recorded - (recorded % 500),
      on_server_ms: Math.max(0, recorded - 22_000),
      level: { peak_db: rms + 6, rms_db: rms, verdict: 'good' },
    });
  }, TICK_MS);
}

const take: Take = {
  recording: '0193b1a0-0000-7000-8000-0000000000a9',
  whose: null,
  patient: hale,
  state: 'recording',
  microphone: 'Yeti Nano',
  recorded_ms: 246_000,
  on_disk_ms: 246_000,
  on_server_ms: 224_000,
  level: { peak_db: -12, rms_db: -20, verdict: 'good' },
  consent: null,
  continues: null,
  replaces: null,
};

const withPin: Account = { ...okafor, pin: true };
const locked: Partial<Workstation> = {
  account: withPin,
  accounts: [withPin, lund],
  locked: true,
  today: [],
};

/** Every state that the window was designed for. */
const scenes: Record<string, Partial<Workstation>> = {
  idle: {},
  'first-start': { account: null, accounts: [], connection: 'not_enrolled', today: [] },
  empty: { today: [] },
  'no-microphone': { microphones: [] },
  pedal: { controls: ['Philips foot pedal', 'Philips SpeechMike'], control_mode: 'hold' },
  'pedal-refused': warned(
    'notice',
    'control_refused',
    'Philips foot pedal cannot be used: this computer does not let you read it. Ask for the file 70-medrecord-hid.rules, which comes with MedRecord, to be put into /etc/udev/rules.d, and connect it again. You can record without it.',
  ),
  recording: { take },
  paused: { take: { ...take, state: 'paused' } },
  'no-patient': { take: { ...take, patient: null } },
  'long-name': {
    take: {
      ...take,
      patient: patient(
        'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana',
        '10000000000451',
        '1931-12-24',
      ),
    },
  },
  'someone-elses': { take: { ...take, patient: null, whose: lund.name } },
  'microphone-lost': {
    take: { ...take, level: silence },
    ...warned(
      'alarm',
      'microphone_lost',
      'What was recorded is safe. Nothing is heard now: Yeti Nano is gone and there is no other microphone. Connect one; recording goes on by itself.',
    ),
  },
  'only-zeros': {
    take: { ...take, level: { ...silence, verdict: 'silent' } },
    ...warned(
      'alarm',
      'microphone_silent',
      'What was recorded is safe. Yeti Nano delivers no sound at all. Is it muted? Recording goes on.',
    ),
  },
  'not-on-disk': {
    take: { ...take, on_disk_ms: 240_000 },
    ...warned(
      'alarm',
      'disk',
      'The last words are in memory only: they could not be written. The disk is full. What was recorded so far is kept. Make room on the disk. Recording goes on and writing is tried again.',
    ),
  },
  'disk-low': {
    space_ms: 48 * 60_000,
    ...warned(
      'warning',
      'disk_low',
      'The disk has room for 48 more minutes of recording. What is recorded is safe. Ask for room to be made.',
    ),
  },
  recovered: {
    today: [localRecording({ patient: hale, recovered: true, segments_sent: 0 })],
    ...warned(
      'notice',
      'recovered',
      'The computer stopped during this recording. Everything up to 02:10 was kept.',
    ),
  },
  'update-loading': { update: { state: 'loading', version: '0.2.0', percent: 40 } },
  'update-managed': { update: { state: 'managed', version: '0.2.0' } },
  ...syncScenes,
  locked,
  'pedal-unplugged': {
    take,
    ...warned(
      'warning',
      'control_lost',
      'Recording goes on: Philips foot pedal was unplugged while it was held. Pause or stop here, or connect it again.',
    ),
  },
  'locked-recording': { ...locked, take: { ...take, patient: null } },
};

/** Names of all scenes. */
export const sceneNames: readonly string[] = Object.keys(scenes);

export function demoRecorder(scene: string): FakeRecorder {
  const recorder = new FakeRecorder({ ...idleState(), today: sampleDay(), ...scenes[scene] });
  play(recorder);
  return recorder;
}
