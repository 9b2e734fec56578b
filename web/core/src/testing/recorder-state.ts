// What the recorder's window shows when all is well: tests begin from it.
import type {
  Account,
  Level,
  LocalRecording,
  MicrophoneTrial,
  Patient,
  Take,
  TrashedRecording,
  Workstation,
} from '../generated/wire';
import { newId } from '../ids';
import { clinician } from './samples';

export const silence: Level = { peak_db: -100, rms_db: -100, verdict: 'waiting' };

/** What a muted microphone is told to be. */
export const deadMicrophone: MicrophoneTrial = {
  microphone: 'Yeti Nano',
  level: { ...silence, verdict: 'silent' },
  verdict: 'only_zeros',
  wav: '',
};

export const okafor: Account = {
  clinician: clinician.id,
  name: clinician.name,
  email: clinician.email,
  server: 'https://medrecord.clinic.example',
  device_name: 'Room 4',
  pin: false,
};

export const lund: Account = {
  ...okafor,
  clinician: '0193b1a0-0000-7000-8000-000000000002',
  name: 'Dr. Per Lund',
  email: 'lund@clinic.example',
  pin: true,
};

export function idleState(): Workstation {
  return {
    account: okafor,
    accounts: [okafor],
    locked: false,
    connection: 'online',
    own_authorities: [],
    microphones: [
      { id: 'yeti', name: 'Yeti Nano', is_default: true },
      { id: 'built-in', name: 'Built-in microphone', is_default: false },
    ],
    microphone: null,
    take: null,
    today: [],
    trashed: 0,
    cap_minutes: 240,
    upload_limit: null,
    space_ms: 36_000_000,
    warnings: [],
    key_file: false,
    shortcut: 'Ctrl+Alt+R',
    controls: [],
    control_mode: 'toggle',
    version: '0.1.0',
    update: { state: 'up_to_date' },
  };
}

export function startingTake(patient: Patient | null): Take {
  return {
    recording: newId(),
    whose: null,
    patient,
    state: 'starting',
    microphone: 'Yeti Nano',
    recorded_ms: 0,
    on_disk_ms: 0,
    on_server_ms: 0,
    level: silence,
    consent: null,
    continues: null,
    replaces: null,
  };
}

export function localRecording(recording: Partial<LocalRecording>): LocalRecording {
  return {
    id: newId(),
    started_at: new Date().toISOString(),
    patient: null,
    duration_ms: 130_000,
    state: 'waiting',
    recovered: false,
    segments: 9,
    segments_sent: 2,
    note: null,
    note_text: null,
    reason: null,
    consent: null,
    continues: null,
    replaces: null,
    trimmed_ms: null,
    last_speech_ms: recording.duration_ms ?? 130_000,
    has_audio: true,
    original: null,
    ...recording,
  };
}

/** As if it had been discarded when it began. */
export function trashedRecording(recording: LocalRecording): TrashedRecording {
  const { id, started_at, patient, duration_ms } = recording;
  const goes_at = new Date(new Date(started_at).getTime() + 30 * 86_400_000).toISOString();
  return { id, started_at, patient, duration_ms, discarded_at: started_at, goes_at };
}
