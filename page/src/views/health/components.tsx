import { shownTime } from '../../state/zone.ts';
import { shownBytes } from '../../text/bytes.ts';
import { durationText } from '../../text/duration.ts';
import { countText } from '../../text/number.ts';
import { Card } from './card.tsx';
import type { Health } from './health.ts';

const BREAKER = {
  CLOSED: 'closed: batches go to the database',
  OPEN: 'open: batches go to the spool',
  HALF_OPEN: 'half open: one batch is tried',
};
const AUTH = { REQUIRED: 'required', LOOPBACK: 'not needed: only this machine reaches it', OFF: 'off' };

/** The parts of the server, each with its state and its figures. */
export function Components({ health }: { health: Health }) {
  const { database, queue, spool, archive, pubsub, activity, auth } = health;
  return (
    <div class="cards">
      <Card
        title="Database"
        status={database.status}
        figures={[
          ['PostgreSQL', database.serverVersion],
          ['Responds in', ms(database.latencyMs)],
          ['Size', database.sizeBytes === null ? null : shownBytes(database.sizeBytes)],
          ['Schema', database.schemaVersion === null ? null : `${database.schemaVersion} of ${database.schemaLatest}`],
          ['Missing', database.missing.join(', ')],
          ['Error', database.error],
        ]}
      />
      <Card
        title="Queue"
        status={queue.status}
        figures={[
          ['Records that wait', countText(queue.depth)],
          ['Size', shownBytes(queue.bytes)],
          ['The oldest waits for', queue.depth === 0 ? null : ms(queue.oldestAgeMs)],
          ['A problem from', `${countText(queue.warningAt)} records`],
        ]}
      />
      <Card
        title="Spool"
        status={spool.status}
        figures={[
          ['Files', spool.enabled ? countText(spool.segments) : 'off'],
          ['Size', spool.enabled ? shownBytes(spool.bytes) : null],
          ['The oldest is from', spool.oldestAt === null ? null : shownTime(spool.oldestAt)],
          ['Circuit breaker', BREAKER[spool.breaker]],
        ]}
      />
      {archive && (
        <Card
          title="Archive"
          status={archive.status}
          figures={[
            ['Damaged files', archive.damaged.join(', ')],
            ['All files looked at', archive.checkedAt && shownTime(archive.checkedAt)],
            ['Partitions that are due', archive.due === null ? null : countText(archive.due)],
            ['Error', archive.error],
          ]}
        />
      )}
      <Card
        title="Tails"
        status={pubsub.status}
        figures={[
          ['Open on this server', countText(pubsub.subscriptions)],
          ['Told by', pubsub.kind === 'REDIS' ? 'Redis' : 'this process'],
          ['Responds in', ms(pubsub.latencyMs)],
          ['Error', pubsub.error],
        ]}
      />
      <Card
        title="Writes"
        figures={[
          ['In the last minute', count(activity.rowsLastMinute)],
          ['In the last five minutes', count(activity.rowsLastFiveMinutes)],
          ['The last one at', activity.lastWriteAt === null ? null : shownTime(activity.lastWriteAt)],
        ]}
      />
      <Card title="Keys" figures={[['API keys', AUTH[auth]]]} />
    </div>
  );
}

const ms = (value: number | null): string | null => (value === null ? null : durationText(value));
const count = (records: number | null): string | null => (records === null ? null : `${countText(records)} records`);
