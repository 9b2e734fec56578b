// The keys of the note's page.
import type { KeyHelp } from '@medrecord/core';

export const keyHelp: KeyHelp = [
  [['↑', '↓'], 'Move between sentences'],
  [['Enter'], 'Play what the sentence rests on'],
  [['F2', 'E'], 'Edit the sentence'],
  [['Esc'], 'Leave the sentence (what you typed is kept); stop the sound'],
  [['Ctrl', 'Enter'], 'While editing: a new sentence below'],
  [['N', 'P'], 'Next, previous sentence that was not dictated'],
  [['Space'], 'Play or stop'],
  [['←'], 'Back 3 seconds'],
  [['C'], 'Copy the note'],
  [['S'], 'Sign'],
  [['U'], 'Back to the worklist'],
  [['?'], 'Show these keys'],
];
