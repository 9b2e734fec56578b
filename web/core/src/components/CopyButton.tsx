// Copies a text and says so in the same place, without moving anything.
import { Check, Copy, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from '../clipboard';
import { words } from '../messages';
import { Button } from './Button';
import styles from './CopyButton.module.css';

const SHOWN_MS = 2000;

export interface CopyButtonProps {
  /** Made when pressed. */
  text: () => string;
  children?: string;
  label?: string;
  look?: 'plain' | 'quiet';
  size?: 'small' | 'regular';
}

export function CopyButton({
  text,
  children = words.note.copy,
  label,
  look = 'quiet',
  size = 'small',
}: CopyButtonProps) {
  const [result, setResult] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (result === null) return;
    const shown = setTimeout(() => setResult(null), SHOWN_MS);
    return () => clearTimeout(shown);
  }, [result]);

  const copy = () => {
    copyText(text()).then(
      () => setResult('copied'),
      () => setResult('failed'),
    );
  };
  const said = result === 'failed' ? words.note.copyFailed : words.note.copied;
  const icon =
    result === null ? <Copy aria-hidden /> : result === 'copied' ? <Check aria-hidden /> : <X aria-hidden />;
  return (
    <Button
      look={look}
      size={size}
      icon={icon}
      aria-label={result === null ? (label ?? children) : said}
      onPress={copy}
    >
      <span className={styles['swap']}>
        <span data-hidden={result !== null || undefined}>{children}</span>
        <span data-hidden={result === null || undefined}>{said}</span>
      </span>
    </Button>
  );
}
