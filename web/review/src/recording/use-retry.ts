// A recording that is stuck, tried again.
import { useBackend } from '../backend-context';
import { keys } from '../queries';
import { useChange } from '../use-change';

export function useRetry(id: string) {
  const backend = useBackend();
  const { change, problem, isBusy } = useChange([keys.worklist, keys.recording(id), keys.transcript(id)]);
  return { retry: () => void change(() => backend.retryRecording(id)), problem, isBusy };
}
