// The keys of the workstations' page.
import type { KeyHelp } from '@medrecord/core';

export const keyHelp: KeyHelp = [
  [['↑', '↓'], 'Move between workstations'],
  [['/'], 'Find a workstation'],
  [['?'], 'Show these keys'],
];
