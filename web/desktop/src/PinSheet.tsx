// Chooses the PIN that opens the window for the clinician who uses it now.
import { ApiProblem, Button, Field, Sheet, SheetActions, words } from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useRecorder } from './recorder-context';

export function PinSheet({ onClose }: { onClose: () => void }) {
  const { backend } = useRecorder();
  const [pin, setPin] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const keep = async () => {
    try {
      await backend.setPin(pin);
      onClose();
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
    }
  };

  return (
    <Sheet title={words.who.pinTitle} isOpen onClose={onClose}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <Field
          label={words.who.newPin}
          hint={words.who.pinLead}
          error={problem?.message}
          type="password"
          autoComplete="new-password"
          autoFocus
          value={pin}
          onChange={setPin}
          testId="new-pin"
        />
        <SheetActions>
          <Button size="touch" look="quiet" onPress={onClose}>
            {words.who.cancel}
          </Button>
          <Button size="touch" look="primary" type="submit" isDisabled={pin === ''}>
            {words.who.savePin}
          </Button>
        </SheetActions>
      </Form>
    </Sheet>
  );
}
