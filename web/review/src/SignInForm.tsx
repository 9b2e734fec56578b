// E-mail and password, with what went wrong beside them.
import { ApiProblem, Button, Field, ProblemNotice, words } from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import styles from './SignIn.module.css';

export interface SignInFormProps {
  email?: string;
  onSignIn: (email: string, password: string) => Promise<void>;
}

export function SignInForm({ email: known = '', onSignIn }: SignInFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onSignIn(email.trim(), password);
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
        if (!isBusy) void submit();
      }}
    >
      <Field
        label={words.signIn.email}
        type="email"
        large
        value={email}
        onChange={setEmail}
        autoComplete="username"
        autoFocus={known === ''}
        testId="sign-in-email"
      />
      <Field
        label={words.signIn.password}
        type="password"
        large
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        autoFocus={known !== ''}
        testId="sign-in-password"
      />
      {problem && <ProblemNotice problem={problem} />}
      <Button type="submit" look="primary" size="touch" isDisabled={isBusy} data-testid="sign-in-submit">
        {words.signIn.submit}
      </Button>
    </Form>
  );
}
