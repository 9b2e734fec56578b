import { FakeRecorder, hale, idleState, localRecording } from '@medrecord/core/testing';
import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { App } from './App';

const row = localRecording({ id: 'r1', patient: hale, duration_ms: 300_000, last_speech_ms: 300_000 });

async function open(change: Partial<ReturnType<typeof idleState>> = { today: [row] }) {
  const recorder = new FakeRecorder({ ...idleState(), ...change });
  render(<App backend={recorder} />);
  const user = userEvent.setup();
  await screen.findByTestId('import');
  return { recorder, user };
}

async function openWithMore(today = [row]) {
  const opened = await open({ today });
  await opened.user.click(screen.getByTestId('more'));
  return opened;
}

async function record(recorder: FakeRecorder, user: ReturnType<typeof userEvent.setup>) {
  await user.click(await screen.findByTestId('record'));
  recorder.commands.length = 0;
}

it('exports one’s own audio and says where it is', async () => {
  const { recorder, user } = await openWithMore();
  await user.click(screen.getByTestId('export-flac'));
  expect(recorder.commands).toEqual([['exportAudio', 'r1', 'flac']]);
  expect(await screen.findByText(/Downloads\/medrecord-2026-11-24-0900.flac/)).toBeVisible();
  expect(screen.queryByTestId('export-original')).toBeNull();
});

it('offers no audio that is no longer here', async () => {
  await openWithMore([{ ...row, has_audio: false }]);
  expect(screen.queryByTestId('listen')).toBeNull();
  expect(screen.queryByTestId('export-wav')).toBeNull();
  expect(screen.getByTestId('discard')).toBeVisible();
});

it('goes on with an earlier recording', async () => {
  const { recorder, user } = await openWithMore();
  await user.click(screen.getByTestId('continue'));
  expect(recorder.commands).toEqual([['startContinuing', 'r1']]);
});

it('plays a recording from memory and says it again from where it stands', async () => {
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockReturnValue();
  URL.createObjectURL = () => 'blob:piece';
  URL.revokeObjectURL = () => undefined;
  const { recorder, user } = await openWithMore();
  await user.click(screen.getByTestId('listen'));
  fireEvent.change(screen.getByRole('slider'), { target: { value: '42000' } });
  await user.click(screen.getByTestId('listen-play'));
  expect(recorder.commands).toEqual([['audio', 'r1', 42_000, 120_000]]);
  await user.click(screen.getByRole('button', { name: 'Say again from 00:42' }));
  expect(recorder.commands.at(-1)).toEqual(['startReplacing', 'r1', 42_000]);
});

it('offers to trim a forgotten end, and to show the whole again', async () => {
  const { recorder, user } = await openWithMore([{ ...row, last_speech_ms: 60_000 }]);
  await user.click(screen.getByTestId('trim'));
  expect(recorder.commands).toEqual([['trim', 'r1', true]]);
  recorder.become({ today: [{ ...row, last_speech_ms: 60_000, trimmed_ms: 62_000 }] });
  expect(await screen.findByText(/ends at 1:02 for the note; all of it is kept/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Show the whole again' }));
  expect(recorder.commands.at(-1)).toEqual(['trim', 'r1', false]);
});

it('imports a file and says where it is damaged', async () => {
  const { recorder, user } = await open();
  recorder.brokenAtMs = 62_000;
  const input = document.querySelector<HTMLInputElement>('input[type="file"]');
  await user.upload(input as HTMLInputElement, new File(['sound'], 'voice.m4a', { type: 'audio/mp4' }));
  expect(recorder.commands).toEqual([['importFile', 'voice.m4a', null]]);
  expect(await screen.findByText(/damaged or cut off at 01:02/)).toBeVisible();
  expect(screen.getAllByTestId('recording-row')).toHaveLength(2);
});

it('notes consent with one press while recording', async () => {
  const { recorder, user } = await open({ today: [] });
  await record(recorder, user);
  expect(screen.getByTestId('consent')).toHaveTextContent('Consent not noted yet');
  await user.click(screen.getByTestId('consent-given'));
  expect(recorder.commands[0]?.slice(2)).toEqual([true, 'the patient']);
  expect(await screen.findByText(/Consent given by the patient/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Change consent' }));
  await user.clear(screen.getByTestId('consent-by'));
  await user.type(screen.getByTestId('consent-by'), 'her daughter');
  await user.click(screen.getByTestId('consent-refused'));
  expect(await screen.findByText(/Consent refused by her daughter/)).toBeVisible();
});

it('lets one set after how long a forgotten recording ends', async () => {
  const { recorder, user } = await open({ today: [] });
  await user.selectOptions(screen.getByTestId('cap'), 'never');
  expect(recorder.commands).toEqual([['setCap', null]]);
});

it('lets one set how much of the line sync may take', async () => {
  const { recorder, user } = await open({ today: [] });
  const select = screen.getByLabelText('Upload speed');
  expect(select).toHaveDisplayValue('unlimited');
  await user.selectOptions(select, '256 kbit/s');
  expect(recorder.commands).toEqual([['setUploadLimit', 32_000]]);
  expect(select).toHaveDisplayValue('256 kbit/s');
  await user.selectOptions(select, 'unlimited');
  expect(recorder.commands.at(-1)).toEqual(['setUploadLimit', null]);
});

it('shows an upload speed that was set elsewhere', async () => {
  await open({ upload_limit: 62_500 });
  expect(screen.getByLabelText('Upload speed')).toHaveDisplayValue('500 kbit/s');
});

it('reaches the upload speed by keyboard', async () => {
  const { user } = await open({ today: [] });
  screen.getByTestId('cap').focus();
  await user.tab();
  expect(screen.getByLabelText('Upload speed')).toHaveFocus();
});

it('names a connected pedal and lets one choose how its Record works', async () => {
  const { recorder, user } = await open({ today: [] });
  expect(screen.queryByTestId('control-mode')).toBeNull();
  recorder.become({ controls: ['Philips foot pedal'] });
  await user.selectOptions(await screen.findByLabelText('Record on Philips foot pedal'), 'hold');
  expect(recorder.commands).toEqual([['setControlMode', 'hold']]);
  expect(screen.getByTestId('control-mode')).toHaveValue('hold');
});
