// Whose note, which version, whether it is saved, and Sign.
import { Button, CopyButton, PatientLine, Status, words, type wire } from '@medrecord/core';
import { ArrowLeft, Keyboard, PenLine, Printer } from 'lucide-react';
import { Link } from 'wouter';
import type { SaveState } from './draft';
import styles from './NoteHeader.module.css';

export interface NoteHeaderProps {
  note: wire.Note;
  save: SaveState;
  copyText: () => string;
  onSign: () => void;
  onKeys: () => void;
}

export function NoteHeader({ note, save, copyText, onSign, onKeys }: NoteHeaderProps) {
  return (
    <header className={styles['header']}>
      <Link href="/" className={styles['back']} data-testid="back">
        <ArrowLeft aria-hidden />
        {words.note.back}
      </Link>
      <h1>
        <PatientLine patient={note.patient} large />
      </h1>
      <div className={styles['standing']}>
        {note.signature === null ? (
          <span className={styles['version']}>{words.note.draft(note.version)}</span>
        ) : (
          <Status kind="safe">{words.stage.signed}</Status>
        )}
        <span className={styles['save']} role="status" data-testid="save-state" data-state={save}>
          {save === 'signed' ? '' : words.save[save]}
        </span>
      </div>
      <div className={styles['actions']}>
        <CopyButton text={copyText} look="plain" size="regular">
          {words.note.copyNote}
        </CopyButton>
        <Button
          look="quiet"
          icon={<Printer aria-hidden />}
          aria-label={words.note.print}
          onPress={() => window.print()}
        />
        <Button look="quiet" icon={<Keyboard aria-hidden />} aria-label={words.note.keys} onPress={onKeys} />
        {note.signature === null && (
          <Button look="primary" icon={<PenLine aria-hidden />} onPress={onSign} data-testid="sign">
            {words.sign.open}
          </Button>
        )}
      </div>
    </header>
  );
}
