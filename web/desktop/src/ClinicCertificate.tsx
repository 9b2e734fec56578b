// The authority of a clinic without a public name: chosen, compared, then trusted.
import { ApiProblem, Button, Notice, words } from '@medrecord/core';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components';
import styles from './ClinicCertificate.module.css';
import { useRecorder } from './recorder-context';

interface Chosen {
  pem: string;
  fingerprint: string;
}

export function ClinicCertificate({ server }: { server: string }) {
  const { backend } = useRecorder();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const attempt = async (action: () => Promise<void>) => {
    setProblem(null);
    try {
      await action();
    } catch (thrown) {
      setChosen(null);
      setProblem(ApiProblem.from(thrown));
    }
  };
  const choose = async (file: File) => {
    const pem = await file.text();
    setChosen({ pem, fingerprint: await backend.fingerprint(pem) });
  };
  const onSelect = (files: FileList | null) => {
    const file = files?.[0];
    if (file) void attempt(() => choose(file));
  };

  if (chosen === null) {
    return (
      <Notice
        tone="notice"
        code="own_certificate"
        actions={
          <FileTrigger onSelect={onSelect}>
            <Button size="small" data-testid="choose-certificate">
              {words.certificate.choose}
            </Button>
          </FileTrigger>
        }
      >
        {problem?.message ?? words.certificate.own}
      </Notice>
    );
  }
  return (
    <Notice
      tone="notice"
      code="compare"
      actions={
        <Button
          size="small"
          onPress={() => void attempt(() => backend.trust(server, chosen.pem))}
          data-testid="trust"
        >
          {words.certificate.isTheSame}
        </Button>
      }
    >
      {words.certificate.compare}
      <span className={styles['fingerprint']}>{chosen.fingerprint}</span>
    </Notice>
  );
}
