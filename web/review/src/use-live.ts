// Keeps what is read up to date by the server's events; gathered for a moment, so that a burst is one reading.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useBackend } from './backend-context';
import { staleKeys } from './queries';

const GATHER_MS = 150;
/** Without a stream (a proxy may not let one through) everything on the screen is read this often. */
export const POLL_MS = 15_000;

/** Whether the stream is up. */
export function useLive(): boolean {
  const backend = useBackend();
  const client = useQueryClient();
  const [isLive, setLive] = useState(true);

  useEffect(() => {
    const stale = new Map<string, readonly string[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasDown = false;
    let polling: ReturnType<typeof setInterval> | undefined;
    const readAll = () => void client.invalidateQueries();
    const flush = () => {
      timer = undefined;
      for (const queryKey of stale.values()) void client.invalidateQueries({ queryKey });
      stale.clear();
    };
    const unsubscribe = backend.subscribe({
      onEvent: (event) => {
        for (const key of staleKeys(event)) stale.set(key.join(' '), key);
        timer ??= setTimeout(flush, GATHER_MS);
      },
      onLive: (live) => {
        if (live && wasDown) readAll();
        wasDown = !live;
        clearInterval(polling);
        polling = live ? undefined : setInterval(readAll, POLL_MS);
        setLive(live);
      },
    });
    return () => {
      clearTimeout(timer);
      clearInterval(polling);
      unsubscribe();
    };
  }, [backend, client]);

  return isLive;
}
