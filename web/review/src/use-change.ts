// A change that somebody asked for: under way, refused, or done, and what it made stale read again.
import { ApiProblem } from '@medrecord/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

export function useChange(stale: readonly (readonly string[])[], onDone?: () => void) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const change = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
      onDone?.();
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { change, problem, isBusy };
}
