// A state as shape, word and colour: never by colour alone.
import {
  CircleCheck,
  CircleDashed,
  CircleDot,
  CloudOff,
  CloudUpload,
  MicOff,
  PenLine,
  ShieldCheck,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';
import styles from './Status.module.css';

const icons = {
  recording: CircleDot,
  sending: CloudUpload,
  working: CircleDashed,
  ready: PenLine,
  done: CircleCheck,
  safe: ShieldCheck,
  silent: MicOff,
  offline: CloudOff,
  attention: TriangleAlert,
} satisfies Record<string, LucideIcon>;

export type StatusKind = keyof typeof icons;

export interface StatusProps {
  kind: StatusKind;
  children: string;
}

export function Status({ kind, children }: StatusProps) {
  const Icon = icons[kind];
  return (
    <span className={`${styles['status']} ${styles[kind]}`} data-status={kind}>
      <Icon aria-hidden />
      <span>{children}</span>
    </span>
  );
}
