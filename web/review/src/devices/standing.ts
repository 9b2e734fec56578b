// What a workstation needs, if anything: one state, the gravest first.
import { age, words, type StatusKind, type wire } from '@medrecord/core';

const HOUR_MS = 3_600_000;

/** Waiting longer than this, or unseen for so long, is worth a look. */
const LONG_MS = 24 * HOUR_MS;

/** Sync corrects for a smaller difference; a larger one a person should set right. */
const SKEW_S = 120;

export interface Standing {
  needsLook: boolean;
  kind: StatusKind;
  text: string;
  /** What is safe, and what to do. */
  hint: string | null;
}

export function standing(device: wire.Device, now: Date): Standing {
  const look = (text: string, hint: string): Standing => ({ needsLook: true, kind: 'attention', text, hint });
  const calm = (kind: StatusKind, text: string): Standing => ({ needsLook: false, kind, text, hint: null });
  const { report, revoked_at: revokedAt } = device;
  const isLong = (iso: string) => now.getTime() - new Date(iso).getTime() > LONG_MS;
  if (revokedAt !== null) return calm('offline', words.devices.revoked(age(revokedAt, now)));
  if (report !== null && report.wedged > 0) {
    return look(words.devices.wedged(report.wedged), words.devices.wedgedHint);
  }
  const oldest = report?.oldest_waiting_at ?? null;
  if (report !== null && oldest !== null) {
    const text = words.devices.waiting(report.waiting, age(oldest, now));
    return isLong(oldest) ? look(text, words.devices.waitingHint) : calm('sending', text);
  }
  if (report !== null && Math.abs(report.clock_skew_s) > SKEW_S) {
    const minutes = Math.round(Math.abs(report.clock_skew_s) / 60);
    return look(words.devices.clock(minutes, report.clock_skew_s > 0), words.devices.clockHint);
  }
  if (isLong(device.last_seen_at)) return calm('offline', words.devices.unseen);
  return report === null ? calm('working', words.devices.untold) : calm('done', words.devices.fine);
}

/** Those that need a look first, revoked ones last, else by name. */
export function ordered(devices: readonly wire.Device[], now: Date): wire.Device[] {
  const rank = (device: wire.Device) =>
    device.revoked_at !== null ? 2 : standing(device, now).needsLook ? 0 : 1;
  const ranked = devices.map((device) => ({ device, rank: rank(device) }));
  ranked.sort((a, b) => a.rank - b.rank || a.device.name.localeCompare(b.device.name));
  return ranked.map(({ device }) => device);
}
