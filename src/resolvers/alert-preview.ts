import { BadUserInput } from '../errors.ts';
import { formatDuration, type Milliseconds } from '../log/duration.ts';
import { millisOf, shift } from '../log/time.ts';
import type { TimeSpan } from '../log/time-span.ts';
import { parseRule, type RuleInput } from '../watch/alerts/alert-content.ts';
import { AFTER_MS } from '../watch/alerts/minute.ts';
import { minutesIn, nearestValues, type Preview, type PreviewMinute, previewOf } from '../watch/alerts/preview.ts';
import { type TimeRange, windowOf, within } from './arguments.ts';
import { BUCKETS_MAX } from './bars.ts';
import type { Context } from './context.ts';
import { visibleFilter } from './visible.ts';

const DAY_MS: Milliseconds = 86_400_000;
/** Of NEW_ERROR a day: it reads each error of the range, and of the seven days before it. */
const rangeMax = ({ measure }: RuleInput): Milliseconds => (measure === 'NEW_ERROR' ? DAY_MS : 7 * DAY_MS);

interface PreviewArguments {
  input: RuleInput & { query: string };
  time: TimeRange;
}

/** `AlertPreview` of the schema. */
export interface AlertPreview extends Preview {
  values(buckets: number): PreviewMinute[];
}

/** @throws BadUserInput, QuerySyntax */
export async function alertPreview({ input, time }: PreviewArguments, context: Context): Promise<AlertPreview> {
  const { query, ...rest } = input;
  const rule = parseRule(rest);
  const filter = visibleFilter({ query }, context);
  const range = await rangeOf(time, rangeMax(rest), context);
  const preview = await previewOf(context.sql, rule, filter, context.caller.scope, minutesIn(range), range.to);
  return {
    ...preview,
    values: (buckets) => nearestValues(rule, preview.minutes, within('buckets', buckets, 1, BUCKETS_MAX)),
  };
}

/** Up to the last minute that is evaluated by now: in the one after it, records that are not stored yet would be missing. */
async function rangeOf(time: TimeRange, lengthMax: Milliseconds, { clock }: Context): Promise<TimeSpan> {
  const { from, to } = await windowOf(time, clock);
  if (from === null) throw new BadUserInput('time: expected `from` or `last`, got neither');
  const evaluated = shift(clock.now, -AFTER_MS);
  const end = to < evaluated ? to : evaluated;
  const range = { from: from < end ? from : end, to: end };
  const length = millisOf(range.to) - millisOf(range.from);
  if (length <= lengthMax) return range;
  throw new BadUserInput(`time: expected at most ${formatDuration(lengthMax)}, got ${formatDuration(length)}`);
}
