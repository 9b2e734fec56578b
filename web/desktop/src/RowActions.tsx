// What is seldom done with a recording: behind "More", and Discard the last of it, apart.
import { Button, words, type wire } from '@medrecord/core';
import { Download, Mic, Play, Scissors, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { Listen } from './Listen';
import { useRecorder } from './recorder-context';
import styles from './RowActions.module.css';
import { useExport } from './use-export';

/** Less silence at the end than this is no reason to offer to cut it off. */
const WORTH_TRIMMING_MS = 60_000;

export interface RowActionsProps {
  recording: wire.LocalRecording;
  onDiscarded: () => void;
}

export function RowActions({ recording, onDiscarded }: RowActionsProps) {
  const { backend, run } = useRecorder();
  const [isListening, setListening] = useState(false);
  const { id } = recording;
  const { save, notice } = useExport(id);
  const discard = async () => {
    if (await run(() => backend.discard(id))) onDiscarded();
  };
  const canTrim = recording.duration_ms - recording.last_speech_ms >= WORTH_TRIMMING_MS;
  const exports: wire.AudioFormat[] = recording.has_audio ? ['wav', 'flac'] : [];
  if (recording.original !== null) exports.push('original');

  return (
    <div data-testid="row-actions">
      {isListening && <Listen recording={recording} />}
      <div className={styles['actions']}>
        {recording.has_audio && (
          <Button
            size="small"
            look="quiet"
            icon={<Play aria-hidden />}
            aria-expanded={isListening}
            onPress={() => setListening(!isListening)}
            data-testid="listen"
          >
            {isListening ? words.listen.close : words.listen.open}
          </Button>
        )}
        <Button
          size="small"
          look="quiet"
          icon={<Mic aria-hidden />}
          onPress={() => void run(() => backend.startContinuing(id))}
          data-testid="continue"
        >
          {words.related.continue}
        </Button>
        {recording.trimmed_ms !== null ? (
          <Button
            size="small"
            look="quiet"
            icon={<Undo2 aria-hidden />}
            onPress={() => void run(() => backend.trim(id, false))}
          >
            {words.trim.undo}
          </Button>
        ) : (
          canTrim &&
          recording.has_audio && (
            <Button
              size="small"
              look="quiet"
              icon={<Scissors aria-hidden />}
              onPress={() => void run(() => backend.trim(id, true))}
              data-testid="trim"
            >
              {words.trim.trim}
            </Button>
          )
        )}
        {exports.map((format) => (
          <Button
            key={format}
            size="small"
            look="quiet"
            icon={<Download aria-hidden />}
            onPress={() => void save(format)}
            data-testid={`export-${format}`}
          >
            {words.exported[format]}
          </Button>
        ))}
        <Button
          size="small"
          look="quiet"
          icon={<Trash2 aria-hidden />}
          onPress={() => void discard()}
          data-testid="discard"
        >
          {words.trash.discard}
        </Button>
      </div>
      {notice}
    </div>
  );
}
