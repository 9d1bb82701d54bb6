import { BUCKETS_BESIDE, BUCKETS_MAX } from '../resolvers/bars.ts';
import { builder } from './builder.ts';

const WIDTHS = '1, 2, 5, 10, 15, 30 seconds or minutes, 1, 2, 3, 6, 12 hours, 1, 2, 7, 14, 30, 90, 365 days';

/** The arguments of every list of bars. */
export const barsArgs = (buckets: number) =>
  builder.args((t) => ({
    buckets: t.int({
      required: true,
      defaultValue: buckets,
      description: `Chooses the width: the smallest of ${WIDTHS} that gives at most this many bars and ${BUCKETS_BESIDE} more. 1 to ${BUCKETS_MAX}. Ignored with \`width\`.`,
    }),
    width: t.field({
      type: 'Duration',
      description: `The width of a bar: one of ${WIDTHS}. More than ${BUCKETS_MAX} bars are an error.`,
    }),
    timeZone: t.string({
      required: true,
      defaultValue: 'UTC',
      description: 'The IANA name of the time zone by whose clocks bars start, such as `Europe/Berlin`.',
    }),
  }));

/** The most bars that these arguments give. */
export const barCount = ({ width, buckets }: Record<string, unknown>): number =>
  width == null ? Math.min(Number(buckets) + BUCKETS_BESIDE, BUCKETS_MAX) : BUCKETS_MAX;
