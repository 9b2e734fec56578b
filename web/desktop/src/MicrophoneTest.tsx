// Tries the chosen microphone: listen for 6 s, a verdict in words, and what was heard to be played back.
import { Button, Notice, words, type wire } from '@medrecord/core';
import { AudioLines } from 'lucide-react';
import { useState } from 'react';
import styles from './MicrophoneTest.module.css';
import { useRecorder } from './recorder-context';

const SECONDS = 6;

export function MicrophoneTest() {
  const { backend, run } = useRecorder();
  const [isListening, setListening] = useState(false);
  const [trial, setTrial] = useState<wire.MicrophoneTrial | null>(null);

  const listen = async () => {
    setTrial(null);
    setListening(true);
    await run(async () => setTrial(await backend.tryMicrophone(SECONDS)));
    setListening(false);
  };

  return (
    <div className={styles['test']}>
      <Button
        look="quiet"
        icon={<AudioLines aria-hidden />}
        isDisabled={isListening}
        onPress={() => void listen()}
        data-testid="microphone-test"
      >
        {isListening ? words.microphoneTest.listening : words.microphoneTest.test}
      </Button>
      {trial && (
        <>
          <Notice tone={trial.verdict === 'good' ? 'notice' : 'warning'}>
            {words.microphoneTest.verdict[trial.verdict](trial.microphone)}{' '}
            {words.microphoneTest.level(Math.round(trial.level.peak_db))}
          </Notice>
          <audio
            controls
            aria-label={words.microphoneTest.playback}
            src={`data:audio/wav;base64,${trial.wav}`}
            data-testid="microphone-playback"
          />
        </>
      )}
    </div>
  );
}
