// A recording without a note (yet): how far it is, why it does not go on, what is heard so far.
import {
  Button,
  dateAndClock,
  duration,
  ErrorState,
  Notice,
  PatientLine,
  segmentKey,
  Skeleton,
  stretches,
  words,
  type wire,
} from '@medrecord/core';
import { ArrowLeft } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useBackend } from '../backend-context';
import { PlayerBar } from '../note/PlayerBar';
import { TranscriptPane } from '../note/TranscriptPane';
import { heardSegment } from '../note/use-evidence';
import { usePlayer } from '../note/use-player';
import { useRecording, useTranscripts } from '../queries';
import { useKeys } from '../use-keys';
import styles from './RecordingPage.module.css';
import { Steps } from './Steps';
import { StuckNotice } from './StuckNotice';

export function RecordingPage({ id }: { id: string }) {
  const recording = useRecording(id);
  if (recording.data) return <RecordingView recording={recording.data} />;
  return (
    <main className={styles['waiting']}>
      {recording.error ? (
        <ErrorState error={recording.error} onRetry={() => void recording.refetch()} />
      ) : (
        <Skeleton label={words.note.loading} lines={10} look="text" />
      )}
    </main>
  );
}

function RecordingView({ recording }: { recording: wire.Recording }) {
  const backend = useBackend();
  const [, navigate] = useLocation();
  const spoken = useTranscripts([recording.id]);
  const { audio, player } = usePlayer(recording.id, (id) => backend.audioUrl(id));
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  useKeys({ ' ': player.toggle, Escape: player.stop, u: () => navigate('/') });
  const { note, reason, stage } = recording;
  const said = reason ?? (stage === 'no_speech' || stage === 'discarded' ? words.recording[stage] : null);

  return (
    <main className={styles['page']}>
      <header className={styles['header']}>
        <Link href="/" className={styles['back']} data-testid="back">
          <ArrowLeft aria-hidden />
          {words.note.back}
        </Link>
        <h1>
          <PatientLine patient={recording.patient} large />
        </h1>
        <span className={styles['when']}>
          {dateAndClock(recording.started_at)} · {duration(recording.duration_ms)}
        </span>
      </header>
      <PlayerBar
        audio={audio}
        player={player}
        transcript={spoken.transcripts.get(recording.id)}
        marked={marked}
      />
      <div className={styles['body']}>
        <div className={styles['progress']}>
          <Steps recording={recording} />
          {stage === 'stuck' ? (
            <StuckNotice recording={recording} />
          ) : (
            said !== null && <Notice tone="notice">{said}</Notice>
          )}
          {note !== null && (
            <Notice
              tone="notice"
              actions={
                <Button
                  size="small"
                  look="primary"
                  onPress={() => navigate(`/notes/${note}`)}
                  data-testid="open-ready-note"
                >
                  {words.recording.open}
                </Button>
              }
            >
              {words.recording.ready}
            </Notice>
          )}
        </div>
        <TranscriptPane
          recordings={[recording.id]}
          transcripts={spoken.transcripts}
          isPending={spoken.isPending}
          marked={marked}
          heard={heardSegment(player, spoken.transcripts)}
          onPlay={(item) => {
            setMarked(new Set([segmentKey(item)]));
            player.play(stretches([item], spoken.transcripts));
          }}
        />
      </div>
    </main>
  );
}
