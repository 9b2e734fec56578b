// The way back from the clinic's own authority to those that the system knows: not before it was said what happens then.
import { ApiProblem, Button, Notice, words } from '@medrecord/core';
import { useState } from 'react';
import { useRecorder } from './recorder-context';

export function SystemCertificates({ server }: { server: string }) {
  const { backend } = useRecorder();
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const goBack = async () => {
    setAsking(false);
    setProblem(null);
    try {
      await backend.trust(server, null);
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
    }
  };

  if (isAsking) {
    return (
      <Notice
        tone="warning"
        code="go_back"
        actions={
          <>
            <Button size="small" autoFocus onPress={() => setAsking(false)} data-testid="keep-clinics">
              {words.certificate.no}
            </Button>
            <Button size="small" onPress={() => void goBack()} data-testid="trust-system">
              {words.certificate.yes}
            </Button>
          </>
        }
      >
        {words.certificate.ask(server)}
      </Notice>
    );
  }
  return (
    <Notice
      tone="notice"
      code="only_own"
      actions={
        <Button size="small" onPress={() => setAsking(true)} data-testid="go-back">
          {words.certificate.goBack}
        </Button>
      }
    >
      {problem?.message ?? words.certificate.onlyOwn(server)}
    </Notice>
  );
}
