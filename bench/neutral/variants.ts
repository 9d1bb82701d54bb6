import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Setting } from '../setting.ts';
import { total } from './cost.ts';
import { createDisposable } from './databases.ts';
import type { Files } from './files.ts';
import { follow, type Ingest, measureIngest, type Sent } from './ingest.ts';
import { atMost, failure, heading, line } from './table.ts';

/** What version 0.2.0 reached in a run of 2,000,000 rows: records/s as a part of the limit, CPU s a million. */
interface Before {
  ratio: number;
  cpu: number;
}

/** Each as one run of its own, on fewer rows, beside a plain run of as many. */
interface Variant {
  name: string;
  settings?: Record<string, string>;
  sent?: Partial<Sent>;
  follows?: boolean;
  before?: Before;
}

const FASTER_WITHOUT_REDACTION = 1.15;

/** `limit`: records a second. `folder`: for Redis. */
export async function benchVariants(
  setting: Setting,
  files: Files,
  rows: number,
  limit: number,
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
    const { ratio, cpu } = variant.before!;
    // Other programs of the machine make the first worse, not the second.
    const holds = ingest.recordsPerSecond / limit >= ratio || total(ingest) <= cpu;
    show(variant.name, ingest, plain, limit, `no slower than before: ${ratio} of limit, ${cpu} CPU s`, holds);
  }
  if (!redis) line('with Redis', 'redis-server is not on PATH');
}

const BEFORE = {
  tail: { ratio: 0, cpu: 0 },
  redis: { ratio: 0, cpu: 0 },
  uids: { ratio: 0, cpu: 0 },
  small: { ratio: 0, cpu: 0 },
};

function show(name: string, ingest: Ingest, plain: Ingest, limit: number, aim: string, holds?: boolean): void {
  const { recordsPerSecond } = ingest;
  const ratios = `${(recordsPerSecond / limit).toFixed(2)} of limit, ${(recordsPerSecond / plain.recordsPerSecond).toFixed(2)} of plain`;
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
