// Whether the recordings on this computer are open: until then nobody knows whether there is an account.
import type { wire } from '@medrecord/core';

/**
 * Not while they are being opened (the keyring may ask for its password), nor when they cannot be, nor while
 * recording goes into a side outbox.
 */
export function isOpen({ account, warnings }: wire.Workstation): boolean {
  return (
    account !== null ||
    !warnings.some(
      ({ code, severity }) => code === 'opening' || code === 'side_outbox' || severity === 'alarm',
    )
  );
}
