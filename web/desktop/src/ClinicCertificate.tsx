// The authority of a clinic without a public name: chosen when nobody vouches for the server, compared, then trusted.
import { ApiProblem, Button, Notice, words } from '@medrecord/core';
import { useState } from 'react';
import { FileTrigger } from 'react-aria-components';
import styles from './ClinicCertificate.module.css';
import { useRecorder } from './recorder-context';

interface Chosen {
  pem: string;
  fingerprint: string;
  isTrusted: boolean;
}

export function ClinicCertificate({ server }: { server: string }) {
  const { backend } = useRecorder();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const attempt = async (action: () => Promise<Chosen>) => {
    setProblem(null);
    try {
      setChosen(await action());
    } catch (thrown) {
      setChosen(null);
      setProblem(ApiProblem.from(thrown));
    }
  };
  const choose = async (file: File): Promise<Chosen> => {
    const pem = await file.text();
    return { pem, fingerprint: await backend.fingerprint(pem), isTrusted: false };
  };
  const trust = async (it: Chosen): Promise<Chosen> => {
    await backend.trust(server, it.pem);
    return { ...it, isTrusted: true };
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
              {words.enrol.chooseCertificate}
            </Button>
          </FileTrigger>
        }
      >
        {problem?.message ?? words.enrol.ownCertificate}
      </Notice>
    );
  }
  return (
    <Notice
      tone="notice"
      code={chosen.isTrusted ? 'trusted' : 'compare'}
      actions={
        !chosen.isTrusted && (
          <Button size="small" onPress={() => void attempt(() => trust(chosen))} data-testid="trust">
            {words.enrol.isTheSame}
          </Button>
        )
      }
    >
      {chosen.isTrusted ? words.enrol.trusted : words.enrol.compare}
      <span className={styles['fingerprint']}>{chosen.fingerprint}</span>
    </Notice>
  );
}
