// Whose window it is: lock it, hand it to someone else, choose a PIN, choose whom it trusts.
import { words, type wire } from '@medrecord/core';
import { ChevronDown, KeyRound, LifeBuoy, Lock, ShieldCheck, Users } from 'lucide-react';
import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { PinSheet } from './PinSheet';
import { useRecorder } from './recorder-context';
import { ServerTrustSheet } from './ServerTrust';
import styles from './WhoMenu.module.css';

export interface WhoMenuProps {
  /** None before anyone has signed in on this computer. */
  account: wire.Account | null;
  ownAuthorities: string[];
  onSwitch: () => void;
}

export function WhoMenu({ account, ownAuthorities, onSwitch }: WhoMenuProps) {
  const { backend, run } = useRecorder();
  const [sheet, setSheet] = useState<'pin' | 'trust' | null>(null);
  const close = () => setSheet(null);
  const name = account?.name ?? words.product;
  const item = styles['item'] ?? '';
  return (
    <>
      <MenuTrigger>
        <Button className={styles['button'] ?? ''} aria-label={`${name}. ${words.who.menu}`}>
          <span className={styles['name']} title={account?.email}>
            {name}
          </span>
          <ChevronDown aria-hidden />
        </Button>
        <Popover className={styles['popover'] ?? ''} placement="bottom start">
          <Menu>
            {account && (
              <>
                <MenuItem
                  className={item}
                  isDisabled={!account.pin}
                  onAction={() => void run(() => backend.lock())}
                >
                  <Lock aria-hidden /> {words.who.lock}
                </MenuItem>
                <MenuItem className={item} onAction={onSwitch}>
                  <Users aria-hidden /> {words.who.switch}
                </MenuItem>
                <MenuItem className={item} onAction={() => setSheet('pin')}>
                  <KeyRound aria-hidden /> {account.pin ? words.who.changePin : words.who.setPin}
                </MenuItem>
                <MenuItem className={item} onAction={() => setSheet('trust')}>
                  <ShieldCheck aria-hidden /> {words.certificate.menu}
                </MenuItem>
              </>
            )}
            <MenuItem className={item} onAction={() => void run(() => backend.saveDiagnostics())}>
              <LifeBuoy aria-hidden /> {words.who.diagnostics}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {sheet === 'pin' && <PinSheet onClose={close} />}
      {sheet === 'trust' && account && (
        <ServerTrustSheet server={account.server} ownAuthorities={ownAuthorities} onClose={close} />
      )}
    </>
  );
}
