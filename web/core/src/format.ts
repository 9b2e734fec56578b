// Times, lengths and names as people read them.
import type { Patient } from './generated/wire';
import { words } from './messages';

const LOCALE = 'en-GB';
const clockFormat = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const dateFormat = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });
const shortFormat = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const weekdayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long' });

/** `4:05`, `1:02:07`; parts of a second are cut off, never rounded up. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
}

/** As `duration`, with two digits for the minutes: for a clock that must not change its width. */
export function timer(ms: number): string {
  const text = duration(ms);
  return text.length < 5 ? `0${text}` : text;
}

export function clock(iso: string): string {
  return clockFormat.format(new Date(iso));
}

/** `3 Mar`; nothing for today. */
export function dayUnlessToday(iso: string, now: Date): string {
  return day(iso, now) === words.time.today ? '' : shortFormat.format(new Date(iso));
}

/** `3 Mar 1958`. A plain date is taken as it stands, in no time zone. */
export function date(iso: string): string {
  return dateFormat.format(new Date(iso.length === 10 ? `${iso}T12:00:00` : iso));
}

export function dateAndClock(iso: string): string {
  return `${date(iso)}, ${clock(iso)}`;
}

/** `Today`, `Yesterday` or the day's name: headings of lists. */
export function day(iso: string, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const then = new Date(iso).getTime();
  if (then >= midnight) return words.time.today;
  if (then >= midnight - 86_400_000) return words.time.yesterday;
  return weekdayFormat.format(new Date(iso));
}

/** How long ago, in the largest unit that says enough: `4 min`, `26 h`, `3 days`. */
export function age(iso: string, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

export function patientName(patient: Patient | null): string {
  return patient?.name || (patient?.mrn ? words.patient.number(patient.mrn) : words.patient.none);
}

/** Birth date and number, where known. */
export function patientDetails(patient: Patient | null): string[] {
  if (!patient) return [];
  const details = [];
  if (patient.birth_date) details.push(date(patient.birth_date));
  if (patient.mrn && patient.name) details.push(words.patient.number(patient.mrn));
  return details;
}

/** `progress_note` → `Progress note`. */
export function templateName(template: string | null): string {
  const name = (template ?? '').replaceAll('_', ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
