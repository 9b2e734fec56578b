// Where a recording stands on its way to a signed note.
import { words, type StatusKind, type wire } from '@medrecord/core';

export type Standing = 'to_sign' | 'signed' | 'needs_you' | 'on_the_way' | 'no_speech';

export function standing(item: wire.WorklistItem): Standing {
  if (item.note_state === 'signed') return 'signed';
  if (item.stage === 'stuck') return 'needs_you';
  if (item.note !== null) return 'to_sign';
  return item.stage === 'no_speech' ? 'no_speech' : 'on_the_way';
}

export function percent(item: Pick<wire.WorklistItem, 'segments' | 'transcribed'>): number {
  return item.segments === 0 ? 0 : Math.floor((100 * item.transcribed) / item.segments);
}

export function stageStatus(item: wire.WorklistItem): { kind: StatusKind; text: string } {
  switch (standing(item)) {
    case 'signed':
      return { kind: 'safe', text: words.stage.signed };
    case 'needs_you':
      return { kind: 'attention', text: words.stage.stuck };
    case 'to_sign':
      return { kind: 'ready', text: words.stage.draft };
    case 'no_speech':
      return { kind: 'silent', text: words.stage.no_speech };
    case 'on_the_way':
      if (item.stage === 'receiving') return { kind: 'sending', text: words.stage.receiving };
      if (item.stage === 'transcribing')
        return { kind: 'working', text: words.stage.transcribing(percent(item)) };
      return { kind: 'working', text: words.stage.drafting };
  }
}
