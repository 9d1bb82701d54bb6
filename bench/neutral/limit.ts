import { execFile, execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { from as copyFrom } from 'pg-copy-streams';
import { timed } from '../measure.ts';
import { withClient } from '../setting.ts';
import { type Cost, costOf } from './cost.ts';
import type { Files } from './files.ts';

/**
 * The columns of `system_logs` in version 0.2.0, and the primary key alone. It stays as it is when Weir's own table changes:
 * the limit is what somebody gets who makes a table of logs.
 */
const TABLE = `
  create table neutral_rows (
    ts timestamptz not null, uid uuid not null, received_at timestamptz not null, batch_id bigint not null,
    level smallint not null, severity_number smallint not null,
    message text collate "C" not null, service text collate "C" not null, component text collate "C",
    action text collate "C", host text collate "C", environment text collate "C", deployment_version text collate "C",
    correlation_id text collate "C", trace_id text collate "C", span_id text collate "C", pipeline_id text collate "C",
    user_id text collate "C", duration_ms double precision, error_type text collate "C", stack_trace text collate "C",
    http_method text collate "C", http_path text collate "C", http_status integer, http_user_agent text collate "C",
    http_client_ip text collate "C", attributes jsonb not null,
    primary key (ts, uid)
  )`;

/** What files.ts writes, in its order. The other columns are null. */
const COPY_COLUMNS =
  'ts, uid, received_at, batch_id, level, severity_number, message, service, component, correlation_id, user_id, ' +
  'duration_ms, error_type, attributes';

export interface Limit extends Cost {
  recordsPerSecond: number;
  /** The least time that counting an attribute's values over all rows took, in SQL. */
  facetMs: number;
}

const hasPsql = ((): boolean => {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export const COPY_PROGRAM = hasPsql ? 'psql \\copy' : 'COPY with pg-copy-streams (psql is not on PATH)';

/** COPY of all rows, as text over one connection, after a checkpoint. Each run needs a database of its own. */
export async function measureLimit(url: string, files: Files): Promise<Limit> {
  await withClient(url, (client) => client.query(TABLE));
  let seconds = 0;
  const cost = await costOf(url, files.rows, {
    async work() {
      seconds = await (hasPsql ? copyWithPsql(url, files.copy) : copyWithStream(url, files.copy));
    },
  });
  return { ...cost, recordsPerSecond: files.rows / seconds, facetMs: await countAttribute(url) };
}

const COUNTS = 3;
const FACET = `select attributes->>'region', count(*) from neutral_rows group by 1`;

const countAttribute = (url: string): Promise<number> =>
  withClient(url, async (client) => Math.min(...(await timed(COUNTS, () => client.query(FACET)))));

async function copyWithPsql(url: string, file: string): Promise<number> {
  const { password, ...address } = urlParts(url);
  const commands = ['\\timing on', `\\copy neutral_rows (${COPY_COLUMNS}) from '${file}'`].flatMap((one) => [
    '-c',
    one,
  ]);
  const { stdout } = await promisify(execFile)('psql', ['-X', '-d', address.url, ...commands], {
    env: { ...process.env, PGPASSWORD: password },
  });
  const [, ms] = /Time: ([\d.]+) ms/.exec(stdout) ?? [];
  if (ms === undefined) throw new Error(`expected the time of \\copy, got ${stdout}`);
  return Number(ms) / 1000;
}

/** The password apart: other users of the machine see arguments. */
function urlParts(text: string): { url: string; password: string } {
  const url = new URL(text);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}

const copyWithStream = (url: string, file: string): Promise<number> =>
  withClient(url, async (client) => {
    const started = performance.now();
    const into = client.query(copyFrom(`copy neutral_rows (${COPY_COLUMNS}) from stdin`));
    await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), into);
    return (performance.now() - started) / 1000;
  });
