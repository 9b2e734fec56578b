// What stands between what was typed and the server, in words; nothing while all is saved.
import { Button, CopyButton, Notice, noteText, ProblemNotice, words } from '@medrecord/core';
import type { DraftSnapshot } from './draft';
import { unload } from './draft-sections';

export interface SaveNoticeProps {
  snapshot: DraftSnapshot;
  onCompare: () => void;
  onRetry: () => void;
}

export function SaveNotice({ snapshot, onCompare, onRetry }: SaveNoticeProps) {
  const { save, unsent, problem, note } = snapshot;
  if (save === 'conflict') {
    const compare = (
      <Button size="small" onPress={onCompare} data-testid="compare">
        {words.conflict.compare}
      </Button>
    );
    return (
      <Notice tone="warning" code="version_conflict" actions={compare}>
        {words.conflict.line}
      </Notice>
    );
  }
  if (unsent !== null) {
    const copy = (
      <CopyButton text={() => noteText({ ...note, signature: null }, unload(unsent))}>
        {words.conflict.copyMine}
      </CopyButton>
    );
    return (
      <Notice tone="warning" code="note_signed" actions={copy}>
        {words.conflict.signed}
      </Notice>
    );
  }
  if (save === 'offline') return <Notice tone="calm">{words.save.offlineHint}</Notice>;
  if (save !== 'failed' || problem === null) return null;
  const retry = (
    <Button size="small" onPress={onRetry}>
      {words.errors.tryAgain}
    </Button>
  );
  return <ProblemNotice problem={problem} safe={words.save.failedHint} actions={retry} />;
}
