// Counts first: how much is to be signed, how old the oldest is, what is on the way.
import { age, words, type wire } from '@medrecord/core';
import { standing } from './stage';
import styles from './WorklistPage.module.css';

export interface SummaryProps {
  items: wire.WorklistItem[];
  hasMore: boolean;
  isLoading: boolean;
  shows: 'open' | 'signed';
}

export function Summary({ items, hasMore, isLoading, shows }: SummaryProps) {
  const title = shows === 'signed' ? words.worklist.signed : words.worklist.title;
  if (shows === 'signed' || isLoading || items.length === 0)
    return <h1 className={styles['title']}>{title}</h1>;
  const toSign = items.filter((item) => standing(item) === 'to_sign');
  const oldest = toSign.at(-1);
  const onTheWay = items.filter((item) => standing(item) === 'on_the_way').length;
  const needYou = items.filter((item) => standing(item) === 'needs_you').length;
  return (
    <div>
      <h1 className={styles['title']}>{words.worklist.toSign(toSign.length, hasMore)}</h1>
      <p className={styles['counts']}>
        {[
          oldest && words.worklist.oldest(age(oldest.recorded_at, new Date())),
          onTheWay > 0 && words.worklist.inProgress(onTheWay),
          needYou > 0 && words.worklist.needYou(needYou),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </div>
  );
}
