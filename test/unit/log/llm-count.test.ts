import { expect, test } from 'vitest';
import { LLM_COUNTS, type LlmCount } from '../../../src/log/llm-count.ts';
import { arrivalAt, isRejection, makeRecord } from '../../../src/log/record.ts';
import { now } from '../../../src/log/time.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';

const CALL = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' };
const EVENT = 'gen_ai.client.inference.operation.details';

/** Under each value of LLM_COUNT. */
const countedOf = (object: Record<string, string>): boolean[] =>
  LLM_COUNTS.map((llmCount: LlmCount) => {
    const config = { maxAgeMs: 1e12, environment: null, deploymentVersion: null, redactor: null, llmCount };
    const made = makeRecord(draftFromJson({ ...object }), arrivalAt(now(), config));
    if (isRejection(made)) throw new Error(made.reason);
    return made.llm!.counted;
  });

test('LLM_COUNT=spans counts no event that tells a whole call; every other object of /ingest is always counted', () => {
  expect(LLM_COUNTS).toEqual(['both', 'spans', 'events']);
  for (const name of ['event_name', 'event.name', 'eventName']) {
    expect(countedOf({ ...CALL, [name]: EVENT })).toEqual([true, false, true]);
  }
  expect(countedOf({ ...CALL, event_name: 'gen_ai.evaluation.result' })).toEqual([true, true, true]);
  expect(countedOf(CALL)).toEqual([true, true, true]);
  expect(countedOf({ ...CALL, 'gen_ai.operation.name': 'execute_tool' })).toEqual([false, false, false]);
});
