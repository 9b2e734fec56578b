// What stands between what was typed and the server, in words; nothing while all is saved.
import { Button, Notice, words } from '@medrecord/core';
import type { DraftSnapshot } from './draft';

export interface SaveNoticeProps {
  snapshot: DraftSnapshot;
  onCompare: () => void;
  onRetry: () => void;
}

export function SaveNotice({ snapshot, onCompare, onRetry }: SaveNoticeProps) {
  const { save, theirs, problem } = snapshot;
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
  if (save === 'signed' && theirs !== null) return <Notice tone="warning">{words.conflict.signed}</Notice>;
  if (save === 'offline') return <Notice tone="calm">{words.save.offlineHint}</Notice>;
  if (save !== 'failed') return null;
  const retry = (
    <Button size="small" onPress={onRetry}>
      {words.errors.tryAgain}
    </Button>
  );
  return (
    <Notice tone="warning" code={problem?.code ?? 'failed'} actions={retry}>
      {words.save.failedHint} {problem?.message}
    </Notice>
  );
}
