// Starts the review pages; `--mode fake` plays them without a server.
import '@medrecord/core/styles.css';
import type { NotesBackend } from '@medrecord/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';

async function backend(): Promise<NotesBackend> {
  if (import.meta.env.MODE === 'fake') {
    const { demoNotes } = await import('@medrecord/core/testing');
    return demoNotes(new URLSearchParams(location.search).get('scene') ?? 'day');
  }
  const { httpBackend } = await import('./http-backend');
  return httpBackend;
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
