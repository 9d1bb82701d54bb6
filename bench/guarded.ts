import { parseGrant } from '../src/access/key-grant.ts';
import { createKey } from '../src/access/keys/change-keys.ts';
import { connect } from '../src/db/connection/client.ts';
import { sendBodies } from './ingest.ts';
import { perSecond, quantile, report } from './measure.ts';
import type { Setting } from './setting.ts';

const ROUNDS = 6;

/**
 * Records a second through POST /ingest with AUTH=required, an INGEST key and redaction, compared with neither. Each runs once in
 * every round, and they take turns in being the first.
 */
export async function benchGuarded(setting: Setting): Promise<void> {
  const guarded: number[] = [];
  const open: number[] = [];
  const runs = [
    async () => guarded.push(await ingestGuarded(setting)),
    async () => open.push(await ingestOpen(setting)),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) await run();
    runs.reverse();
  }
  report(
    'POST /ingest, AUTH=required and REDACT=on',
    perSecond(quantile(guarded)),
    `REDACT=off, no key ${perSecond(quantile(open))}`,
    quantile(guarded) / quantile(open),
    '0.90 or more',
  );
}

async function ingestGuarded(setting: Setting): Promise<number> {
  const url = await setting.createDatabase();
  const key = await makeIngestKey(url);
  await using server = await setting.startServer(url, { AUTH: 'required', REDACT: 'on' });
  return await sendBodies(server.url, key);
}

async function ingestOpen(setting: Setting): Promise<number> {
  await using server = await setting.startServer(await setting.createDatabase(), { REDACT: 'off' });
  return await sendBodies(server.url);
}

async function makeIngestKey(url: string): Promise<string> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 0 });
  try {
    const { key } = await createKey(sql, 'command', parseGrant({ name: 'bench', rights: ['INGEST'] }));
    return key;
  } finally {
    await sql.end();
  }
}
