import { FakeRecorder, idleState } from '@medrecord/core/testing';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const standIn = {
  recording: 'r1',
  whose: null,
  patient: null,
  state: 'recording' as const,
  microphone: 'Built-in',
  recorded_ms: 2_000,
  on_disk_ms: 2_000,
  on_server_ms: 0,
  level: { peak_db: -10, rms_db: -20, verdict: 'good' as const },
  consent: null,
  continues: null,
  replaces: null,
};

it('tries the microphone, says what it thinks of it, and plays it back', async () => {
  const recorder = new FakeRecorder();
  render(<App backend={recorder} />);
  await userEvent.setup().click(await screen.findByTestId('microphone-test'));
  expect(recorder.commands).toEqual([['tryMicrophone', 6]]);
  expect(await screen.findByText(/Yeti Nano gives perfect silence/)).toBeVisible();
  expect(screen.getByTestId('microphone-playback')).toHaveAttribute(
    'src',
    expect.stringMatching(/^data:audio\/wav;base64,/),
  );
});

it('names the microphone that records, also when it stands in for the chosen one', async () => {
  render(<App backend={new FakeRecorder({ ...idleState(), microphone: 'yeti', take: standIn })} />);
  expect(await screen.findByTestId('microphone')).toHaveTextContent('Built-in');
});
