import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newBatch, prepare } from '../../../client/src/sender/batch.ts';
import { thisOwner } from '../../../client/src/sender/spool/owner.ts';
import { openSpool, type Spool } from '../../../client/src/sender/spool/spool.ts';
import { remove, temporaryFolder } from '../../support/server.ts';

let folder: string;
let problems: string[];
let opened: Spool[];
beforeEach(async () => {
  folder = await temporaryFolder();
  problems = [];
  opened = [];
});
afterEach(async () => {
  for (const spool of opened) spool.close();
  await remove(folder);
});

function open(bytesMax = 1_000_000): Spool {
  const spool = openSpool({
    folder,
    bytesMax,
    batchBytesMax: 100,
    onProblem: ({ message }) => problems.push(message),
    onFound: () => {},
  });
  opened.push(spool);
  return spool;
}

const batchOf = (text: string) => newBatch(Buffer.from(`${text}\n`), 'service=shop');
const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spool'))
    .map((name) => join(folder, name));

/** Takes all that is left, each batch once. */
function drain(spool: Spool): string {
  let text = '';
  for (let batch = spool.next(); batch; batch = spool.next()) {
    text += batch.body;
    spool.done(batch);
  }
  return text;
}

test('batches that were not tried are sent together, and one that was tried as it was', () => {
  const spool = open();
  for (const text of ['a', 'b']) spool.append(batchOf(text));
  const tried = spool.next()!;
  expect(String(tried.body)).toBe('a\nb\n');
  prepare(tried, 1_000);
  spool.save(tried);
  spool.append(batchOf('c'));
  expect(spool.next()).toMatchObject({ body: Buffer.from('a\nb\n'), key: tried.key, query: 'service=shop' });
  spool.done(tried);
  expect(drain(spool)).toBe('c\n');
  expect(files()).toEqual([]);
});

test('what is done is not sent by the next process, and what is not done is, under its key', () => {
  const spool = open();
  const [first, second] = [batchOf('first'), batchOf('second')];
  prepare(first, 1_000);
  spool.append(first);
  prepare(second, 1_000);
  spool.append(second);
  spool.done(first);
  spool.close();
  expect(open().next()).toMatchObject({ body: second.body, key: second.key });
});

test('a batch of several frames is done as a whole', () => {
  const spool = open();
  for (const text of ['a', 'b']) spool.append(batchOf(text));
  const batch = spool.next()!;
  prepare(batch, 1_000);
  spool.save(batch);
  spool.done(batch);
  spool.append(batchOf('c'));
  spool.close();
  expect(drain(open())).toBe('c\n');
});

test('wherever a file is torn, the whole frames before that place are read', () => {
  const spool = open();
  for (const text of ['a'.repeat(90), 'b'.repeat(90), 'c'.repeat(90)]) spool.append(batchOf(text));
  spool.close();
  const [file] = files();
  const bytes = readFileSync(file!);
  rmSync(file!);
  fc.assert(
    fc.property(fc.nat(bytes.length), (length) => {
      mkdirSync(join(folder, 'other'));
      writeFileSync(join(folder, 'other', 'torn.spool'), bytes.subarray(0, length));
      const next = open();
      const text = drain(next);
      next.close();
      const whole = ['a', 'b', 'c'].map((letter) => `${letter.repeat(90)}\n`).join('');
      expect(whole.startsWith(text)).toBe(true);
      expect(text.length % 91).toBe(0);
      return true;
    }),
    { numRuns: 30 },
  );
});

test('a key that was torn is none: a request could not carry it', () => {
  const spool = open();
  const batch = batchOf('a');
  prepare(batch, 1_000);
  spool.append(batch);
  spool.close();
  const [file] = files();
  const bytes = readFileSync(file!);
  bytes.write('\n', bytes.indexOf(batch.key) + 5);
  writeFileSync(file!, bytes);
  expect(open().next()).toMatchObject({ body: Buffer.from('a\n'), key: '' });
});

test('a full spool takes no more, and has room again when its batches are done', () => {
  const spool = open(400);
  let taken = 0;
  while (spool.append(batchOf('x'.repeat(80)))) taken++;
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(5);
  drain(spool);
  expect(spool.append(batchOf('x'))).toBe(true);
});

test('the files of a process that runs are its own; those of one that ended are taken over', async () => {
  const lockOf = async (name: string, owner: object): Promise<string> => {
    await mkdir(join(folder, name));
    writeFileSync(join(folder, name, 'x.spool'), 'weir-client-spool 1 ?\n');
    writeFileSync(join(folder, name, 'owner.json'), JSON.stringify(owner));
    return join(folder, name, 'owner.json');
  };
  const self = thisOwner();
  await lockOf('runs', self);
  await lockOf('ended', { ...self, pid: 2 ** 22 + 1 });
  await lockOf('earlier process of the same id', { ...self, started: 'earlier' });
  await lockOf('elsewhere', { ...self, place: 'another machine' });
  const stale = await lockOf('elsewhere and stale', { ...self, place: 'another machine' });
  utimesSync(stale, 0, 0);
  open();
  const left = readdirSync(folder, { withFileTypes: true }).map(({ name }) => name);
  expect(left).toEqual(expect.arrayContaining(['runs', 'elsewhere']));
  expect(left).not.toEqual(expect.arrayContaining(['ended']));
  expect(left).toHaveLength(3);
});
