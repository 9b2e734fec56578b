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
  controls: {
    mode: (names: string) => `Record on ${names}`,
    toggle: 'press: record, press again: pause',
    hold: 'hold: record while held',
  },
};
