// Says when the recordings say something else than the note by now, and what can be done about it.
import { ApiProblem, Button, Notice, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import { useLocation } from 'wouter';

export interface BasisNoticeProps {
  note: wire.Note;
  onDraftAnew: () => Promise<void>;
}

export function BasisNotice({ note, onDraftAnew }: BasisNoticeProps) {
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  if (note.state === 'signed') {
    if (note.later.length === 0) return null;
    const open = note.later.map((id, index) => (
      <Button key={id} size="small" onPress={() => navigate(`/notes/${id}`)} data-testid="open-later">
        {words.basis.openLater(index + 1, note.later.length)}
      </Button>
    ));
    return (
      <Notice tone="notice" code="later_notes" actions={open}>
        {words.basis.later(note.later.length)}
      </Notice>
    );
  }
  if (note.basis === 'current') return null;
  if (note.basis === 'drafting') {
    return (
      <Notice tone="notice" code="drafting_anew">
        {words.basis.drafting}
      </Notice>
    );
  }
  const draftAnew = () => {
    setProblem(null);
    onDraftAnew().catch((thrown: unknown) => setProblem(ApiProblem.from(thrown)));
  };
  const action = (
    <Button size="small" onPress={draftAnew} data-testid="draft-anew">
      {words.basis.draftAnew}
    </Button>
  );
  return (
    <Notice tone="warning" code="basis_changed" actions={action}>
      {words.basis.changed} {problem ? problem.message : words.basis.draftAnewHint}
    </Notice>
  );
}
