// A list that stands still while somebody points at it: rows change in place, new ones wait.
import type { wire } from '@medrecord/core';
import { useState } from 'react';

/** The rows shown, and how many wait. Pure: what `useSettled` keeps between renderings. */
export function settle(
  shown: readonly string[],
  items: readonly wire.WorklistItem[],
  isHeld: boolean,
): { order: string[]; waiting: number } {
  const arrived = items.map((item) => item.recording);
  if (!isHeld) return { order: arrived, waiting: 0 };
  const known = new Set(shown);
  const fresh = arrived.filter((id) => !known.has(id));
  // Older rows come below, by "Show older": they move nothing.
  const lastShown = arrived.findLastIndex((id) => known.has(id));
  const older = arrived.slice(lastShown + 1);
  const order = lastShown === -1 ? arrived : [...shown, ...older];
  return { order, waiting: lastShown === -1 ? 0 : fresh.length - older.length };
}

export interface Settled {
  rows: wire.WorklistItem[];
  waiting: number;
  /** Lets the waiting rows in. */
  release: () => void;
}

export function useSettled(items: readonly wire.WorklistItem[], isHeld: boolean): Settled {
  const [shown, setShown] = useState<string[]>([]);
  const { order, waiting } = settle(shown, items, isHeld);
  if (order.length !== shown.length || order.some((id, index) => id !== shown[index])) setShown(order);
  const byId = new Map(items.map((item) => [item.recording, item]));
  return {
    rows: order.flatMap((id) => byId.get(id) ?? []),
    waiting,
    release: () => setShown(items.map((item) => item.recording)),
  };
}
