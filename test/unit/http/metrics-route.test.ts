import { expect, test } from 'vitest';
import { ANYONE, type Caller, type Right } from '../../../src/access/caller.ts';
import { metricsRoute } from '../../../src/http/metrics-route.ts';
import { EVERYTHING } from '../../../src/log/filter/filter.ts';

const withRights = (...rights: Right[]): Caller => ({ ...ANYONE, key: 'some key', rights: new Set(rights) });
const request = new Request('http://127.0.0.1/metrics');
const read = async (): Promise<string> => 'weir_writers 2\n';
const scoped: Caller = { ...withRights('READ'), scope: EVERYTHING };

const ask = async (caller: Caller, isOpen = false): Promise<unknown> => {
  try {
    const response = await metricsRoute(read, isOpen).handle(request, caller);
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('ADMIN, and READ without a scope, may read the metrics', async () => {
  expect(await ask(ANYONE)).toBe('200 weir_writers 2\n');
  expect(await ask(withRights('ADMIN'))).toBe('200 weir_writers 2\n');
  expect(await ask(withRights('READ', 'INGEST'))).toBe('200 weir_writers 2\n');
});

test('a scope, or no right to read, is refused: metrics count all records', async () => {
  expect(await ask(scoped)).toBe('FORBIDDEN');
  expect(await ask(withRights('INGEST'))).toBe('FORBIDDEN');
  expect(await ask(withRights('CONTENT'))).toBe('FORBIDDEN');
  expect(await ask(withRights())).toBe('FORBIDDEN');
});

test('METRICS=open needs no right', async () => {
  expect(await ask(withRights(), true)).toBe('200 weir_writers 2\n');
  expect(await ask(scoped, true)).toBe('200 weir_writers 2\n');
});
