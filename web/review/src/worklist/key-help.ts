// The keys of the worklist.
import type { KeyHelp } from '@medrecord/core';

export const keyHelp: KeyHelp = [
  [['↑', '↓'], 'Move between rows'],
  [['Enter'], 'Open the note or the recording'],
  [['/'], 'Find a patient'],
  [['?'], 'Show these keys'],
];
