import { connect } from './src/db/client.ts';
import { readPage } from './src/db/logs.ts';
import { messageContains, EVERYTHING, fieldIs, allOf, fieldTest } from './src/log/filter.ts';
const sql = connect('postgres://postgres@127.0.0.1:54999/weir_scratch_seal', { max: 3, statementTimeoutMs: 0 });
const today = new Date().toISOString().slice(0, 10) + 'T00:00:00.000000Z';
const page = (filter: any, to = '9999-01-01T00:00:00.000000Z', after: any = null) => readPage(sql, { filter, window: { from: null, to }, order: 'NEWEST_FIRST', limit: 100, backward: false, after, before: null });
async function time(name: string, f: () => Promise<any>) {
  const ms: number[] = []; let n;
  for (let i = 0; i < 10; i++) { const t = performance.now(); n = (await f()).records.length; ms.push(performance.now() - t); }
  console.log(name.padEnd(34), n, 'first', ms[0]!.toFixed(1), 'median', ms.toSorted((a, b) => a - b)[5]!.toFixed(1), 'tenth', ms[9]!.toFixed(1));
}
for (const [where, to] of [['sealed', today], ['all', undefined]] as const) for (const text of ['zebra', 'xq', 'xq5007', 'flooding', 'request', 'handled by', 'worker 3', 'nosuchword', 'worker 35 zeb', 'd by', 'cafe'])
  await time(`${where}: ${text}`, () => page(messageContains(text), to));
await time('latest', () => page(EVERYTHING));
await time('errors', () => page({ kind: 'hasError' }));
await time('level error', () => page(fieldTest('level', { op: '>=', value: 4 } as any)));
await time('component', () => page(fieldIs('component', 'comp5')));
await time('user', () => page(fieldIs('userId', 'u77')));
await time('chain', () => page(fieldIs('correlationId', 'c4-777')));
await time('deep', () => page(EVERYTHING, undefined, { timestamp: new Date(Date.parse(today) - 3.3 * 86400000).toISOString().slice(0, -1) + '000Z', uid: '80000000-0000-0000-0000-000000000000' }));
await sql.end();
