import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHIVED_TABLES } from '../duckdb/protocol.ts';
import { tellRemovals } from '../reading-files.ts';
import { type ArchiveSource, isNotNow, readSource } from './archive-source.ts';
import { recordArchived } from './record-archived.ts';
import type { WrittenFile } from './write-files.ts';
import { type ArchiveRequest, type Part, writePart } from './write-part.ts';

/** Files that are out of date when they are written are written anew. Late records may come all the time: then later. */
const ATTEMPTS = 3;

/** What was archived, or why nothing was. `wasInVain`: files were written, and others changed or used the partition meanwhile. */
export type ArchiveOutcome = { rows: number; bytes: number; files: number } | { reason: string; wasInVain?: true };

/**
 * Archives a sealed partition, merges late records into an archived one, and writes an archived one without removed records:
 * whichever of these the name stands for. New files are made of its old files and of the rows in the database, and only of the days
 * that have changed.
 */
export async function archivePartition(request: ArchiveRequest): Promise<ArchiveOutcome> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const source = await readSource(request.sql, request.name);
    if (isNotNow(source)) return source;
    const outcome = await attempt(request, source);
    if (outcome !== 'changed') return outcome;
  }
  return { reason: `its records changed ${ATTEMPTS} times while they were written to files`, wasInVain: true };
}

async function attempt(request: ArchiveRequest, source: ArchiveSource): Promise<ArchiveOutcome | 'changed'> {
  const { sql, program, folder, signal, at } = request;
  const { archived, removals } = source;
  if (archived) await tellRemovals(sql, program, archived.id, removals.through);
  const name = `${source.name}-${randomBytes(4).toString('hex')}`;
  const written: WrittenFile[] = [];
  const discard = async (): Promise<void> => {
    for (const { path } of written) await rm(join(folder, path), { force: true });
  };
  const parts: Part[] = [];
  try {
    for (const table of ARCHIVED_TABLES) {
      const part = await writePart(request, source, table, name, written);
      if (!part) {
        await discard();
        return 'changed';
      }
      parts.push(part);
    }
    await at?.('checked');
    signal.throwIfAborted();
  } catch (error) {
    await discard();
    throw error;
  }
  const [logs, calls] = parts as [Part, Part];
  // An error does not say whether the transaction was committed: then the files stay, see `removeOrphans`.
  const why = await recordArchived(
    sql,
    {
      source,
      folder,
      written,
      replaced: [...logs.replaced, ...calls.replaced],
      marks: source.live && { system_logs: logs.mark, llm_logs: calls.mark },
    },
    signal,
    at,
  );
  if (why !== null) {
    await discard();
    return why === 'busy' ? { reason: 'others kept its tables locked', wasInVain: true } : why;
  }
  await at?.('committed');
  return {
    files: written.length,
    rows: logs.written.reduce((sum, { rows }) => sum + rows, 0),
    bytes: written.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
