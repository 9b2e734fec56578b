// The recorder's port over Tauri: commands by name, the whole state as one event.
import {
  ApiProblem,
  type EnrolRequest,
  type RecorderBackend,
  type Unsubscribe,
  type wire,
} from '@medrecord/core';
import { invoke, type InvokeArgs, type InvokeOptions } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

const STATE_EVENT = 'workstation';

async function call<T = void>(command: string, args?: InvokeArgs, options?: InvokeOptions): Promise<T> {
  try {
    return await invoke<T>(command, args, options);
  } catch (thrown) {
    throw ApiProblem.from(thrown);
  }
}

export const tauriBackend: RecorderBackend = {
  state: () => call<wire.Workstation>('state'),
  subscribe: (onState): Promise<Unsubscribe> =>
    listen<wire.Workstation>(STATE_EVENT, (event) => onState(event.payload)),
  enrol: (request: EnrolRequest) => call('enrol', { ...request }),
  fingerprint: (pem) => call<string>('fingerprint', { pem }),
  trust: (server, pem) => call('trust', { server, pem }),
  setPin: (pin) => call('set_pin', { pin }),
  lock: () => call('lock'),
  unlock: (clinician, pin) => call('unlock', { clinician, pin }),
  chooseMicrophone: (id) => call('choose_microphone', { id }),
  tryMicrophone: (seconds) => call<wire.MicrophoneTrial>('try_microphone', { seconds }),
  start: (patient) => call('start', { patient }),
  pause: () => call('pause'),
  resume: () => call('resume'),
  stop: () => call('stop'),
  mark: () => call('mark'),
  setPatient: (recording, patient) => call('set_patient', { recording, patient }),
  retry: (recording) => call('retry', { recording }),
  discard: (recording) => call('discard', { recording }),
  restore: (recording) => call('restore', { recording }),
  trash: () => call<wire.TrashedRecording[]>('trash'),
  saveDiagnostics: () => call('save_diagnostics'),
  audio: (recording, startMs, lengthMs) => call<ArrayBuffer>('audio', { recording, startMs, lengthMs }),
  exportAudio: (recording, format) => call<string>('export_audio', { recording, format }),
  importFile: async (file, patient) => {
    // Headers hold ASCII only.
    const headers: Record<string, string> = { name: encodeURIComponent(file.name) };
    if (patient) headers['patient'] = encodeURIComponent(JSON.stringify(patient));
    const bytes = new Uint8Array(await file.arrayBuffer());
    return call<wire.ImportedRecording>('import_file', bytes, { headers });
  },
  startContinuing: (recording) => call('start_continuing', { recording }),
  startReplacing: (recording, fromMs) => call('start_replacing', { recording, fromMs }),
  setConsent: (recording, given, by) => call('set_consent', { recording, given, by }),
  trim: (recording, toSpeech) => call('trim', { recording, toSpeech }),
  setCap: (minutes) => call('set_cap', { minutes }),
  setUploadLimit: (bytes) => call('set_upload_limit', { bytes }),
  setControlMode: (mode) => call('set_control_mode', { mode }),
  installUpdate: () => call('install_update'),
  openNote: (note) => call('open_note', { note }),
  openReview: () => call('open_review'),
};
