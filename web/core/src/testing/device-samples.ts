// Workstations, as the server would list them.
import type { Device, LastReport } from '../generated/wire';

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export function report(part: Partial<LastReport> = {}): LastReport {
  return { at: ago(1), waiting: 0, oldest_waiting_at: null, wedged: 0, clock_skew_s: 0, ...part };
}

export function device(number: number, part: Partial<Device> = {}): Device {
  return {
    id: `0193b1a0-0000-7000-8001-${String(number).padStart(12, '0')}`,
    name: `Room ${number}`,
    platform: 'windows',
    version: '0.1.0',
    clinicians: ['Dr. Ada Okafor'],
    enrolled_at: ago(60 * 24 * 90),
    last_seen_at: ago(1),
    revoked_at: null,
    report: report(),
    ...part,
  };
}

/** One of each kind. */
export function sampleDevices(): Device[] {
  return [
    device(1),
    device(2, { report: report({ waiting: 2, oldest_waiting_at: ago(14) }) }),
    device(3, {
      name: 'Ward 2, left',
      last_seen_at: ago(60 * 24 * 3),
      report: report({ at: ago(60 * 24 * 3), waiting: 3, oldest_waiting_at: ago(60 * 24 * 4) }),
    }),
    device(4, { platform: 'linux', report: report({ wedged: 1 }) }),
    device(5, { platform: 'macos', report: report({ clock_skew_s: 420 }) }),
    device(6, { name: 'Lent notebook', revoked_at: ago(60 * 24 * 9), last_seen_at: ago(60 * 24 * 9) }),
    device(7, { version: '0.0.9', report: null, clinicians: ['Dr. Ada Okafor', 'Dr. Per Lindqvist'] }),
  ];
}
