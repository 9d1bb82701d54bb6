import { randomUUID } from 'node:crypto';
import { appendFile, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordRejected } from '../../../src/db/write/rejected-record.ts';
import { Overloaded } from '../../../src/errors.ts';
import { createDeadLetters, REASON_ATTRIBUTE } from '../../../src/ingest/spool/dead-letters.ts';
import { deadLetterOf } from '../../../src/ingest/write/rejected-record.ts';
import { ndjsonLine } from '../../../src/log/ndjson-line.ts';
import { type Arrival, type Draft, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { now } from '../../../src/log/time.ts';
import { detectFormat } from '../../../src/log-file/detect-format.ts';
import { createClock } from '../../../src/log-file/formats/clock.ts';
import { anyRecord } from '../../support/arbitraries.ts';
import { calling, record } from '../../support/records.ts';
import { testFolder } from '../../support/spool.ts';

const ARRIVAL = {
  receivedAt: '2026-11-21T20:06:40.731905Z',
  oldest: '1900-01-01T00:00:00.000000Z',
  newest: '2100-01-01T00:00:00.000000Z',
  environment: null,
  deploymentVersion: null,
  stamp: null,
  redactor: null,
};
const clock = createClock({ timeZone: 'UTC', now: now() });

async function linesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  return texts.join('').split('\n').slice(0, -1);
}

/** The records that `weir import` makes of these lines: it reads them, sends them on, and the server reads them. */
function imported(lines: string[], arrival: Arrival = ARRIVAL): NewRecord[] {
  const format = detectFormat(lines, clock);
  expect(format.name).toBe('ndjson');
  const read = (line: string): Draft => format.parse(line, clock) as Draft;
  return lines.map((line) => makeRecord(read(ndjsonLine(read(line))), arrival) as NewRecord);
}

/** What importing keeps: not when it was received, nor what no field of Weir's is without. */
const kept = ({ receivedAt: _, bytes: __, uidGiven: ___, ...rest }: NewRecord) => rest;

describe('dead letters', () => {
  test('are read again by the import, with their uid, their time and the reason', async () => {
    await using folder = await testFolder();
    const letters = createDeadLetters(folder.path);
    const whole = record({
      severityNumber: 22,
      message: 'zwei\nZeilen "und" 😀',
      component: 'db',
      action: 'GET /x',
      host: 'a',
      environment: 'test',
      deploymentVersion: '1.2',
      correlationId: 'c',
      traceId: 't',
      spanId: 's',
      pipelineId: 'p',
      userId: 'u',
      durationMs: 0.1,
      errorType: 'E',
      stackTrace: 'E: x\n  at y',
      httpMethod: 'GET',
      httpPath: '/x',
      httpStatus: 500,
      httpUserAgent: 'curl',
      httpClientIp: '10.0.0.1',
      attributes: { message: 'inner', level: 'odd', list: [1, { 'a.b': null }] },
    });
    await letters.add([{ draft: whole, reason: 'value out of range' }]);
    expect(imported(await linesIn(folder.path)).map(kept)).toEqual([
      { ...kept(whole), attributes: { ...whole.attributes, [REASON_ATTRIBUTE]: 'value out of range' } },
    ]);
  });

  test('keep any record’s identity and attributes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), async (records) => {
        await using folder = await testFolder();
        await createDeadLetters(folder.path).add(records.map((draft) => ({ draft, reason: 'no' })));
        const again = imported(await linesIn(folder.path));
        expect(again.map(({ uid, timestamp, message }) => ({ uid, timestamp, message }))).toEqual(
          records.map(({ uid, timestamp, message }) => ({ uid, timestamp, message })),
        );
        for (const [i, { attributes }] of again.entries()) {
          expect(attributes).toMatchObject({ ...records[i]!.attributes, [REASON_ATTRIBUTE]: 'no' });
        }
      }),
      { numRuns: 50 },
    );
  });

  test('keep the model call of a record, with the content that was kept, and the cost that its sender said', async () => {
    await using folder = await testFolder();
    const whole = calling(
      {},
      {
        ...{ conversationId: 'talk', agentName: 'shop', cacheReadTokens: 20, reasoningTokens: 5 },
        timeToFirstTokenMs: 0.5,
      },
      { input: [{ role: 'user', content: 'where?' }], output: 'there' },
    );
    const rejected = new RecordRejected(whole, new Error('no'));
    await createDeadLetters(folder.path).add([deadLetterOf(rejected)]);
    const [again] = imported(await linesIn(folder.path), { ...ARRIVAL, llmContent: 'full' });
    expect(again!.llm).toEqual(whole.llm);
    expect(again!.llmContent).toEqual(whole.llmContent);
    expect(again!.attributes).toEqual({ [REASON_ATTRIBUTE]: 'no' });
  });

  test('may be text that was no record', async () => {
    await using folder = await testFolder();
    const draft = { uid: randomUUID(), timestamp: now(), message: '{"half":' };
    await createDeadLetters(folder.path).add([{ draft, reason: 'expected a JSON object' }]);
    expect(imported(await linesIn(folder.path))).toMatchObject([
      { ...draft, attributes: { [REASON_ATTRIBUTE]: 'expected a JSON object' } },
    ]);
  });

  test('begin a line of their own after one that a crash cut short', async () => {
    await using folder = await testFolder();
    const letters = createDeadLetters(folder.path);
    await letters.add([{ draft: record({ message: 'a' }), reason: 'no' }]);
    const [name] = await readdir(folder.path);
    await appendFile(join(folder.path, name!), '{"torn":');
    await letters.add([{ draft: record({ message: 'b' }), reason: 'no' }]);
    const [a, torn, b] = await linesIn(folder.path);
    expect(torn).toBe('{"torn":');
    expect(imported([a!, b!]).map(({ message }) => message)).toEqual(['a', 'b']);
  });

  test('that come together are all kept', async () => {
    await using folder = await testFolder();
    const letters = createDeadLetters(folder.path);
    const messages = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(messages.map((message) => letters.add([{ draft: record({ message }), reason: 'no' }])));
    const lines = await linesIn(folder.path);
    expect(imported(lines).map(({ message }) => message)).toEqual(messages);
    expect(await letters.bytes()).toBe(Buffer.byteLength(`${lines.join('\n')}\n`));
  });

  test('past their bound are refused whole, and none that is kept is lost', async () => {
    await using folder = await testFolder();
    const letters = createDeadLetters(folder.path, 2000);
    const letter = { draft: record(), reason: 'no' };
    await letters.add([letter]);
    const before = await linesIn(folder.path);
    await expect(letters.add(Array(20).fill(letter))).rejects.toThrow(Overloaded);
    expect(await linesIn(folder.path)).toEqual(before);
    await letters.add([letter]);
    expect(await linesIn(folder.path)).toHaveLength(2);
  });

  test('that are moved away while their size is read count nothing', async () => {
    await using folder = await testFolder();
    const letters = createDeadLetters(folder.path);
    const kept = join(folder.path, '2026-11-20.ndjson');
    await writeFile(kept, 'kept');
    // `readdir` lists it and `stat` fails, as for a file that is moved in between.
    await symlink(join(folder.path, 'moved'), join(folder.path, '2026-11-21.ndjson'));
    expect(await letters.bytes()).toBe(4);
  });
});
