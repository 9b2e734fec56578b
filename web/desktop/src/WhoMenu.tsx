// Whose window it is: lock it, hand it to someone else, choose a PIN.
import { words, type wire } from '@medrecord/core';
import { ChevronDown, KeyRound, Lock, Users } from 'lucide-react';
import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { PinSheet } from './PinSheet';
import { useRecorder } from './recorder-context';
import styles from './WhoMenu.module.css';

export interface WhoMenuProps {
  account: wire.Account;
  onSwitch: () => void;
}

export function WhoMenu({ account, onSwitch }: WhoMenuProps) {
  const { backend, run } = useRecorder();
  const [isChoosing, setChoosing] = useState(false);
  return (
    <>
      <MenuTrigger>
        <Button className={styles['button'] ?? ''} aria-label={`${account.name}. ${words.who.menu}`}>
          <span className={styles['name']} title={account.email}>
            {account.name}
          </span>
          <ChevronDown aria-hidden />
        </Button>
        <Popover className={styles['popover'] ?? ''} placement="bottom start">
          <Menu>
            <MenuItem
              className={styles['item'] ?? ''}
              isDisabled={!account.pin}
              onAction={() => void run(() => backend.lock())}
            >
              <Lock aria-hidden /> {words.who.lock}
            </MenuItem>
            <MenuItem className={styles['item'] ?? ''} onAction={onSwitch}>
              <Users aria-hidden /> {words.who.switch}
            </MenuItem>
            <MenuItem className={styles['item'] ?? ''} onAction={() => setChoosing(true)}>
              <KeyRound aria-hidden /> {account.pin ? words.who.changePin : words.who.setPin}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {isChoosing && <PinSheet onClose={() => setChoosing(false)} />}
    </>
  );
}
