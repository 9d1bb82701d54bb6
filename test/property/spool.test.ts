import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameBytes, PREFIX_BYTES, readPrefix, type SpooledBatch } from '../../src/ingest/spool/frame.ts';
import type { Spool } from '../../src/ingest/spool/spool.ts';
import { record } from '../support/records.ts';
import { batchOf, openTestSpool, testFolder } from '../support/spool.ts';

type Step =
  | { do: 'append'; sizes: number[] }
  | { do: 'replay'; count: number }
  | { do: 'reopen' }
  | { do: 'truncate'; at: number }
  | { do: 'flip'; segment: number; at: number; bits: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replay' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), at: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('flip' as const),
      segment: fc.nat(),
      at: fc.nat(),
      bits: fc.integer({ min: 1, max: 255 }),
    }),
  },
);

/** Where a batch lies, found by its key in the files. */
interface Kept {
  batch: SpooledBatch;
  path: string;
  start: number;
  end: number;
  isReplayed: boolean;
}

/** What the spool must hold, beside the files that it wrote. */
class Model {
  kept: Kept[] = [];
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  async paths(): Promise<string[]> {
    return (await readdir(this.folder))
      .filter((name) => name.endsWith('.spool'))
      .sort()
      .map((name) => join(this.folder, name));
  }

  async append(batches: SpooledBatch[]): Promise<void> {
    const files = await Promise.all((await this.paths()).map(async (path) => ({ path, bytes: await readFile(path) })));
    for (const batch of batches) {
      const head = `{"key":"${batch.key}"`;
      const found = files.filter(({ bytes }) => bytes.includes(head));
      expect(found).toHaveLength(1);
      const [{ path, bytes }] = found as [(typeof files)[0]];
      const start = bytes.indexOf(head) - PREFIX_BYTES;
      this.kept.push({ batch, path, start, end: start + frameBytes(readPrefix(bytes, start)!), isReplayed: false });
    }
  }

  /** After a crash segments are replayed from their beginning, as far as they are still there. */
  async reopen(): Promise<void> {
    const paths = await this.paths();
    this.kept = this.kept.filter(({ path }) => paths.includes(path));
    for (const one of this.kept) one.isReplayed = false;
  }

  damage(path: string, from: number, to: number): void {
    this.kept = this.kept.filter((one) => one.path !== path || one.end <= from || one.start >= to);
  }

  get waiting(): Kept[] {
    return this.kept.filter(({ isReplayed }) => !isReplayed);
  }
}

async function replaySome(spool: Spool, model: Model, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const oldest = await spool.oldest();
    const expected = model.waiting[0];
    expect(oldest?.batch).toEqual(expected?.batch);
    await oldest?.done();
    if (expected) expected.isReplayed = true;
  }
}

/** Between two runs. */
async function harm(model: Model, what: Step & { do: 'truncate' | 'flip' }): Promise<void> {
  const paths = await model.paths();
  const path = what.do === 'truncate' ? paths.at(-1) : paths[what.segment % paths.length];
  if (!path) return;
  const bytes = await readFile(path);
  const at = what.at % bytes.length;
  if (what.do === 'truncate') {
    await writeFile(path, bytes.subarray(0, at));
    return model.damage(path, at, Number.POSITIVE_INFINITY);
  }
  bytes[at]! ^= what.bits;
  await writeFile(path, bytes);
  model.damage(path, at, at + 1);
}

test('every batch that was acknowledged and not harmed comes out, in order, and nothing else', async () => {
  let replayed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using folder = await testFolder();
      const model = new Model(folder.path);
      const open = () => openTestSpool(folder.path, { segmentBytesMax: 4000 });
      let spool = await open();
      try {
        for (const what of steps) {
          if (what.do === 'append') {
            const batches = what.sizes.map((size) => batchOf([record({ message: 'ü'.repeat(size) })]));
            await Promise.all(batches.map((batch) => spool.append(batch)));
            await model.append(batches);
          } else if (what.do === 'replay') await replaySome(spool, model, what.count);
          else {
            await spool[Symbol.asyncDispose]();
            if (what.do !== 'reopen') await harm(model, what);
            spool = await open();
            await model.reopen();
          }
        }
        replayed += model.waiting.length;
        await replaySome(spool, model, model.waiting.length + 1);
      } finally {
        await spool[Symbol.asyncDispose]();
      }
    }),
    { numRuns: 300 },
  );
  expect(replayed).toBeGreaterThan(300);
}, 300_000);
