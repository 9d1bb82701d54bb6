import { durationText } from '../../text/duration.ts';
import { countText, percentText, shortCount } from '../../text/number.ts';
import { costText, type LlmStats } from './calls.ts';

interface Props {
  stats: LlmStats;
}

/** The sums over all calls of the range. */
export function TotalsList({ stats: { totals, durations, timeToFirstToken } }: Props) {
  const { calls, errors, inputTokens, outputTokens, cacheReadTokens, unpriced } = totals;
  if (calls === 0) return <p class="quiet calls-none">No record of this time tells of a model call.</p>;
  const latency = durations?.p50 === null || !durations ? null : durations;
  return (
    <dl class="calls-totals">
      <Total
        name="Calls"
        value={countText(calls)}
        note={`${countText(errors)} with an error (${percentText(errors / calls)})`}
      />
      <Total
        name="Cost"
        value={costText(totals)}
        note={unpriced > 0 ? `without ${countText(unpriced)} calls that have no price` : 'of all calls'}
      />
      <Total
        name="Tokens sent"
        value={shortCount(inputTokens)}
        note={`${percentText(inputTokens === 0 ? 0 : cacheReadTokens / inputTokens)} from a cache`}
      />
      <Total
        name="Tokens answered"
        value={shortCount(outputTokens)}
        note={`${countText(Math.round(outputTokens / calls))} in a call`}
      />
      {latency && (
        <Total
          name="Latency"
          value={durationText(latency.p50 ?? 0)}
          note={`95% within ${durationText(latency.p95 ?? 0)}, at most ${durationText(latency.max ?? 0)}`}
        />
      )}
      {timeToFirstToken && timeToFirstToken.count > 0 && (
        <Total
          name="First token"
          value={durationText(timeToFirstToken.p50 ?? 0)}
          note={`95% within ${durationText(timeToFirstToken.p95 ?? 0)}`}
        />
      )}
    </dl>
  );
}

const Total = ({ name, value, note }: { name: string; value: string; note: string }) => (
  <div>
    <dt class="quiet">{name}</dt>
    <dd>
      <strong>{value}</strong>
      <span class="quiet">{note}</span>
    </dd>
  </div>
);
