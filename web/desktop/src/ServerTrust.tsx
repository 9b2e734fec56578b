// Whom this computer trusts about a server's certificate, and what may be done about it.
import { Button, Sheet, SheetActions, words } from '@medrecord/core';
import { ClinicCertificate } from './ClinicCertificate';
import { SystemCertificates } from './SystemCertificates';

export interface ServerTrustProps {
  /** Its address, also as it was typed. */
  server: string;
  /** The servers about which the clinic's own authority is believed. */
  ownAuthorities: string[];
}

export function ServerTrust({ server, ownAuthorities }: ServerTrustProps) {
  const origin = originOf(server);
  return ownAuthorities.includes(origin) ? (
    <SystemCertificates key={origin} server={origin} />
  ) : (
    <ClinicCertificate key={origin} server={origin} />
  );
}

export function ServerTrustSheet({ onClose, ...trust }: ServerTrustProps & { onClose: () => void }) {
  const { server, ownAuthorities } = trust;
  return (
    <Sheet title={words.certificate.title} isOpen onClose={onClose}>
      {!ownAuthorities.includes(server) && <p role="status">{words.certificate.system(server)}</p>}
      <ServerTrust {...trust} />
      <SheetActions>
        <Button size="touch" onPress={onClose}>
          {words.certificate.close}
        </Button>
      </SheetActions>
    </Sheet>
  );
}

/** As the recorder calls it; what is no address it refuses in words. */
function originOf(address: string): string {
  try {
    return new URL(address).origin;
  } catch {
    return address;
  }
}
