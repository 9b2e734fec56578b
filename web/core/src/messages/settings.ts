// The words of the recorder's settings.
export const settingWords = {
  cap: {
    label: 'Stops by itself after',
    hours: (hours: number) => (hours === 1 ? '1 hour' : `${hours} hours`),
    minutes: (minutes: number) => `${minutes} minutes`,
    never: 'never',
  },
  upload: {
    label: 'Upload speed',
    kilobits: (kilobits: number) => (kilobits < 1000 ? `${kilobits} kbit/s` : `${kilobits / 1000} Mbit/s`),
    unlimited: 'unlimited',
  },
  update: {
    version: (version: string) => `Version ${version}`,
    upToDate: (version: string) => `Version ${version} · up to date`,
    ready: (next: string) => `Version ${next} is ready to install`,
    managed: (next: string) => `Version ${next} is there. Whoever looks after this computer installs it.`,
    loading: (next: string, percent: number | null) =>
      percent === null ? `Getting version ${next}…` : `Getting version ${next}: ${percent} %`,
    installing: (next: string) => `Installing version ${next}. MedRecord starts again by itself.`,
    install: 'Install',
  },
  certificate: {
    menu: 'Server certificate…',
    title: 'Server certificate',
    own: 'If your clinic has a certificate of its own, choose the file that your administrator gave you.',
    choose: 'Choose the clinic’s certificate…',
    compare:
      'Is this number the one that your administrator gave you? If not, someone may be listening: stop here.',
    isTheSame: 'It is the same',
    onlyOwn: (server: string) =>
      `For ${server} this computer trusts your clinic’s certificate, and no other.`,
    system: (server: string) => `For ${server} this computer trusts the certificates that its system knows.`,
    goBack: 'Go back to the system’s…',
    ask: (server: string) =>
      `All recordings are kept. For ${server} this computer will trust the certificates that its system knows, as at first, and no longer your clinic’s. If the server has none of those, nothing is sent until you choose your clinic’s again: ask your administrator first.`,
    yes: 'Trust the system’s',
    no: 'Keep the clinic’s',
    close: 'Close',
  },
  controls: {
    mode: (names: string) => `Record on ${names}`,
    toggle: 'press: record, press again: pause',
    hold: 'hold: record while held',
  },
};
