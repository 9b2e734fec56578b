// All keys of a screen, behind `?`.
import { words } from '../messages';
import { Button } from './Button';
import { Sheet, SheetActions } from './Sheet';
import styles from './KeyList.module.css';

/** The keys, each as printed on it, and what they do. */
export type KeyHelp = readonly (readonly [keys: readonly string[], does: string])[];

export interface KeyListProps {
  keys: KeyHelp;
  isOpen: boolean;
  onClose: () => void;
}

export function KeyList({ keys, isOpen, onClose }: KeyListProps) {
  return (
    <Sheet title={words.keys.title} isOpen={isOpen} onClose={onClose}>
      <dl className={styles['list']}>
        {keys.map(([names, does]) => (
          <div key={does} className={styles['row']}>
            <dt>
              {names.map((name) => (
                <kbd key={name} className={styles['key']}>
                  {name}
                </kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <SheetActions>
        <Button autoFocus onPress={onClose}>
          {words.keys.close}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
