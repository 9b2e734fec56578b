// Keeps what is read up to date by the server's events; gathered for a moment, so that a burst is one reading.
import { ApiProblem } from '@medrecord/core';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useBackend } from './backend-context';
import { staleKeys } from './queries';

const GATHER_MS = 150;
/** Without a stream (a proxy may not let one through) everything on the screen is read this often. */
export const POLL_MS = 15_000;

/**
 * `stream`: news arrives by itself. Without it everything is read now and then: `reading` until it is known
 * how that went, `read` when it went well, `silent` when the server does not answer that either.
 */
export type Live = 'stream' | 'reading' | 'read' | 'silent';

export function useLive(): Live {
  const backend = useBackend();
  const client = useQueryClient();
  const [live, setLive] = useState<Live>('stream');

  useEffect(() => {
    const stale = new Map<string, readonly string[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasDown = false;
    let polling: ReturnType<typeof setInterval> | undefined;
    const readAll = () => void client.invalidateQueries();
    const poll = async () => {
      await client.invalidateQueries();
      if (wasDown) setLive(isAnswered(client) ? 'read' : 'silent');
    };
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
      onLive: (isUp) => {
        if (isUp && wasDown) readAll();
        // The browser tries again and again, and tells of each failure: the rhythm of reading stays.
        if (isUp || !wasDown) {
          clearInterval(polling);
          polling = isUp ? undefined : setInterval(() => void poll(), POLL_MS);
          setLive(isUp ? 'stream' : 'reading');
        }
        wasDown = !isUp;
      },
    });
    return () => {
      clearTimeout(timer);
      clearInterval(polling);
      unsubscribe();
    };
  }, [backend, client]);

  return live;
}

/** Whether nothing that is on the screen failed for want of a server when it was last read. */
function isAnswered(client: QueryClient): boolean {
  const read = client.getQueryCache().findAll({ type: 'active' });
  return !read.some(({ state }) => state.error !== null && ApiProblem.from(state.error).isTransient);
}
