// What will be signed, the password, done.
import {
  ApiProblem,
  Button,
  Field,
  patientDetails,
  patientName,
  ProblemNotice,
  Sheet,
  SheetActions,
  words,
  type wire,
} from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { isNotDictated, type DraftSection } from './draft-sections';
import styles from './SignSheet.module.css';

export interface SignSheetProps {
  note: wire.Note;
  sections: readonly DraftSection[];
  isOpen: boolean;
  onClose: () => void;
  onSign: (password: string) => Promise<void>;
}

export function SignSheet({ note, sections, isOpen, onClose, onSign }: SignSheetProps) {
  return (
    <Sheet title={words.sign.title} isOpen={isOpen} onClose={onClose}>
      <SignForm note={note} sections={sections} onClose={onClose} onSign={onSign} />
    </Sheet>
  );
}

function SignForm({ note, sections, onClose, onSign }: Omit<SignSheetProps, 'isOpen'>) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const sentences = sections.flatMap((section) => section.sentences);
  const unsupported = sentences.filter(isNotDictated).length;

  const sign = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onSign(password);
      onClose();
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
      setBusy(false);
    }
  };

  return (
    <Form
      className={styles['form'] ?? ''}
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && password !== '') void sign();
      }}
    >
      <div className={styles['what']}>
        <strong>{patientName(note.patient)}</strong>
        <span>{patientDetails(note.patient).join(' · ')}</span>
        <span>
          {words.sign.sentences(sentences.length)},{' '}
          {unsupported === 0 ? words.sign.allDictated : <em>{words.sign.notDictated(unsupported)}</em>}
        </span>
      </div>
      <p>{words.sign.lead}</p>
      <Field
        label={words.sign.password}
        type="password"
        large
        autoFocus
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        error={problem?.code === 'sign_in_failed' ? words.sign.wrong : undefined}
        testId="sign-password"
      />
      {problem && problem.code !== 'sign_in_failed' && (
        <ProblemNotice problem={problem} safe={words.sign.notSigned} />
      )}
      <SheetActions>
        <Button onPress={onClose}>{words.sign.cancel}</Button>
        <Button type="submit" look="primary" isDisabled={isBusy || password === ''} data-testid="sign-submit">
          {words.sign.submit}
        </Button>
      </SheetActions>
    </Form>
  );
}
