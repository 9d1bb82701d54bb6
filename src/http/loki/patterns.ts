import { countLogs } from '../../db/read/logs.ts';
import { BadUserInput } from '../../errors.ts';
import { LEVEL_WORDS } from '../../log/logql/labels.ts';
import { millisOf } from '../../log/time.ts';
import { findPatterns, type Pattern } from '../../watch/patterns/find-patterns.ts';
import type { PatternPlaces } from '../../watch/patterns/pattern-places.ts';
import { type Asked, success } from './answer.ts';
import { POINTS_MAX } from './metric-query.ts';

/** As many as Grafana's Logs Drilldown shows. */
const PATTERNS_MAX = 500;
/** Records in which patterns are looked for. */
const SAMPLE_RECORDS = 20_000;
const POINTS_DEFAULT = 250;
/** What stands for a variable part here, and in Loki. */
const [WILDCARD, HOLE] = ['<*>', '<_>'];

/** The patterns of messages, the most common first, with about how many records of each lie in each step. */
export async function answerPatterns(asked: Asked, places: PatternPlaces): Promise<object> {
  const { openOperation, client, gone, parameters } = asked;
  const filter = asked.selected();
  const window = parameters.span();
  const [from, to] = [millisOf(window.from), millisOf(window.to)];
  const stepMs = parameters.duration('step') ?? Math.max(1000, (to - from) / POINTS_DEFAULT);
  if ((to - from) / stepMs > POINTS_MAX) {
    throw new BadUserInput(`step: expected at most ${POINTS_MAX} points, got more: use a longer step`);
  }
  const sql = openOperation({ client, gone });
  // Samples are large: none is read before its turn.
  using _ = await places.take(gone);
  const request = { filter, window, baseline: null, first: PATTERNS_MAX, size: SAMPLE_RECORDS };
  const { sampled, isComplete, patterns } = await findPatterns(sql, request, gone);
  const total = isComplete ? sampled : await countLogs(sql, filter, window);
  const times = total / Math.max(sampled, 1);
  return success(patterns.map((pattern) => shownPattern(pattern, stepMs, times)));
}

/** `times`: how many records each one of the sample stands for. */
function shownPattern({ template, highestLevel, times: seen }: Pattern, stepMs: number, times: number): object {
  const counts = new Map<number, number>();
  for (const ms of seen) {
    const start = Math.floor(ms / stepMs) * stepMs;
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  const samples = Array.from(counts)
    .toSorted(([a], [b]) => a - b)
    .map(([start, count]) => [Math.floor(start / 1000), Math.max(1, Math.round(count * times))]);
  return { pattern: template.replaceAll(WILDCARD, HOLE), level: LEVEL_WORDS[highestLevel], samples };
}
