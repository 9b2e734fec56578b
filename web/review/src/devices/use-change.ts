// A change to a workstation from a sheet: under way, refused, or done and the sheet closed.
import { ApiProblem } from '@medrecord/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys } from '../queries';

export function useChange(onDone: () => void) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const change = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      await client.invalidateQueries({ queryKey: keys.devices });
      onDone();
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
      setBusy(false);
    }
  };
  return { change, problem, isBusy };
}
