// Gives the pages the port.
import { ApiProblem, type NotesBackend } from '@medrecord/core';
import { createContext, useContext } from 'react';

export const BackendContext = createContext<NotesBackend | null>(null);

export function useBackend(): NotesBackend {
  const backend = useContext(BackendContext);
  if (!backend) throw new ApiProblem('internal', 'no backend above this component');
  return backend;
}
