import { expect } from 'vitest';
import { chainTotals } from '../../src/db/chains/chain-totals.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { countLogs } from '../../src/db/read/logs.ts';
import { readBars, readGroupedBars } from '../../src/db/stats/bars.ts';
import { largestGroups, readErrorBars } from '../../src/db/stats/errors.ts';
import { countInArchive, type Facet, type LogField, readFacets } from '../../src/db/stats/facets.ts';
import { type GroupedRow, readGroupedRows, readOfCommon } from '../../src/db/stats/grouped-rows.ts';
import { barsOf } from '../../src/db/stats/histogram.ts';
import { readLabelCounts } from '../../src/db/stats/label-counts.ts';
import { llmDurations, llmGroups, llmTotals, readLlmBars } from '../../src/db/stats/llm-stats.ts';
import { costByMinute, costOf, countByMinute } from '../../src/db/stats/minute-sums.ts';
import { firstErrorMinutes, newErrorGroups, newestOfGroups } from '../../src/db/stats/new-errors.ts';
import { activeUsers, countBy, countByLevel, durations } from '../../src/db/stats/stats.ts';
import { barsWithin } from '../../src/db/stats/zoned-bars.ts';
import { FACET_FIELDS } from '../../src/log/fields.ts';
import type { Filter } from '../../src/log/filter/filter.ts';
import { LLM_FACETS } from '../../src/log/llm-fields.ts';
import { labelOf } from '../../src/log/logql/labels.ts';
import type { TimeSpan } from '../../src/log/time-span.ts';
import { zoneOffset } from '../../src/log/time-zone.ts';

const FIELDS = ['LEVEL', ...Object.keys(FACET_FIELDS), ...Object.keys(LLM_FACETS)] as LogField[];
const PATHS = [['k'], ['k', 'a.b'], ['k', ''], ['k', '0'], ['*'], ['a/b~1'], ['none']];
const FACETS: Facet[] = [...FIELDS.map((field) => ({ field })), ...PATHS.map((attribute) => ({ attribute }))];
const LABELS = [
  [],
  ['service_name', 'level'],
  ['component', '__error__', 'environment'],
  ['k', 'duration'],
  ['user_id', 'message', 'k_a_b', 'severity_number'],
];
/** Few, so that ties and the rest are seen. */
const FIRST = 3;

/** Chains that are asked for. */
const CHAINS = ['c1', 'c2'];
/** Of all facets, every so many are asked for. */
const FACETS_APART = 5;

/**
 * What all questions that aggregate answer of a time, in one snapshot, so that the answers of two databases can be compared. `turn`: a
 * number that says which facets are among them.
 */
export function readAggregates(sql: Sql, filter: Filter, span: TimeSpan, turn: number): Promise<object> {
  const bars = barsOf(span, 20);
  const zonedBars = barsWithin(span, zoneOffset('Asia/Kathmandu')!, 12);
  const edges = [...bars.map(({ from }) => from), span.to];
  return inSnapshot(sql, async (tx) => {
    const answers: Record<string, unknown> = {
      total: await countLogs(tx, filter, span),
      levels: await countByLevel(tx, filter, span),
      services: await countBy(tx, 'service', filter, span, FIRST),
      components: await countBy(tx, 'component', filter, span, FIRST),
      bars: await readBars(tx, filter, span, bars),
      users: await activeUsers(tx, filter, span),
      durations: rounded(await durations(tx, filter, span)),
      errors: await largestGroups(tx, filter, span, FIRST),
      errorBars: await readErrorBars(tx, filter, span, FIRST, zonedBars),
      firstMinutes: sorted(await firstErrorMinutes(tx, filter, span)),
      minutes: sorted(await countByMinute(tx, filter, span)),
      costs: sorted(await costByMinute(tx, filter, span)).filter((one) => !one.endsWith(':0}')),
      cost: await costOf(tx, filter, span),
      llmTotals: await llmTotals(tx, filter, span),
      llmDurations: rounded(await llmDurations(tx, filter, span, 'duration_ms')),
      firstTokens: rounded(await llmDurations(tx, filter, span, 'time_to_first_token_ms')),
      llmBars: rounded(await readLlmBars(tx, filter, span, { bars: zonedBars, by: null, withDurations: true })),
      correlations: await chainTotals(tx, 'correlationId', CHAINS, filter),
      pipelines: await chainTotals(tx, 'pipelineId', CHAINS, filter),
    };
    const newGroups = await newErrorGroups(tx, filter, span);
    answers.newGroups = sorted(newGroups);
    if (newGroups.length > 0) answers.newest = await newestOfGroups(tx, filter, span, newGroups, FIRST);
    for (const facet of FACETS.filter((_, index) => index % FACETS_APART === turn % FACETS_APART)) {
      const name = JSON.stringify(facet);
      answers[`facet ${name}`] = await readFacets(tx, facet, filter, span, FIRST);
      answers[`bars by ${name}`] = await readGroupedBars(tx, filter, span, zonedBars, facet, FIRST);
      // What is read where one answer has too many values.
      const request = { filter, range: span, bars: zonedBars, facet, first: FIRST };
      expect(sorted(counted(await readOfCommon(tx, request)))).toEqual(
        sorted(counted(await readGroupedRows(tx, request))),
      );
      const inArchive = await countInArchive(tx, facet, filter, span, FIRST);
      if (inArchive) expect(inArchive).toEqual(answers[`facet ${name}`]);
      answers[`llm by ${name}`] = rounded(
        await llmGroups(tx, filter, span, { by: facet, first: FIRST, withDurations: true }),
      );
      answers[`llm bars by ${name}`] = await readLlmBars(tx, filter, span, {
        ...{ bars, by: { facet, first: FIRST }, withDurations: false },
      });
    }
    for (const names of LABELS.filter((_, index) => index % LABELS.length === turn % LABELS.length)) {
      for (const of of ['records', 'bytes'] as const) {
        const labels = names.map(labelOf);
        const request = { filter, labels, of, limit: 1000 };
        answers[`${of} by labels ${names}`] = sorted(await readLabelCounts(tx, { ...request, edges }));
        const one = await readLabelCounts(tx, { ...request, edges: [span.from, span.to] });
        answers[`${of} by labels ${names} in one slot`] = sorted(one);
      }
    }
    return answers;
  });
}

const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

const counted = (rows: readonly GroupedRow[]): object[] =>
  rows
    .filter(({ count }) => count > 0)
    .map(({ bar, level, place, value, count }) => ({ bar, level, place, value, count }));

/** Averages, whose last digits depend on the order of the sum, with fewer digits. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, one: unknown) =>
      key === 'avg' && one !== null ? (one as number).toPrecision(9) : one,
    ),
  );
