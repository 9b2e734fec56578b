// Opens the review pages on a fake, at an address, with an audio element that can be stepped.
import { FakeNotes, noteId } from '@medrecord/core/testing';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { App } from './App';

export const NOTE_PATH = `/notes/${noteId}`;

export function openReview(path: string, notes = new FakeNotes()) {
  history.replaceState(null, '', path);
  vi.spyOn(notes, 'audioUrl').mockReturnValue('/audio.wav');
  render(<App backend={notes} />);
  return { notes, user: userEvent.setup() };
}

/** Plays without sound: position and pausing are set by hand and by the player under test. */
export function stepAudio() {
  const proto = HTMLMediaElement.prototype;
  let paused = true;
  const play = vi.spyOn(proto, 'play').mockImplementation(async function (this: HTMLMediaElement) {
    paused = false;
    this.dispatchEvent(new Event('play'));
  });
  const pause = vi.spyOn(proto, 'pause').mockImplementation(function (this: HTMLMediaElement) {
    paused = true;
    this.dispatchEvent(new Event('pause'));
  });
  vi.spyOn(proto, 'paused', 'get').mockImplementation(() => paused);
  vi.spyOn(proto, 'readyState', 'get').mockReturnValue(4);
  vi.stubGlobal('requestAnimationFrame', () => 0);
  const moveTo = (audio: HTMLMediaElement, seconds: number) => {
    audio.currentTime = seconds;
    audio.dispatchEvent(new Event('timeupdate'));
  };
  return { play, pause, moveTo };
}
