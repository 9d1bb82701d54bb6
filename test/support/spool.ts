import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { SpooledBatch } from '../../src/ingest/spool/frame.ts';
import { openSpool, type Spool, type SpoolOptions } from '../../src/ingest/spool/spool.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { now } from '../../src/log/time.ts';
import { record } from './records.ts';
import { remove, temporaryFolder } from './server.ts';

export const openTestSpool = (folder: string, options: Partial<SpoolOptions> = {}): Promise<Spool> =>
  openSpool({ folder, segmentsMax: 100, log: pino({ level: 'silent' }), ...options });

export const batchOf = (records: NewRecord[], rest: Partial<SpooledBatch> = {}): SpooledBatch => ({
  key: randomUUID(),
  submissions: [{ records, rejected: [], idempotency: null }],
  spooledAt: now(),
  ...rest,
});

/** A batch of one record that says so. */
export const saying = (message: string): SpooledBatch => batchOf([record({ message })]);

/** Replays all there is, as a server does. */
export async function replay(spool: Spool): Promise<SpooledBatch[]> {
  const batches: SpooledBatch[] = [];
  for (let oldest = await spool.oldest(); oldest; oldest = await spool.oldest()) {
    batches.push(oldest.batch);
    await oldest.done();
  }
  return batches;
}

export const messagesOf = (batches: SpooledBatch[]): string[] =>
  batches.flatMap(({ submissions }) => submissions.flatMap(({ records }) => records.map(({ message }) => message)));

export interface TestFolder extends AsyncDisposable {
  path: string;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await temporaryFolder();
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

interface SmallDisk extends TestFolder {
  /** `ro` or `rw`. */
  remount(mode: string): void;
}

/** A file system of a megabyte in memory; undefined where it may not be mounted. */
export async function smallDisk(): Promise<SmallDisk | undefined> {
  const folder = await temporaryFolder();
  const path = join(folder, 'disk');
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    await remove(folder);
    return undefined;
  }
  return {
    path,
    remount: (mode) => execFileSync('mount', ['-o', `remount,${mode}`, path]),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [path]);
      await remove(folder);
    },
  };
}
