// The keyboard's place is never lost nor hidden: when what had it goes away, the nearest thing that is left gets it.
import { useEffect } from 'react';

/** Of what appears together, this gets the keyboard when its place went away. */
const FIRST = '[data-first]';
const FOCUSABLE = 'button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex="0"]';

/** A sheet gives the keyboard back by itself, a frame or two after it closed. */
const FRAMES = 3;

export function useKeptFocus(): void {
  useEffect(() => {
    /** What had the keyboard last, and all that it lies in, from the inside out. */
    let path: Element[] = [];
    let waiting = 0;

    let marked: Element | null = null;
    const mark = (one: Element | null) => {
      marked?.removeAttribute('data-place');
      marked = one;
      marked?.setAttribute('data-place', '');
    };
    let isByKeyboard = false;
    const byKeyboard = () => {
      isByKeyboard = true;
      mark(document.activeElement === document.body ? null : document.activeElement);
    };
    const byPointer = () => {
      isByKeyboard = false;
      mark(null);
    };

    const remember = (event: FocusEvent) => {
      path = [];
      for (let one = event.target as Element | null; one; one = one.parentElement) path.push(one);
      mark(isByKeyboard ? (event.target as Element) : null);
    };
    // Left on purpose, by a click beside everything: then nothing is lost.
    const forget = (event: FocusEvent) => {
      const left = event.target as HTMLElement;
      mark(null);
      if (event.relatedTarget === null && left.isConnected && !left.matches(':disabled')) path = [];
    };
    const look = (frames: number) => {
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (!isLost || path.length === 0) return;
      if (frames > 0) {
        waiting = requestAnimationFrame(() => look(frames - 1));
        return;
      }
      const left = path.filter((one) => one.isConnected && one !== document.documentElement);
      const within = (one: Element) =>
        one.querySelector<HTMLElement>(FIRST) ?? one.querySelector<HTMLElement>(FOCUSABLE);
      left
        .map(within)
        .find((one) => one !== null)
        ?.focus();
    };
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(waiting);
      look(FRAMES);
    });

    document.addEventListener('keydown', byKeyboard, true);
    document.addEventListener('pointerdown', byPointer, true);
    document.addEventListener('focusin', remember);
    document.addEventListener('focusout', forget);
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['disabled'],
    });
    return () => {
      document.removeEventListener('keydown', byKeyboard, true);
      document.removeEventListener('pointerdown', byPointer, true);
      byPointer();
      document.removeEventListener('focusin', remember);
      document.removeEventListener('focusout', forget);
      observer.disconnect();
      cancelAnimationFrame(waiting);
    };
  }, []);
}
