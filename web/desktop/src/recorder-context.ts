// Gives the screens the port and one way to run a command: what fails is said, and stays until dismissed.
import { ApiProblem, type RecorderBackend } from '@medrecord/core';
import { createContext, useContext } from 'react';

export interface RecorderContextValue {
  backend: RecorderBackend;
  /** Runs a command; resolves to whether it succeeded. */
  run: (command: () => Promise<void>) => Promise<boolean>;
}

export const RecorderContext = createContext<RecorderContextValue | null>(null);

export function useRecorder(): RecorderContextValue {
  const value = useContext(RecorderContext);
  if (!value) throw new ApiProblem('internal', 'no recorder above this component');
  return value;
}
