import { loadConfig } from '../../config.ts';
import { connect, disconnect, type Sql } from '../../db/connection/client.ts';
import { findRunning, startEmbedded } from '../../db/embedded/embedded-postgres.ts';
import { migrate } from '../../db/schema/migrate.ts';
import { lockFolder } from '../../folder-lock.ts';

const STATEMENT_MS = 10_000;

/**
 * The logs database, on the machine of the server: that of LOGS_DATABASE_URL, or the embedded one under DATA_DIR. It is started
 * if no server runs. Who may read its password may do everything anyway.
 */
export async function openServerDatabase(
  options: { max: number; statementTimeoutMs: number } = { max: 1, statementTimeoutMs: STATEMENT_MS },
): Promise<{ sql: Sql; url: string } & AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const { logsDatabaseUrl, dataDir } = loadConfig(process.env);
  const url = logsDatabaseUrl ?? (await findRunning(dataDir)) ?? (await startHere(dataDir, opening));
  await migrate(url);
  const sql = opening.adopt(connect(url, options), disconnect);
  const opened = opening.move();
  return { sql, url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function startHere(dataDir: string, opening: AsyncDisposableStack): Promise<string> {
  opening.use(await lockFolder(dataDir));
  return opening.use(await startEmbedded(dataDir)).url;
}
