// The server's events, for as long as somebody listens: taken up again by itself, from where it was.
import type { EventListeners, Unsubscribe, wire } from '@medrecord/core';

/** A browser goes on by itself after a broken line, but not after an answer that is no stream (a proxy's page, 401). */
export const REOPEN_MS = 5_000;

export function liveEvents(
  address: string,
  kinds: readonly wire.EventKind[],
  { onEvent, onLive }: EventListeners,
): Unsubscribe {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(address);
    source.onopen = () => onLive(true);
    source.onerror = () => {
      onLive(false);
      // Whoever opens it anew has missed what came meanwhile: `onLive(true)` has everything read again.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    };
    for (const kind of kinds) {
      source.addEventListener(kind, (message: MessageEvent<string>) =>
        onEvent(JSON.parse(message.data) as wire.Event),
      );
    }
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
