import { expect, it } from 'vitest';
import { age, date, duration, patientName, timer } from './format';
import { newId } from './ids';

it('cuts lengths off, and never shows a second that was not recorded', () => {
  expect([0, 999, 61_000, 3_727_999].map(duration)).toEqual(['0:00', '0:00', '1:01', '1:02:07']);
  expect([0, 245_900, 3_600_000].map(timer)).toEqual(['00:00', '04:05', '1:00:00']);
});

it('takes a birth date as it stands, in any time zone', () => {
  expect(date('1958-03-03')).toBe('3 Mar 1958');
});

it('says how old the oldest note is in the unit that says enough', () => {
  const now = new Date('2026-11-24T12:00:00Z');
  const ages = ['2026-11-24T11:56:00Z', '2026-11-23T10:00:00Z', '2026-11-20T12:00:00Z'].map((at) =>
    age(at, now),
  );
  expect(ages).toEqual(['4 min', '26 h', '4 days']);
});

it('names a patient by number when there is no name', () => {
  expect(patientName(null)).toBe('No patient');
  expect(patientName({ id: newId(), name: '', mrn: '17', birth_date: null, sex: null })).toBe('MRN 17');
});

it('makes UUIDv7 identifiers that begin with the time', () => {
  const id = newId(0x0193_b1a0_1234);
  expect(id).toMatch(/^0193b1a0-1234-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
