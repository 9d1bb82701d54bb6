import { ERROR_SEVERITY } from '../../log/level.ts';
import type { LlmCall } from '../../log/llm-call.ts';
import type { NewRecord } from '../../log/record.ts';
import { textLiteral } from '../connection/text-literal.ts';
import { GROUPS_MAX, gapsAt, nullableKey, nullableText } from './delta-text.ts';
import { LLM_ROLLUPS } from './rollup.ts';

/** A record that tells of a model call. */
type CallRecord = NewRecord & { llm: LlmCall };

/** The statement that adds the model calls of these records to `llm_rollups`. Empty when no call is counted. */
export function callDeltas(records: readonly NewRecord[]): string {
  const calls = records.filter((record): record is CallRecord => record.llm?.counted === true);
  if (calls.length === 0) return '';
  const groups = Map.groupBy(calls, keyOf);
  if (groups.size > GROUPS_MAX) return gapsAt(LLM_ROLLUPS, calls);
  const columns = [...LLM_ROLLUPS.groups, ...Object.keys(LLM_ROLLUPS.sums)].join(', ');
  const rows = Array.from(groups.values(), rowOf);
  return `insert into llm_rollups (step, ts, ${columns}) values ${rows.join(', ')};`;
}

const minuteOf = ({ timestamp }: NewRecord): string => `${timestamp.slice(0, 16)}:00Z`;

/** The values of `LLM_ROLLUPS.groups` after the service, in no order that matters. */
const keyOf = (record: CallRecord): string => {
  const { operation, provider, requestModel, responseModel } = record.llm;
  const others = [operation, provider, requestModel, responseModel, record.component, record.environment];
  return minuteOf(record) + record.service + others.map(nullableKey).join('');
};

/** One row of values, in the order of the columns of `LLM_ROLLUPS`. */
function rowOf(calls: CallRecord[]): string {
  const [{ llm, service, component, environment }] = calls as [CallRecord];
  const group = [llm.operation, llm.provider, llm.requestModel, llm.responseModel].map(nullableText);
  const sum = (field: 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens' | 'reasoningTokens') =>
    sumOf(calls.map((call) => call.llm[field]));
  const sums = [
    calls.length,
    calls.filter(isError).length,
    sum('inputTokens'),
    sum('outputTokens'),
    sum('cacheReadTokens'),
    sum('cacheCreationTokens'),
    sum('reasoningTokens'),
    sumOf(calls.map((call) => call.llm.costNanoUsd)),
    calls.filter((call) => call.llm.costNanoUsd === null).length,
  ];
  const where = [textLiteral(service), nullableText(component), nullableText(environment)];
  return `(0, '${minuteOf(calls[0]!)}', ${[...group, ...where, ...sums].join(', ')})`;
}

/** As `has_error` of `llm_logs`. */
const isError = ({ severityNumber, errorType }: NewRecord): boolean =>
  severityNumber >= ERROR_SEVERITY || errorType !== null;

/** Exact: each value is a safe integer, their sum need not be. */
const sumOf = (values: readonly (number | null)[]): bigint =>
  values.reduce((sum, value) => sum + BigInt(value ?? 0), 0n);
