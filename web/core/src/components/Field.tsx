// A labelled line of text with its hint and its error.
import type { Ref } from 'react';
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components';
import styles from './Field.module.css';

export interface FieldProps extends Omit<TextFieldProps, 'children' | 'className' | 'style'> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  placeholder?: string;
  large?: boolean;
  inputRef?: Ref<HTMLInputElement>;
  /** Test hook on the input itself. */
  testId?: string;
}

export function Field({ label, hint, error, placeholder, large, inputRef, testId, ...rest }: FieldProps) {
  return (
    <TextField {...rest} isInvalid={error !== undefined} className={styles['field'] ?? ''}>
      <Label className={styles['label'] ?? ''}>{label}</Label>
      <Input
        ref={inputRef ?? null}
        className={`${styles['input']} ${large ? styles['large'] : ''}`}
        placeholder={placeholder}
        data-testid={testId}
        spellCheck={false}
      />
      {hint !== undefined && (
        <Text slot="description" className={styles['hint'] ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles['error'] ?? ''}>{error}</FieldError>
    </TextField>
  );
}
