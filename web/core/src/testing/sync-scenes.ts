// The recorder's window while sync fails, in the recorder's own words (desktop/recorder: sync/error.rs, waiting.rs).
import type { Severity, Workstation } from '../generated/wire';
import { localRecording } from './recorder-state';
import { hale, patient } from './samples';

export function warned(severity: Severity, code: string, text: string): Partial<Workstation> {
  return { warnings: [{ severity, code, text }] };
}

/** Beside a recording that was refused for good. */
export const refused =
  'This recording could not be sent and is kept on this computer. The server has other sound for a part of it. Send support a report (menu under your name).';

export const syncScenes: Record<string, Partial<Workstation>> = {
  'offline-for-days': {
    connection: 'offline',
    today: Array.from({ length: 40 }, (_, index) =>
      localRecording({
        started_at: new Date(Date.now() - index * 3 * 3_600_000).toISOString(),
        patient: index % 4 === 0 ? null : patient(`Patient, Number ${index}`, `00${index}`),
        segments_sent: 0,
      }),
    ),
    ...warned(
      'notice',
      'offline',
      "Offline. Everything is kept on this computer and is sent later by itself; 40 recordings wait, the oldest for 4 days. There is no connection to the server. If web pages do not open either, check this computer's network.",
    ),
  },
  wedged: {
    today: [
      localRecording({
        patient: hale,
        state: 'wedged',
        reason: refused,
      }),
    ],
    ...warned(
      'warning',
      'recording_wedged',
      '1 recording could not be sent. It is kept on this computer; the list says why and what to do.',
    ),
  },
  lost: {
    today: [
      localRecording({
        started_at: new Date(Date.now() - 9 * 86_400_000).toISOString(),
        patient: hale,
        state: 'wedged',
        has_audio: false,
        segments_sent: 9,
        reason:
          'The server lost this recording when a backup was restored, and its sound is no longer on this computer: it was deleted days after the server had confirmed it. Tell support: an older backup may hold it.',
      }),
    ],
    ...warned(
      'warning',
      'recording_lost',
      'The server lost 1 recording that is no longer on this computer. The list says which and what to do.',
    ),
  },
  'update-required': {
    connection: 'offline',
    update: { state: 'ready', version: '0.2.0' },
    ...warned(
      'warning',
      'update_required',
      'Not sending. Everything is kept on this computer; 2 recordings wait, the oldest for 3 hours. MedRecord 0.1.0 on this computer is too old for the server. Install the update, or ask support for it.',
    ),
  },
  'captive-portal': {
    connection: 'offline',
    ...warned(
      'notice',
      'offline',
      "Offline. Everything is kept on this computer and is sent later by itself; 2 recordings wait, the oldest for 3 hours. Something else answers in the server's place: sign in to this network in the browser, or tell support.",
    ),
  },
  'sign-in-again': {
    connection: 'sign_in_needed',
    ...warned(
      'warning',
      'sign_in_needed',
      'Your recordings are kept on this computer and recording goes on. Your sign-in here has ended: sign in again to send them.',
    ),
  },
};
