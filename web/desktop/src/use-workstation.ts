// The one state, made in Rust. Nothing is kept here, so the window may be reloaded at any moment.
import { ApiProblem, type RecorderBackend, type Unsubscribe, type wire } from '@medrecord/core';
import { useEffect, useState } from 'react';

export interface WorkstationState {
  state: wire.Workstation | null;
  problem: ApiProblem | null;
  reload: () => void;
}

export function useWorkstation(backend: RecorderBackend): WorkstationState {
  const [state, setState] = useState<wire.Workstation | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let ended = false;
    let heard = false;
    let unsubscribe: Unsubscribe = () => undefined;
    const take = (next: wire.Workstation) => {
      if (ended) return;
      setProblem(null);
      setState(next);
    };
    // Subscribed before asking: an event between the two is newer than the answer.
    const begin = async () => {
      const end = await backend.subscribe((next) => {
        heard = true;
        take(next);
      });
      if (ended) {
        end();
        return;
      }
      unsubscribe = end;
      const first = await backend.state();
      if (!heard) take(first);
    };
    begin().catch((thrown: unknown) => {
      if (!ended) setProblem(ApiProblem.from(thrown));
    });
    return () => {
      ended = true;
      unsubscribe();
    };
  }, [backend, attempt]);

  return { state, problem, reload: () => setAttempt((count) => count + 1) };
}
