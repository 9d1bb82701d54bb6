import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Overloaded } from '../../../errors.ts';
import type { Timestamp } from '../../../log/time.ts';
import { type LocalDuckDb, openLocalDuckDb } from '../duckdb/local-duckdb.ts';
import { timeLiteral } from '../duckdb/row-files.ts';
import { claimFolder } from '../write/archive-folder.ts';
import { isReadByAll } from '../write/other-servers.ts';
import { holdArchive } from './hold-archive.ts';
import { openIncoming } from './import-files.ts';
import { importPart } from './import-part.ts';
import type { Imported, ImportRequest } from './import-request.ts';
import { readTarget } from './import-target.ts';

/** A part whose time has changed while its files were written is written anew. */
const ATTEMPTS = 5;

/**
 * Adds the records and model calls of files to the archive, a day or less in one transaction. A record that is stored already, or was
 * removed and is still in a file, is left out: so an import that has ended early can be repeated.
 * @throws BadUserInput the files are not of this format. Nothing is imported then
 * @throws ArchiveUnavailable the folder is not the archive of this database. @throws Overloaded
 */
export async function importRecords(request: ImportRequest): Promise<Imported> {
  const { sql, client, archiveFolder, folder, signal, onProgress } = request;
  await using opening = new AsyncDisposableStack();
  opening.use(await holdArchive(client, signal));
  await claimFolder(sql, archiveFolder);
  if (!(await isReadByAll(sql, signal))) {
    throw new Overloaded(
      'a server of an older version runs on this database: it would miss the records. Stop it first',
    );
  }
  const tempFolder = join(archiveFolder, `.import-${randomBytes(4).toString('hex')}.tmp`);
  opening.defer(() => rm(tempFolder, { recursive: true, force: true }));
  const duckDb = opening.use(await openLocalDuckDb(tempFolder, signal));
  const total = await openIncoming(duckDb, folder);
  const sum: Imported = { records: 0, calls: 0, present: 0 };
  for (let first = await firstFrom(duckDb, null); first !== null; ) {
    const { to, records, calls, present } = await untilUnchanged(request, duckDb, first);
    sum.records += records;
    sum.calls += calls;
    sum.present += present;
    onProgress(sum.records + sum.present, total);
    first = await firstFrom(duckDb, to);
  }
  return sum;
}

async function firstFrom(duckDb: LocalDuckDb, from: Timestamp | null): Promise<Timestamp | null> {
  const where = from === null ? '' : `where ts >= ${timeLiteral(from)}`;
  return (await duckDb.row<{ first: Timestamp | null }>(`select min(ts) as first from incoming_system_logs ${where}`))
    .first;
}

async function untilUnchanged(request: ImportRequest, duckDb: LocalDuckDb, first: Timestamp) {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    request.signal.throwIfAborted();
    const target = await readTarget(request.sql, first);
    const outcome = await importPart(request, duckDb, target);
    if (outcome !== 'changed') return { ...outcome, to: target.span.to };
  }
  throw new Overloaded(
    `the records of ${first.slice(0, 10)} changed ${ATTEMPTS} times while they were imported. What came before is imported: run it again later`,
  );
}
