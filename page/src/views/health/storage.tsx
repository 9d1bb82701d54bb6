import type { StorageQuery } from '../../api/documents.ts';
import { shownTime } from '../../state/zone.ts';
import { shownBytes } from '../../text/bytes.ts';
import { isoDurationText } from '../../text/iso-duration.ts';
import { countText } from '../../text/number.ts';
import { Card } from './card.tsx';
import { Partitions } from './partitions.tsx';

/** What is stored, and its partitions. */
export function Storage({ storage }: { storage: NonNullable<StorageQuery['storage']> }) {
  const { rows, sizeBytes, oldest, newest, retention, partitions, archive } = storage;
  return (
    <>
      <Card
        title="Stored"
        figures={[
          ['Records', countText(rows)],
          [archive ? 'Size in the database' : 'Size', shownBytes(sizeBytes)],
          ['The oldest', oldest && shownTime(oldest)],
          ['The newest', newest && shownTime(newest)],
          ['Kept for', retention === null ? 'ever' : isoDurationText(retention)],
        ]}
      />
      {archive && (
        <Card
          title="Archived"
          figures={[
            ['Records', countText(archive.rows)],
            ['Size', shownBytes(archive.bytes)],
            ['Files', countText(archive.files)],
            ['The oldest', archive.oldest && shownTime(archive.oldest)],
            ['The newest', archive.newest && shownTime(archive.newest)],
            ['Folder', archive.location],
          ]}
        />
      )}
      <Partitions partitions={partitions} />
    </>
  );
}
