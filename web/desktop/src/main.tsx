// Starts the recorder's window; `--mode fake` plays it without Tauri.
import '@medrecord/core/styles.css';
import type { RecorderBackend } from '@medrecord/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';

async function backend(): Promise<RecorderBackend> {
  if (import.meta.env.MODE === 'fake') {
    const { demoRecorder, sceneNames } = await import('@medrecord/core/testing');
    // For the test that looks at each of them.
    document.documentElement.dataset['scenes'] = sceneNames.join(' ');
    return demoRecorder(new URLSearchParams(location.search).get('scene') ?? 'idle');
  }
  const { tauriBackend } = await import('./tauri-backend');
  return tauriBackend;
}

const root = document.getElementById('root');
if (root) {
  void backend().then((port) =>
    createRoot(root).render(
      <StrictMode>
        <App backend={port} />
      </StrictMode>,
    ),
  );
}
