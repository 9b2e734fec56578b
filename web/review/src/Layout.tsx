// The bar over every page: where one is, whether it is up to date, who is signed in.
import { Button, Mark, Notice, Status, words, type wire } from '@medrecord/core';
import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './Layout.module.css';
import { useLive } from './use-live';
import { useOnline } from './use-online';

export interface LayoutProps {
  clinician: wire.Clinician;
  onSignOut: () => void;
  children: ReactNode;
}

export function Layout({ clinician, onSignOut, children }: LayoutProps) {
  const live = useLive();
  const isOnline = useOnline();
  const isCurrent = isOnline && (live === 'stream' || live === 'read');
  const current = (isActive: boolean) => (isActive ? (styles['current'] ?? '') : '');
  return (
    <div className={styles['page']}>
      <header className={styles['bar']}>
        <span className={styles['brand']}>
          <Mark size={22} />
          {words.product}
        </span>
        <nav>
          <Link href="/" className={current}>
            {words.worklist.title}
          </Link>
          <Link href="/signed" className={current}>
            {words.worklist.signed}
          </Link>
          <Link href="/workstations" className={current}>
            {words.devices.title}
          </Link>
        </nav>
        <span className={styles['live']}>
          <Status kind={isCurrent ? 'done' : 'offline'}>{isCurrent ? words.live.on : words.live.off}</Status>
        </span>
        <span className={styles['who']}>{clinician.name}</span>
        <Button
          look="quiet"
          icon={<LogOut aria-hidden />}
          aria-label={words.signIn.signOut}
          onPress={onSignOut}
        />
      </header>
      {(!isOnline || live === 'silent') && (
        <div className={styles['offline']}>
          <Notice tone="calm" code="offline">
            {isOnline ? words.live.silent : words.live.offline}
          </Notice>
        </div>
      )}
      {children}
    </div>
  );
}
