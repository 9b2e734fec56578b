// Keeps what is read up to date by the server's events; gathered for a moment, so that a burst is one reading.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useBackend } from './backend-context';
import { staleKeys } from './queries';

const GATHER_MS = 150;

/** Whether the stream is up. */
export function useLive(): boolean {
  const backend = useBackend();
  const client = useQueryClient();
  const [isLive, setLive] = useState(true);

  useEffect(() => {
    const stale = new Map<string, readonly string[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasDown = false;
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
        if (live && wasDown) void client.invalidateQueries();
        wasDown = !live;
        setLive(live);
      },
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [backend, client]);

  return isLive;
}
