import fc from 'fast-check';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { boundedData, DATA_BYTES_MAX } from '../../../../src/http/mcp/bounded-data.ts';
import { operationOf, shapeOf } from '../../../../src/http/mcp/shape.ts';
import { schema } from '../../../../src/schema/index.ts';

const shape = shapeOf(
  schema,
  operationOf(
    parse('{ logs { nodes { id message stackTrace attributes level } } facets(by: { field: HOST }) { value } }'),
  ),
);

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const node = (more: object) => ({ id: 'L1', message: 'm', stackTrace: null, attributes: {}, level: 'INFO', ...more });

test('texts of records are cut, JSON to the beginning of its text, and ids and levels are not', () => {
  const long = node({ id: 'L'.repeat(50), message: 'x'.repeat(50), attributes: { a: 'y'.repeat(50) } });
  const { data, cut, shortened } = boundedData({ logs: { nodes: [long, node({})] }, facets: null }, shape, 10);
  expect(data).toEqual({
    logs: { nodes: [{ ...long, message: `${'x'.repeat(10)}…`, attributes: '{"a":"yyyy…' }, node({})] },
    facets: null,
  });
  expect([cut, shortened]).toEqual([{ texts: 2, to: 10 }, []]);
});

test('a cut text stays well-formed', () => {
  const { data } = boundedData({ logs: { nodes: [node({ message: 'ab😀' })] }, facets: [] }, shape, 3);
  expect(JSON.stringify(data).isWellFormed()).toBe(true);
});

test('the longest list loses its last items, and the others stay', () => {
  const nodes = Array.from({ length: 100 }, (_, i) => node({ id: String(i), message: 'x'.repeat(1000) }));
  const facets = Array.from({ length: 20 }, (_, i) => ({ value: String(i) }));
  const { data, cut, shortened } = boundedData({ logs: { nodes }, facets }, shape, 1000);
  const kept = (data.logs as { nodes: unknown[] }).nodes;
  expect(kept).toEqual(nodes.slice(0, kept.length));
  expect(kept.length).toBeGreaterThan(50);
  expect(data.facets).toEqual(facets);
  expect(shortened).toEqual([{ path: 'logs.nodes', kept: kept.length, of: 100 }]);
  expect(cut.texts).toBe(0);
  expect(bytesOf(data)).toBeLessThanOrEqual(DATA_BYTES_MAX);
});

test('one record that is too large alone is cut further', () => {
  const huge = node({ message: '€'.repeat(20_000), stackTrace: '€'.repeat(20_000) });
  const { data, cut } = boundedData({ logs: { nodes: [huge] }, facets: [] }, shape, 20_000);
  expect(bytesOf(data)).toBeLessThanOrEqual(DATA_BYTES_MAX);
  expect(cut).toEqual({ texts: 2, to: 10_000 });
});

test('any data ends within the limit', () => {
  const text = fc.string({ unit: 'grapheme', size: 'max', maxLength: 8000 });
  const anyNode = fc.record({ message: text, stackTrace: fc.option(text), attributes: fc.jsonValue() }).map(node);
  const data = fc.record({
    logs: fc.option(fc.record({ nodes: fc.array(anyNode, { maxLength: 30 }) })),
    facets: fc.option(fc.array(fc.record({ value: fc.option(text) }), { maxLength: 100 })),
  });
  fc.assert(
    fc.property(data, fc.integer({ min: 100, max: 20_000 }), (some, textMax) => {
      expect(bytesOf(boundedData(some, shape, textMax).data)).toBeLessThanOrEqual(DATA_BYTES_MAX);
    }),
    { numRuns: 50 },
  );
});
