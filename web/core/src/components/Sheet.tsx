// A dialog over the screen: focus stays in it, Esc closes it.
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import styles from './Sheet.module.css';

export interface SheetProps {
  title: string;
  isOpen: boolean;
  onClose?: () => void;
  wide?: boolean;
  children: ReactNode;
}

export function Sheet({ title, isOpen, onClose, wide = false, children }: SheetProps) {
  return (
    <ModalOverlay
      className={styles['veil'] ?? ''}
      isOpen={isOpen}
      isDismissable={onClose !== undefined}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(open) => {
        if (!open) onClose?.();
      }}
    >
      <Modal className={`${styles['sheet']} ${wide ? styles['wide'] : ''}`}>
        <Dialog className={styles['dialog'] ?? ''}>
          <Heading slot="title" className={styles['title'] ?? ''}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The row of buttons at a sheet's end. */
export function SheetActions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>;
}
