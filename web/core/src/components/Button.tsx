// The one button: a word, with an icon before it where that helps.
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './Button.module.css';

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style'> {
  children?: ReactNode;
  icon?: ReactNode;
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** `touch` is 44 px high, for the recorder; `small` for lines of text. */
  size?: 'small' | 'regular' | 'touch';
  'data-testid'?: string;
}

export function Button({ children, icon, look = 'plain', size = 'regular', ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={`${styles['button']} ${styles[look]} ${styles[size]}`}>
      {icon}
      {children !== undefined && <span>{children}</span>}
    </AriaButton>
  );
}
