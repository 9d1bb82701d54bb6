import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../private-file.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import type { Imported, ImportRequest, Part } from './import-request.ts';
import type { ImportTarget } from './import-target.ts';
import { newFile, notKnown, ofNew, readKnown, within, writeNew } from './new-rows.ts';
import { placeFile } from './place-file.ts';
import { type PlacedFile, readMark, recordImport } from './record-import.ts';

/** `changed`: the database or the archive has changed meanwhile, and nothing was imported. */
export async function importPart(
  request: ImportRequest,
  duckDb: LocalDuckDb,
  target: ImportTarget,
): Promise<Imported | 'changed'> {
  const { sql, archiveFolder } = request;
  const name = `${target.partition.name}-${randomBytes(4).toString('hex')}`;
  // An archiver removes a folder of this name that a killed import has left.
  const work = join(archiveFolder, `.${name}-system_logs.tmp`);
  const part: Part = { ...request, duckDb, target, name, work };
  await makeFolder(work);
  const placed: PlacedFile[] = [];
  let mayBeRecorded = false;
  try {
    // Before the keys are read: what is stored between both counts as a change.
    const mark = await readMark(sql, target.span);
    await readKnown(part);
    const { offered } = await duckDb.row<{ offered: number }>(
      `select count(*) as offered from incoming_system_logs where ${within(target.span)}`,
    );
    const records = await writeNew(part, 'system_logs', notKnown(target.span));
    if (records === 0) return { records, calls: 0, present: offered };
    const calls = await writeNew(part, 'llm_logs', ofNew(part));
    placed.push(await placeFile(part, 'system_logs'));
    if (calls > 0) placed.push(await placeFile(part, 'llm_logs'));
    const news = { system_logs: newFile(part, 'system_logs'), llm_logs: calls > 0 ? newFile(part, 'llm_logs') : null };
    const beforeCommit = (): void => {
      mayBeRecorded = true;
    };
    const recorded = await recordImport({
      ...{ sql, archiveFolder, duckDb, target, mark, placed, news },
      beforeCommit,
    });
    mayBeRecorded = recorded;
    return recorded ? { records, calls, present: offered - records } : 'changed';
  } finally {
    await rm(work, { recursive: true, force: true });
    if (!mayBeRecorded) for (const { path } of placed) await rm(join(archiveFolder, path), { force: true });
  }
}
