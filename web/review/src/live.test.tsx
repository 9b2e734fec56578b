import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ApiProblem, words, type EventListeners, type NotesBackend } from '@medrecord/core';
import { act, renderHook, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BackendContext } from './backend-context';
import { httpBackend, REOPEN_MS } from './http-backend';
import { openReview } from './testing';
import { POLL_MS, useLive } from './use-live';

class Source {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  onopen = () => {};
  onerror = () => {};
  readonly close = vi.fn();
  readonly addEventListener = vi.fn();
  constructor() {
    Source.all.push(this);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  vi.stubGlobal('EventSource', Source);
});
afterEach(() => vi.useRealTimers());

it('opens the stream anew when the browser has given it up, and not before', () => {
  const live: boolean[] = [];
  const close = httpBackend.subscribe({ onEvent: () => {}, onLive: (is) => live.push(is) });
  const [first] = Source.all;
  first?.onopen();
  first?.onerror();
  vi.advanceTimersByTime(REOPEN_MS);
  expect(Source.all).toHaveLength(1);
  if (first) first.readyState = Source.CLOSED;
  first?.onerror();
  vi.advanceTimersByTime(REOPEN_MS);
  expect(Source.all).toHaveLength(2);
  Source.all[1]?.onopen();
  expect(live).toEqual([true, false, false, true]);
  close();
  expect(Source.all[1]?.close).toHaveBeenCalled();
});

it('reads everything now and then while there is no stream', async () => {
  let listeners: EventListeners | undefined;
  const backend = {
    subscribe: (given: EventListeners) => {
      listeners = given;
      return () => {};
    },
  } as unknown as NotesBackend;
  const client = new QueryClient();
  const read = vi.spyOn(client, 'invalidateQueries');
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <BackendContext value={backend}>{children}</BackendContext>
    </QueryClientProvider>
  );
  const { result } = renderHook(useLive, { wrapper });
  vi.advanceTimersByTime(3 * POLL_MS);
  expect(read).not.toHaveBeenCalled();
  act(() => listeners?.onLive(false));
  expect(result.current).toBe('reading');
  // The browser tells of every try that failed.
  for (let second = 0; second < 45; second += 5) {
    act(() => listeners?.onLive(false));
    await act(() => vi.advanceTimersByTimeAsync(5_000));
  }
  expect(read).toHaveBeenCalledTimes(3);
  expect(result.current).toBe('read');
  act(() => listeners?.onLive(true));
  expect(read).toHaveBeenCalledTimes(4);
  act(() => void vi.advanceTimersByTime(3 * POLL_MS));
  expect(read).toHaveBeenCalledTimes(4);
});

it('says that what is on the screen may be old when the server does not answer either, and no longer than that', async () => {
  const { notes } = openReview('/');
  const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  await wait(100);
  notes.failure = ApiProblem.offline();
  act(() => notes.setLive(false));
  expect(screen.getByText('Reconnecting…')).toBeVisible();
  expect(screen.queryByText(words.live.silent)).toBeNull();
  await wait(2 * POLL_MS);
  expect(screen.getByText(words.live.silent)).toBeVisible();
  const network = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  act(() => void dispatchEvent(new Event('offline')));
  expect(screen.getByText(words.live.offline)).toBeVisible();
  network.mockRestore();
  act(() => void dispatchEvent(new Event('online')));
  notes.failure = null;
  await wait(2 * POLL_MS);
  expect(screen.queryByText(words.live.silent)).toBeNull();
  expect(screen.getByText('Up to date')).toBeVisible();
});
