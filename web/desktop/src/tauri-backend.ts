// The recorder's port over Tauri: commands by name, the whole state as one event.
import {
  ApiProblem,
  type EnrolRequest,
  type RecorderBackend,
  type Unsubscribe,
  type wire,
} from '@medrecord/core';
import { invoke, type InvokeArgs } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

const STATE_EVENT = 'workstation';

async function call<T = void>(command: string, args?: InvokeArgs): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw ApiProblem.from(thrown);
  }
}

export const tauriBackend: RecorderBackend = {
  state: () => call<wire.Workstation>('state'),
  subscribe: (onState): Promise<Unsubscribe> =>
    listen<wire.Workstation>(STATE_EVENT, (event) => onState(event.payload)),
  enrol: (request: EnrolRequest) => call('enrol', { ...request }),
  setPin: (pin) => call('set_pin', { pin }),
  lock: () => call('lock'),
  unlock: (clinician, pin) => call('unlock', { clinician, pin }),
  chooseMicrophone: (id) => call('choose_microphone', { id }),
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
  openNote: (note) => call('open_note', { note }),
  openReview: () => call('open_review'),
};
