// Why a recording does not go on by itself, and the button that has it tried again.
import { Button, Notice, ProblemNotice, words, type wire } from '@medrecord/core';
import { useRetry } from './use-retry';

export function StuckNotice({ recording }: { recording: wire.Recording }) {
  const { retry, problem, isBusy } = useRetry(recording.id);
  const action = (
    <Button size="small" isDisabled={isBusy} onPress={retry} data-testid="retry">
      {words.errors.tryAgain}
    </Button>
  );
  return (
    <>
      <Notice tone="warning" code="stuck" actions={action}>
        {recording.reason ?? words.recording.stuck}
      </Notice>
      {problem && <ProblemNotice problem={problem} />}
    </>
  );
}
