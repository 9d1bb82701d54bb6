import type { StorageQuery } from '../../api/documents.ts';
import { shownTime } from '../../state/zone.ts';
import { shownBytes } from '../../text/bytes.ts';
import { shownDuration } from '../../text/duration.ts';
import { Card } from './card.tsx';
import { Partitions } from './partitions.tsx';

/** What is stored, and its partitions. */
export function Storage({ storage }: { storage: NonNullable<StorageQuery['storage']> }) {
  const { rows, sizeBytes, oldest, newest, retention, partitions } = storage;
  return (
    <>
      <Card
        title="Stored"
        figures={[
          ['Records', rows.toLocaleString()],
          ['Size', shownBytes(sizeBytes)],
          ['The oldest', oldest && shownTime(oldest)],
          ['The newest', newest && shownTime(newest)],
          ['Kept for', retention === null ? 'ever' : shownDuration(retention)],
        ]}
      />
      <Partitions partitions={partitions} />
    </>
  );
}
