// Both versions beside each other; one choice for each section that differs.
import { Button, Sheet, SheetActions, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import styles from './ConflictSheet.module.css';

export interface ConflictSheetProps {
  mine: readonly wire.Section[];
  theirs: readonly wire.Section[];
  isOpen: boolean;
  onClose: () => void;
  onResolve: (sections: wire.Section[]) => void;
}

type Side = 'mine' | 'theirs';

const text = (section: wire.Section | undefined): string =>
  section?.sentences.map((sentence) => sentence.text).join('\n') || words.conflict.empty;

/** One entry a section of either side; the other side's may be missing. */
export function pairs(mine: readonly wire.Section[], theirs: readonly wire.Section[]) {
  const titles = [...new Set([...mine, ...theirs].map((section) => section.title))];
  const find = (side: readonly wire.Section[], title: string) =>
    side.find((section) => section.title === title);
  return titles.map((title) => {
    const pair = { title, mine: find(mine, title), theirs: find(theirs, title) };
    return { ...pair, differs: text(pair.mine) !== text(pair.theirs) };
  });
}

export function ConflictSheet({ mine, theirs, isOpen, onClose, onResolve }: ConflictSheetProps) {
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const all = pairs(mine, theirs);
  const resolve = () => {
    onResolve(all.flatMap((pair) => pair[pair.differs ? (chosen[pair.title] ?? 'mine') : 'theirs'] ?? []));
    onClose();
  };
  return (
    <Sheet title={words.conflict.title} isOpen={isOpen} onClose={onClose} wide>
      <p>{words.conflict.lead}</p>
      {all
        .filter((pair) => pair.differs)
        .map((pair) => (
          <fieldset key={pair.title} className={styles['pair']}>
            <legend>{pair.title}</legend>
            {(['mine', 'theirs'] as const).map((side) => (
              <label key={side} className={styles['side']}>
                <span className={styles['name']}>
                  <input
                    type="radio"
                    name={pair.title}
                    checked={(chosen[pair.title] ?? 'mine') === side}
                    onChange={() => setChosen({ ...chosen, [pair.title]: side })}
                    data-testid={`choose-${side}`}
                  />
                  {words.conflict[side]}
                </span>
                <span className={styles['text']}>{text(pair[side])}</span>
              </label>
            ))}
          </fieldset>
        ))}
      <SheetActions>
        <Button onPress={onClose}>{words.conflict.later}</Button>
        <Button look="primary" onPress={resolve} data-testid="resolve">
          {words.conflict.use}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
