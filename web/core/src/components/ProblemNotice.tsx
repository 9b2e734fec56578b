// What went wrong beside what was asked for, with the reference that support looks for.
import type { ReactNode } from 'react';
import { words } from '../messages';
import type { ApiProblem } from '../problem';
import { Notice } from './Notice';

export interface ProblemNoticeProps {
  problem: ApiProblem;
  /** Said before: what is safe. */
  safe?: string;
  actions?: ReactNode;
}

/** Where only support can tell what it was. */
const FOR_SUPPORT = 'internal';

export function ProblemNotice({ problem, safe, actions }: ProblemNoticeProps) {
  const { code, message, requestId } = problem;
  const reference =
    code === FOR_SUPPORT && requestId !== null ? `${words.errors.reference(requestId)}.` : undefined;
  return (
    <Notice tone="warning" code={code} actions={actions}>
      {[safe, message, reference].filter(Boolean).join(' ')}
    </Notice>
  );
}
