// A line that stays until what it speaks of has ended.
import { CloudOff, Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Notice.module.css';

export type NoticeTone = 'calm' | 'notice' | 'warning' | 'alarm';

const icons = { calm: CloudOff, notice: Info, warning: TriangleAlert, alarm: OctagonAlert };

export interface NoticeProps {
  tone: NoticeTone;
  children: ReactNode;
  /** What to do, as buttons. */
  actions?: ReactNode;
  code?: string;
}

export function Notice({ tone, children, actions, code }: NoticeProps) {
  const Icon = icons[tone];
  return (
    <div
      className={`${styles['notice']} ${styles[tone]}`}
      role={tone === 'alarm' ? 'alert' : 'status'}
      data-code={code}
    >
      <Icon aria-hidden />
      <p>{children}</p>
      {actions && <div className={styles['actions']}>{actions}</div>}
    </div>
  );
}
