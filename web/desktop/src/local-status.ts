// A local state as shape and words.
import { words, type StatusKind, type wire } from '@medrecord/core';

export function localStatus(recording: wire.LocalRecording): { kind: StatusKind; text: string } {
  switch (recording.state) {
    case 'recording':
      return { kind: 'recording', text: words.local.recording };
    case 'waiting':
      return { kind: 'sending', text: words.local.waiting(recording.segments_sent, recording.segments) };
    case 'sent':
      return { kind: 'safe', text: words.local.sent };
    case 'note_ready':
      return { kind: 'ready', text: words.local.note_ready };
    case 'no_speech':
      return { kind: 'silent', text: words.local.no_speech };
    case 'wedged':
      return { kind: 'attention', text: recording.has_audio ? words.local.wedged : words.local.lost };
  }
}
