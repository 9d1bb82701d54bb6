import { ArchiveUnavailable } from '../../errors.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { spanOf, type TimeSpan } from '../../log/time-span.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';
import { archivedIn, archiveIn } from '../archive/archive-in.ts';
import { type ArchivedSpan, readArchivedSpans } from '../archive/archived-partitions.ts';
import { type ArchiveStore, archiveOf, withArchive } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { joinSpans, partitionAt } from '../partitions/partition-bounds.ts';
import { keyOf } from './insert-records.ts';
import { type LookUp, NOTHING_ARCHIVED } from './look-up.ts';

/** A look-up that takes longer fails. The pool of look-ups has it as the timeout of statements: its connections wait for so long. */
export const LOOK_UP_MS = 30_000;
/** Uids that one statement looks for: they bound its memory, and their times what it reads. */
const UIDS_AT_ONCE = 2000;

/** Tells which records are in the archive, by the uid that their sender gave. */
export interface ArchivedUids {
  /** False if this server knows of no archive. Then nothing here sends a statement. */
  readonly mayHold: boolean;
  /** Whether a record has a uid of its sender and an archived time, as far as this server knows. */
  isLate(records: readonly NewRecord[]): Promise<boolean>;
  /**
   * Asks the archive for the late ones. Without any it sends no statement.
   * @throws ArchiveUnavailable the archive cannot be read now
   */
  lookUp(records: readonly NewRecord[]): Promise<LookUp>;
  /** Reads again next time what is archived. */
  forget(): void;
}

export const NO_ARCHIVE: ArchivedUids = {
  mayHold: false,
  isLate: async () => false,
  lookUp: async () => NOTHING_ARCHIVED,
  forget() {},
};

/** `sql`: a pool with the archive beside it, for look-ups alone. */
export function createArchivedUids(sql: Sql): ArchivedUids {
  const store = archiveOf(sql)!;
  let known: readonly ArchivedSpan[] | undefined;

  const read = async (): Promise<readonly ArchivedSpan[]> => {
    known ??= await readArchivedSpans(sql);
    return known;
  };

  async function find(given: readonly NewRecord[]): Promise<LookUp> {
    return inSnapshot(withArchive(sql, limited(store)), async (tx) => {
      const spans = await archivedIn(tx);
      known = spans;
      const late = lateOf(given, spans).toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
      const found = new Set<string>();
      for (let at = 0; at < late.length; at += UIDS_AT_ONCE) {
        for (const key of await findArchived(tx, late.slice(at, at + UIDS_AT_ONCE))) found.add(key);
      }
      return { found, spans };
    });
  }

  return {
    get mayHold() {
      return store.mayHold;
    },
    async isLate(records) {
      const given = store.mayHold ? givenOf(records) : [];
      return given.length > 0 && lateOf(given, await read()).length > 0;
    },
    async lookUp(records) {
      const given = store.mayHold ? givenOf(records) : [];
      if (given.length === 0) return NOTHING_ARCHIVED;
      const spans = await read();
      return lateOf(given, spans).length === 0 ? { ...NOTHING_ARCHIVED, spans } : find(given);
    },
    forget() {
      known = undefined;
    },
  };
}

const givenOf = (records: readonly NewRecord[]): NewRecord[] => records.filter(({ uidGiven }) => uidGiven);

/** Those whose time is archived. Most records are later than all of it. */
function lateOf(records: readonly NewRecord[], spans: readonly TimeSpan[]): NewRecord[] {
  const end = spans.reduce((latest, { to }) => (to > latest ? to : latest), '');
  const early = records.filter(({ timestamp }) => timestamp < end);
  if (early.length === 0) return early;
  const times = joinSpans(spans);
  return early.filter(({ timestamp }) => partitionAt(times, timestamp));
}

/** The archive for one look-up. */
function limited(store: ArchiveStore): ArchiveStore {
  const limit = AbortSignal.timeout(LOOK_UP_MS);
  const endsAt = performance.now() + LOOK_UP_MS;
  const inTime = <T>(work: Promise<T>): Promise<T> =>
    withTimeLimit(work, Math.max(0, endsAt - performance.now()), tooLate).catch((error: Error) =>
      Promise.reject(unread(error)),
    );
  return {
    ...store,
    mayHold: true,
    ask: (question) => inTime(store.ask(question, limit)),
    addRemovals: (archivedId, removals) => inTime(store.addRemovals(archivedId, removals)),
  };
}

/** `keyOf` those that are in the archive. Their times leave most files and most row groups unread. */
async function findArchived(tx: Sql, records: readonly NewRecord[]): Promise<string[]> {
  const times = records.map(({ timestamp }) => timestamp);
  const span = spanOf(times);
  const duck = await archiveIn(tx, span);
  if (!duck) return [];
  const rows = await duck<{ timestamp: Timestamp; uid: string }[]>`
    select ts as "timestamp", uid from system_logs
    where ts >= ${span.from}::timestamptz and ts < ${span.to}::timestamptz and (ts, uid) in (
      select unnest(${times}::timestamptz[]),
        unnest(${records.map(({ uid }) => uid)}::uuid[]))`;
  return rows.map(keyOf);
}

const tooLate = (): Error => new Error(`expected an answer within ${LOOK_UP_MS / 1000} s`);

const unread = (error: Error): ArchiveUnavailable =>
  new ArchiveUnavailable(
    `records with uids of their sender are of an archived time, and the archive cannot be asked for them: ${error.message}`,
    { cause: error },
  );
