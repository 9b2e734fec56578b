// Asks for the password again, above the page that was open.
import { Sheet, words } from '@medrecord/core';
import { SignInForm, type SignInFormProps } from './SignInForm';

export function SessionEnded(props: SignInFormProps) {
  return (
    <Sheet title={words.signIn.ended} isOpen>
      <p>{words.signIn.endedLead}</p>
      <SignInForm {...props} />
    </Sheet>
  );
}
