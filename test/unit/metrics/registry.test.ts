import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMeters } from '../../../src/metrics/meters.ts';
import { createRegistry } from '../../../src/metrics/registry.ts';
import { METRICS } from '../../../src/metrics/table.ts';
import { seriesIn } from '../../support/metrics.ts';

test('counters, gauges and histograms have their text, in the order of the table', () => {
  const registry = createRegistry();
  registry.counter('weir_ingest_rejected_total', 'http', 'TOO_OLD').value += 2;
  registry.counter('weir_ingest_rejected_total', 'http', 'TOO_OLD').value++;
  const { observe } = registry.histogram('weir_graphql_operation_duration_seconds', 'query');
  observe(0.001);
  observe(0.3);
  observe(100);
  const text = registry.text({
    weir_writers: 2,
    weir_writers_busy: undefined,
    weir_build_info: [{ values: ['a"b\\c\nd', '24'], value: 1 }],
  });
  expect(text.match(/^# TYPE \S+/gm)).toEqual([
    '# TYPE weir_ingest_rejected_total',
    '# TYPE weir_graphql_operation_duration_seconds',
    '# TYPE weir_writers',
    '# TYPE weir_build_info',
  ]);
  expect(text).toContain('\nweir_ingest_rejected_total{protocol="http",code="TOO_OLD"} 3\n');
  expect(text).toContain('\nweir_build_info{version="a\\"b\\\\c\\nd",node="24"} 1\n');
  const series = seriesIn(text);
  const bucket = (le: string): number | undefined =>
    series.get(`weir_graphql_operation_duration_seconds_bucket{kind="query",le="${le}"}`);
  expect([bucket('0.001'), bucket('0.25'), bucket('0.5'), bucket('30'), bucket('+Inf')]).toEqual([1, 1, 2, 2, 3]);
  expect(series.get('weir_graphql_operation_duration_seconds_count{kind="query"}')).toBe(3);
  expect(series.get('weir_graphql_operation_duration_seconds_sum{kind="query"}')).toBeCloseTo(100.301);
});

test('a metric has a bounded number of series: what comes beyond them is counted together', () => {
  const registry = createRegistry();
  for (let i = 0; i < 1000; i++) registry.counter('weir_ingest_failed_total', 'http', `CODE_${i}`).value++;
  const series = [...seriesIn(registry.text({}))];
  expect(series.length).toBeLessThan(300);
  expect(series.reduce((sum, [, value]) => sum + value, 0)).toBe(1000);
  expect(series.at(-1)![0]).toBe('weir_ingest_failed_total{protocol="other",code="other"}');
});

test('a response of a route that was not declared counts as unmatched', () => {
  const registry = createRegistry();
  const observe = createMeters(registry).responses(['/ingest']);
  observe('/ingest', 200, 0.1);
  observe('/made-up', 503, 0.1);
  observe(null, 404, 0.1);
  const series = seriesIn(registry.text({}));
  expect(series.get('weir_http_responses_total{route="/ingest",status="2xx"}')).toBe(1);
  expect(series.get('weir_http_responses_total{route="unmatched",status="5xx"}')).toBe(1);
  expect(series.get('weir_http_request_duration_seconds_count{route="unmatched"}')).toBe(2);
  expect([...series.keys()].join()).not.toContain('made-up');
});

test('docs/operations.md has the same table of metrics', () => {
  const rows = Array.from(
    readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm),
    ([, name, type, labels, help]) => [name, type, labels, help],
  );
  const expected = Object.entries(METRICS).map(([name, metric]) => [
    name,
    metric.type,
    'labels' in metric ? metric.labels.map((label) => `\`${label}\``).join(', ') : '',
    metric.help,
  ]);
  expect(rows).toEqual(expected);
});

test('every name says its unit, and only what grows ends with _total', () => {
  for (const [name, { type }] of Object.entries(METRICS)) {
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
});
