// Locks the window of a clinician who has a PIN when nobody has touched it for a while. A recording goes on.
import type { RecorderBackend, wire } from '@medrecord/core';
import { useEffect } from 'react';

/** HIPAA asks for automatic logoff and names no time; ten minutes is what clinics mostly set. */
export const AUTO_LOCK_MS = 10 * 60_000;

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

export function useAutoLock(backend: RecorderBackend, state: wire.Workstation | null): void {
  const isWatching = state?.account?.pin === true && !state.locked;
  useEffect(() => {
    if (!isWatching) return;
    // Whether it was locked shows in the state; a failure leaves it as it is.
    const lock = () => void backend.lock().catch(() => undefined);
    let timer = setTimeout(lock, AUTO_LOCK_MS);
    const touched = () => {
      clearTimeout(timer);
      timer = setTimeout(lock, AUTO_LOCK_MS);
    };
    for (const touch of TOUCHES) window.addEventListener(touch, touched);
    return () => {
      clearTimeout(timer);
      for (const touch of TOUCHES) window.removeEventListener(touch, touched);
    };
  }, [backend, isWatching]);
}
