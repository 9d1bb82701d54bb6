import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Setting } from '../setting.ts';
import { total } from './cost.ts';
import { createDisposable } from './databases.ts';
import type { Files } from './files.ts';
import { follow, type Ingest, measureIngest, type Sent } from './ingest.ts';
import type { Limit } from './limit.ts';
import { atMost, failure, heading, line } from './table.ts';

/**
 * CPU of server and PostgreSQL before filters by block and binary COPY, in multiples of what the limit took in the same run: so it
 * holds on any machine. From 40,000 records each.
 */
const BEFORE = { tail: 11.3, redis: 9.8, uids: 7.4, small: 22.7 };

/** Each as one run of its own, on fewer rows, beside a plain run of as many. */
interface Variant {
  name: string;
  settings?: Record<string, string>;
  sent?: Partial<Sent>;
  follows?: boolean;
  before?: number;
}

const FASTER_WITHOUT_REDACTION = 1.15;

/** `folder`: for Redis. */
export async function benchVariants(
  setting: Setting,
  files: Files,
  rows: number,
  limit: Limit,
  folder: string,
): Promise<void> {
  heading(
    `Ingest in other ways, ${rows.toLocaleString('en')} records each (a new server: its code is not compiled yet)`,
  );
  const plain = await run(setting, { name: 'plain' }, files, rows);
  show('plain', plain, plain, limit, 'what follows is compared with it');
  const off = await run(setting, { name: 'REDACT=off', settings: { REDACT: 'off' } }, files, rows);
  const aim = `${atMost(FASTER_WITHOUT_REDACTION, '')} of plain`;
  const isFaster = off.recordsPerSecond / plain.recordsPerSecond > FASTER_WITHOUT_REDACTION;
  const isCheaper = total(plain) / total(off) > FASTER_WITHOUT_REDACTION;
  show('REDACT=off', off, plain, limit, aim, !isFaster || !isCheaper);
  await using redis = await startRedisIfThere(folder);
  const variants: Variant[] = [
    { name: 'with a tail of everything', follows: true, before: BEFORE.tail },
    ...(redis ? [{ name: 'with Redis', settings: { REDIS_URL: redis.url }, before: BEFORE.redis }] : []),
    { name: 'with uids from senders', sent: { file: files.withUids }, before: BEFORE.uids },
    { name: '50 requests of 10 lines at a time', sent: { connections: 50, linesOfBody: 10 }, before: BEFORE.small },
  ];
  for (const variant of variants) {
    const ingest = await run(setting, variant, files, rows);
    const multiple = total(ingest) / total(limit);
    const aim = `no more CPU than before: ${variant.before} times that of the limit, now ${multiple.toFixed(1)}`;
    show(variant.name, ingest, plain, limit, aim, multiple <= variant.before!);
  }
  if (!redis) line('with Redis', 'redis-server is not on PATH');
}

function show(name: string, ingest: Ingest, plain: Ingest, limit: Limit, aim: string, holds?: boolean): void {
  const { recordsPerSecond } = ingest;
  const ratios = `${(recordsPerSecond / limit.recordsPerSecond).toFixed(2)} of limit, ${(recordsPerSecond / plain.recordsPerSecond).toFixed(2)} of plain`;
  line(name, `${ratios}, ${total(ingest).toFixed(1)} CPU s`, aim, holds);
}

async function run(setting: Setting, variant: Variant, files: Files, rows: number): Promise<Ingest> {
  await using database = await createDisposable(setting);
  await using server = await setting.startServer(database.url, variant.settings);
  using follower = variant.follows ? await follow(server) : undefined;
  const ingest = await measureIngest(server, database.url, { file: files.ndjson, rows, ...variant.sent });
  if (follower) {
    const came = await follower.read();
    if (came.rows + came.skipped !== rows)
      failure(variant.name, `expected ${rows} records in the tail, got ${came.rows} and ${came.skipped} skipped`);
    else if (came.skipped > 0) line('', `the tail skipped ${came.skipped.toLocaleString('en')}: too slow`);
  }
  return ingest;
}

/** Imported only where Redis is there: the tests' module would install it. */
async function startRedisIfThere(folder: string): Promise<({ url: string } & AsyncDisposable) | null> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const { startRedis } = await import('../../test/support/redis.ts');
  return startRedis(join(folder, 'redis'));
}
