// Consent to being recorded: given, refused, not asked for; by whom, and when. One press says it.
import { Button, clock, Field, words, type wire } from '@medrecord/core';
import { PencilLine, ShieldCheck, ShieldX } from 'lucide-react';
import { useState } from 'react';
import styles from './Consent.module.css';
import { useRecorder } from './recorder-context';

export function consentText({ given, by, at }: wire.Consent): string {
  if (given === null) return words.consent.notAsked(clock(at));
  return given ? words.consent.given(by, clock(at)) : words.consent.refused(by, clock(at));
}

export function Consent({ take }: { take: wire.Take }) {
  const { backend, run } = useRecorder();
  const [isChanging, setChanging] = useState(false);
  const [by, setBy] = useState<string>(words.consent.byDefault);
  const { consent } = take;

  const say = async (given: boolean | null) => {
    const who = given === null ? '' : by.trim() || words.consent.byDefault;
    if (await run(() => backend.setConsent(take.recording, given, who))) setChanging(false);
  };

  if (consent && !isChanging) {
    const Icon = consent.given === false ? ShieldX : ShieldCheck;
    return (
      <div className={styles['said']} data-testid="consent" data-given={String(consent.given)}>
        <Icon aria-hidden />
        <span>{consentText(consent)}</span>
        <Button
          size="small"
          look="quiet"
          icon={<PencilLine aria-hidden />}
          aria-label={words.consent.change}
          onPress={() => setChanging(true)}
        />
      </div>
    );
  }
  return (
    <div className={styles['ask']} role="group" aria-label={words.consent.label} data-testid="consent">
      <span className={styles['none']}>{words.consent.none}</span>
      <div className={styles['buttons']}>
        <Button size="small" onPress={() => void say(true)} data-testid="consent-given">
          {words.consent.yes}
        </Button>
        <Button size="small" onPress={() => void say(false)} data-testid="consent-refused">
          {words.consent.no}
        </Button>
        <Button size="small" onPress={() => void say(null)} data-testid="consent-unasked">
          {words.consent.unasked}
        </Button>
      </div>
      {isChanging && (
        <Field label={words.consent.by} value={by} onChange={setBy} maxLength={200} testId="consent-by" />
      )}
    </div>
  );
}
