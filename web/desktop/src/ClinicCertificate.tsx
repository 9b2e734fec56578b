// The authority of a clinic without a public name: chosen once, when the server turns out to be vouched for by nobody.
import { ApiProblem, Button, Notice, words } from '@medrecord/core';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components';
import styles from './ClinicCertificate.module.css';
import { useRecorder } from './recorder-context';

export function ClinicCertificate({ server }: { server: string }) {
  const { backend } = useRecorder();
  const [fingerprint, setFingerprint] = useState<string | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const trust = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    try {
      setFingerprint(await backend.trust(server, await file.text()));
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
    }
  };

  if (fingerprint !== null) {
    return (
      <Notice tone="notice" code="trusted">
        {words.enrol.trusted}
        <span className={styles['fingerprint']}>{fingerprint}</span>
      </Notice>
    );
  }
  return (
    <Notice
      tone="notice"
      code="own_certificate"
      actions={
        <FileTrigger onSelect={(files) => void trust(files?.[0])}>
          <Button size="small" data-testid="choose-certificate">
            {words.enrol.chooseCertificate}
          </Button>
        </FileTrigger>
      }
    >
      {problem?.message ?? words.enrol.ownCertificate}
    </Notice>
  );
}
