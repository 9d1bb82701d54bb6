import { resolve } from 'node:path';
import type { Client } from 'pg';
import { duckDbProblem } from '../../db/archive/archive.ts';
import type { Sql } from '../../db/connection/client.ts';
import { createClient, openClient } from '../../db/connection/pg-client.ts';
import { BadUserInput } from '../../errors.ts';
import { openServerDatabase } from '../keys/server-database.ts';

/** A pool of one for the transaction, and one for what is asked meanwhile. */
const CONNECTIONS = 2;

export interface LocalArchive extends AsyncDisposable {
  sql: Sql;
  client: Client;
  /** `ARCHIVE_DIR`; null: none. */
  archiveFolder: string | null;
}

/**
 * The logs database and the archive, on the machine of the server. Statements have no time limit: they read and lock as long as the
 * work on files takes.
 */
export async function openLocalArchive(signal: AbortSignal): Promise<LocalArchive> {
  const problem = duckDbProblem();
  if (problem !== null) throw new BadUserInput(problem);
  await using opening = new AsyncDisposableStack();
  const { sql, url } = opening.use(await openServerDatabase({ max: CONNECTIONS, statementTimeoutMs: 0 }));
  const client = await createClient(url, { application_name: 'weir archive', options: '-c TimeZone=UTC' });
  // The statement that runs rejects with it.
  client.on('error', () => {});
  await openClient(client);
  opening.defer(async () => {
    // In the middle of a COPY, the driver would wait for its end.
    if (signal.aborted) client.connection.stream.destroy();
    else await client.end();
  });
  const opened = opening.move();
  return { ...{ sql, client, archiveFolder: archiveFolder() }, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function archiveFolder(): string | null {
  const folder = process.env.ARCHIVE_DIR?.trim();
  return folder ? resolve(folder) : null;
}
