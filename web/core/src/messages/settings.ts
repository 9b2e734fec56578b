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
  controls: {
    mode: (names: string) => `Record on ${names}`,
    toggle: 'press: record, press again: pause',
    hold: 'hold: record while held',
  },
};
