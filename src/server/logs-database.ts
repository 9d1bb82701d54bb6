import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { awaitDatabase, type LateDatabase, readIdOf } from '../db/schema/late-database.ts';
import { DatabaseAway, listMigrations, migrate } from '../db/schema/migrate.ts';
import { readKnownDatabase, writeKnownDatabase } from '../ingest/spool/known-database.ts';

export interface LogsDatabase extends LateDatabase {
  /** Its `database_id`. */
  id: string;
}

/** Migrates the database. If it is away, and this server has used it before, the server starts without it and the spool serves. */
export async function openDatabase(url: string, config: Config, log: Logger): Promise<LogsDatabase> {
  try {
    await migrate(url, ({ message }) =>
      log.warn({ reason: message }, 'the logs database does not respond; trying again'),
    );
  } catch (error) {
    const known =
      error instanceof DatabaseAway && mayFallBack(config)
        ? await readKnownDatabase(config.fallback.folder, url)
        : undefined;
    // Records that a newer version accepted for a newer schema are not ours to take.
    if (!known || known.schemaVersion > (await listMigrations()).length) throw error;
    const { message } = error as DatabaseAway;
    log.error({ reason: message }, 'the logs database is away: records go to the spool until it comes');
    const id = known.databaseId;
    const late = awaitDatabase({
      url,
      databaseId: id,
      problem: message,
      log,
      onMigrated: () => remember(config, id, log),
    });
    return Object.assign(late, { id });
  }
  const id = (await readIdOf(url))!;
  return { id, problem: null, came: Promise.resolve(), [Symbol.asyncDispose]: async () => {} };
}

/** Writes down which database this server uses, for a start without it. */
export async function remember({ logsDatabaseUrl, fallback }: Config, databaseId: string, log: Logger): Promise<void> {
  if (logsDatabaseUrl === null) return;
  const known = { databaseId, schemaVersion: (await listMigrations()).length };
  await writeKnownDatabase(fallback.folder, logsDatabaseUrl, known).catch((err: unknown) =>
    log.warn({ err }, 'the spool folder cannot be written: a start without the logs database will fail'),
  );
}

export const mayFallBack = ({ faultTolerance, fallback }: Config): boolean => faultTolerance && fallback.enabled;
