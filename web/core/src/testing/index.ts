// Fakes that implement the ports: for tests, and to play the windows without Rust (`npm run dev:fake`).
export * from './device-samples';
export * from './fake-notes';
export * from './fake-recorder';
export * from './note-scenes';
export * from './recorder-scenes';
export * from './recorder-state';
export * from './samples';
export * from './tone';
