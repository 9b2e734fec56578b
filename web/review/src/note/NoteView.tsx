// The page of a note that is there: header, player, note and transcript, and what opens above them.
import { copyText, KeyList, noteText, segmentKey, words, type wire } from '@medrecord/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useBackend } from '../backend-context';
import { keys, useStuck, useTranscripts } from '../queries';
import { StuckNotice } from '../recording/StuckNotice';
import { moveFocus, useKeys } from '../use-keys';
import { BasisNotice } from './BasisNotice';
import { ConflictSheet } from './ConflictSheet';
import { unload } from './draft-sections';
import { keyHelp } from './key-help';
import { NoteHeader } from './NoteHeader';
import { NotePane } from './NotePane';
import styles from './NotePage.module.css';
import { PlayerBar } from './PlayerBar';
import { SaveNotice } from './SaveNotice';
import { SignSheet } from './SignSheet';
import { TranscriptPane } from './TranscriptPane';
import { heardSegment, useEvidence } from './use-evidence';
import { useDraft } from './use-draft';

const SENTENCE = '[data-testid="note-sentence"]';
const UNSUPPORTED = '[data-testid="note-sentence"][data-evidence=""]';

export function NoteView({ note }: { note: wire.Note }) {
  const backend = useBackend();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const { draft, snapshot } = useDraft(note);
  const spoken = useTranscripts(note.recordings);
  const stuck = useStuck(note.state === 'signed' ? [] : note.recordings);
  const evidence = useEvidence(note, spoken.transcripts);
  const { player } = evidence;
  const [open, setOpen] = useState<'sign' | 'keys' | 'conflict' | null>(null);
  const isLocked = snapshot.save === 'signed';
  const text = () => noteText(snapshot.note, unload(snapshot.sections));
  const close = () => setOpen(null);

  useKeys({
    ArrowDown: () => moveFocus(SENTENCE, 1),
    ArrowUp: () => moveFocus(SENTENCE, -1),
    j: () => moveFocus(SENTENCE, 1),
    k: () => moveFocus(SENTENCE, -1),
    n: () => moveFocus(UNSUPPORTED, 1),
    p: () => moveFocus(UNSUPPORTED, -1),
    ' ': player.toggle,
    ArrowLeft: () => player.seek(player.positionMs - 3000),
    Escape: player.stop,
    c: () => void copyText(text()).catch(() => undefined),
    s: () => {
      if (!isLocked) setOpen('sign');
    },
    u: () => navigate('/'),
    '?': () => setOpen('keys'),
  });

  const sign = async (password: string) => {
    await draft.flush();
    const before = draft.read();
    if (before.save !== 'saved' && before.problem) throw before.problem;
    const signed = await backend.signNote(note.id, before.note.version, password);
    client.setQueryData(keys.note(note.id), signed);
    void client.invalidateQueries({ queryKey: keys.worklist });
    draft.replace(signed);
  };

  const draftAnew = async () => {
    await draft.flush();
    const before = draft.read();
    if (before.save !== 'saved' && before.problem) throw before.problem;
    client.setQueryData(keys.note(note.id), await backend.draftNote(note.id, before.note.version));
  };

  return (
    <main className={styles['page']}>
      <p className={styles['printed']}>
        {snapshot.note.signature === null
          ? words.note.printDraft
          : words.sign.digest(snapshot.note.signature.sha256)}
      </p>
      <NoteHeader
        note={snapshot.note}
        save={snapshot.save}
        copyText={text}
        onSign={() => setOpen('sign')}
        onKeys={() => setOpen('keys')}
      />
      <PlayerBar
        audio={evidence.audio}
        player={player}
        transcript={spoken.transcripts.get(player.recording)}
        marked={evidence.marked}
      />
      <div className={styles['columns']}>
        <NotePane
          draft={draft}
          snapshot={snapshot}
          evidence={evidence}
          notice={
            <>
              <SaveNotice
                snapshot={snapshot}
                onCompare={() => setOpen('conflict')}
                onRetry={() => void draft.flush()}
              />
              {stuck.map((recording) => (
                <StuckNotice key={recording.id} recording={recording} />
              ))}
              {(stuck.length === 0 || note.basis !== 'drafting') && (
                <BasisNotice note={note} onDraftAnew={draftAnew} />
              )}
            </>
          }
        />
        <TranscriptPane
          recordings={note.recordings}
          transcripts={spoken.transcripts}
          isPending={spoken.isPending}
          marked={evidence.marked}
          heard={heardSegment(player, spoken.transcripts)}
          onPlay={(item) => evidence.playEvidence([item], segmentKey(item))}
        />
      </div>
      <SignSheet
        note={snapshot.note}
        sections={snapshot.sections}
        isOpen={open === 'sign'}
        onClose={close}
        onSign={sign}
      />
      <ConflictSheet
        mine={unload(snapshot.sections)}
        theirs={snapshot.theirs?.content.sections ?? []}
        isOpen={open === 'conflict' && snapshot.theirs !== null}
        onClose={close}
        onResolve={(sections) => void draft.resolve(sections)}
      />
      <KeyList keys={keyHelp} isOpen={open === 'keys'} onClose={close} />
    </main>
  );
}
