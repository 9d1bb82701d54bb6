import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDeadLetters } from '../../../src/ingest/dead-letters.ts';
import { remove, temporaryFolder } from '../../support/server.ts';

test('dead letters past the bound are refused, and the file stays as it was', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'dead.ndjson');
  const write = createDeadLetters(path, 200);
  await Promise.all([write([{ raw: 'a\n', reason: 'x' }]), write([{ raw: 'b', reason: 'y' }])]);
  const before = await readFile(path, 'utf8');
  expect(
    before
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).raw),
  ).toEqual(['a\n', 'b']);
  await expect(write([{ raw: 'c'.repeat(200), reason: 'z' }])).rejects.toThrow(
    'expected at most 200 bytes of dead letters',
  );
  expect(await readFile(path, 'utf8')).toBe(before);
  await remove(folder);
});
