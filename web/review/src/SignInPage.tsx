// The page before anything else.
import { Mark, words } from '@medrecord/core';
import { SignInForm, type SignInFormProps } from './SignInForm';
import styles from './SignIn.module.css';

export function SignInPage({ onSignIn }: SignInFormProps) {
  return (
    <main className={styles['page']}>
      <div className={styles['card']}>
        <header>
          <Mark size={40} />
          <h1>{words.product}</h1>
          <p>{words.signIn.lead}</p>
        </header>
        <SignInForm onSignIn={onSignIn} />
      </div>
    </main>
  );
}
