import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { filterSql } from '../../src/db/filter/filter-sql.ts';
import type { Filter, Test } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { textContains } from '../../src/log/filter-tree.ts';
import type { Json, JsonObject } from '../../src/log/json.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { insert, record } from '../support/records.ts';

// What random filters seldom meet: see `property/filter-agreement.test.ts`.

const LONG = 'Kelvin\u212a "\n" \u{1f600} \u0130 '.repeat(60);
const TREES: readonly Json[] = [
  { b: 1, 'a.b': 2, é: 3, zz: 4, '\uffff': 5, '\u{10000}': 6, '': 7 },
  { '10': 'x', '9': 'y', a: { zzz: [], ab: {} } },
  ['"', '1.0', '\\', '\u0001\u001f\u007f', { '1.0': 1.5 }],
  [1e-7, 5e-324, 1.5, -2, 0, 9007199254740991],
];
const ATTRIBUTES: readonly JsonObject[] = [
  ...TREES.map((value) => ({ value })),
  { value: LONG },
  { value: [LONG.toLowerCase()] },
  { value: { [LONG]: 'x' } },
  { value: '\u001f' },
  { value: [['a']], '0': ['a'], '-': 'x', 'a/~1': 'y' },
  ...[-5, -5.5, 0, 5, 5e-324, 'text', '', '9007199254740993', '-9007199254740993', true, [1], ['a', 'b']].map(
    (value) => ({ value }),
  ),
  {},
];
const RECORDS = ATTRIBUTES.map((attributes, i) => record({ message: i % 2 ? LONG : LONG.toUpperCase(), attributes }));

const at = (path: string[], test: Test): Filter => ({ kind: 'attribute', paths: [path], test });
const FILTERS: readonly Filter[] = [
  ...TREES.map((tree) => at(['value'], { op: 'in', values: [tree] })),
  at(['value'], { op: 'in', values: [...TREES, ...Array.from({ length: 1000 }, (_, n) => n)] }),
  at(['value'], { op: 'contains', value: ['a'] }),
  ...['a', 'A', 1, LONG].map((value) => at(['value'], { op: 'contains', value })),
  at(['value'], { op: 'contains', value: '' }),
  at(['value', '0'], { op: 'exists' }),
  at(['value', '0', '0'], { op: 'exists' }),
  at(['0', '0'], { op: 'exists' }),
  at(['0'], { op: 'exists' }),
  at(['-'], { op: 'exists' }),
  at(['a/~1'], { op: 'prefix', text: 'y' }),
  ...[-5, 0, 4.5, 't', '9007199254740993', '-90071992547409930'].flatMap((value) =>
    (['<', '<=', '>', '>='] as const).map((op) => at(['value'], { op, value })),
  ),
  ...[LONG, LONG.toUpperCase(), '\u001F', 'U001F', '001f', '\n', 'n', '\\', '"', '1.0'].map(textContains),
  ...[201, 1000].map((length): Filter => {
    const values = RECORDS.slice(0, 3).map(({ uid }) => uid);
    return { kind: 'field', field: 'uid', test: { op: 'in', values: [...values, ...Array(length).fill('x')] } };
  }),
  ...[LONG, LONG.toLowerCase(), 'KELVIN', 'kelvink', 'i '].map(
    (value): Filter => ({ kind: 'field', field: 'message', test: { op: 'contains', value } }),
  ),
];

let archived: ArchivedDatabase;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  await insert(archived.sql, RECORDS);
  await archived.archivePartitions();
});
afterAll(() => archived[Symbol.asyncDispose]());

test('the archive selects the records that the predicate selects', async () => {
  await inSnapshot(archived.sql, async (tx) => {
    const duck = (await archiveIn(tx, ALL_TIME))!;
    for (const filter of FILTERS) {
      const rows = await duck<{ uid: string }[]>`select uid from system_logs where ${filterSql(duck, filter)}`;
      const expected = RECORDS.filter(compileMatch(filter)).map(({ uid }) => uid);
      expect(rows.map(({ uid }) => uid).sort(), JSON.stringify(filter).slice(0, 200)).toEqual(expected.sort());
    }
  });
});
