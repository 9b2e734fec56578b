// Screens without content: nothing there, or it could not be loaded.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { words } from '../messages';
import { ApiProblem } from '../problem';
import { Button } from './Button';
import styles from './Empty.module.css';

export interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
}

export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className={styles['empty']}>
      <span className={styles['icon']} aria-hidden>
        {icon}
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
}

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const problem = ApiProblem.from(error);
  const message = problem.code === 'not_found' ? words.errors.notFound : problem.message;
  return (
    <div role="alert">
      <EmptyState icon={<CircleAlert />} title={words.errors.title}>
        <p>{message}</p>
        {problem.requestId !== null && (
          <p className={styles['meta']}>{words.errors.reference(problem.requestId)}</p>
        )}
        {onRetry && <Button onPress={onRetry}>{words.errors.tryAgain}</Button>}
      </EmptyState>
    </div>
  );
}
