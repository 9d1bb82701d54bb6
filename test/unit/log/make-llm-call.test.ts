import { describe, expect, test } from 'vitest';
import { JsonText, type LlmDraft } from '../../../src/log/llm-call.ts';
import { FINISH_REASONS_MAX, type Prices } from '../../../src/log/make-llm-call.ts';
import { type Arrival, isRejection, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { createRedactor, NO_EXTRAS } from '../../../src/log/redact/redactor.ts';
import { ARRIVAL } from '../../support/records.ts';

const made = (llm: LlmDraft, arrival: Partial<Arrival> = {}) =>
  makeRecord({ message: 'm', llm }, { ...ARRIVAL, ...arrival });

function stored(llm: LlmDraft, arrival: Partial<Arrival> = {}): NewRecord {
  const record = made(llm, arrival);
  if (isRejection(record)) throw new Error(record.reason);
  return record;
}

function rejection(llm: LlmDraft): string {
  const record = made(llm);
  return isRejection(record) ? `${record.code} ${record.reason}` : 'stored';
}

test('a call that says nothing is none', () => {
  expect(stored({}).llm).toBeNull();
  expect(stored({ operation: null, finishReasons: [], inputTokens: null }).llm).toBeNull();
  expect(stored({ input: 'x' }).llm).toMatchObject({ operation: null, counted: true });
});

describe('tokens', () => {
  test('are as sent while their parts fit, else the cached ones are added', () => {
    expect(stored({ inputTokens: 100, cacheReadTokens: 60, cacheCreationTokens: 40 }).llm?.inputTokens).toBe(100);
    expect(stored({ inputTokens: 100, cacheReadTokens: 61, cacheCreationTokens: 40 }).llm?.inputTokens).toBe(201);
    expect(stored({ cacheReadTokens: 5 }).llm?.inputTokens).toBeNull();
  });

  test.each([
    [{ inputTokens: -1 }, 'llm.inputTokens: expected a whole number from 0 to 9007199254740991, got -1'],
    [{ outputTokens: 1.5 }, 'llm.outputTokens: expected a whole number'],
    [{ reasoningTokens: Number.NaN }, 'llm.reasoningTokens: expected'],
    [{ cacheReadTokens: 2 ** 53 }, 'llm.cacheReadTokens: expected'],
    [{ inputTokens: 2 ** 52, cacheReadTokens: 2 ** 53 - 1 }, 'llm.inputTokens: expected'],
    [{ costUsd: -0.1 }, 'llm.costUsd: expected a finite number, 0 or more'],
    [{ costUsd: 1e9 }, 'llm.costUsd: expected at most'],
    [{ timeToFirstTokenMs: Number.POSITIVE_INFINITY }, 'llm.timeToFirstTokenMs: expected'],
    [{ parameters: [1] }, 'llm.parameters: expected a JSON object'],
  ] as [LlmDraft, string][])('%j is rejected by name', (draft, reason) => {
    expect(rejection(draft)).toContain(`INVALID_VALUE ${reason}`);
  });
});

test('what goes to no model itself is not counted, unless the sender says otherwise', () => {
  const counted = (draft: LlmDraft) => stored(draft).llm?.counted;
  for (const operation of ['execute_tool', 'invoke_agent', 'create_agent', 'invoke_workflow']) {
    expect(counted({ operation })).toBe(false);
  }
  expect(counted({ operation: 'chat' })).toBe(true);
  expect(counted({ operation: 'chat', counted: false })).toBe(false);
});

test('a text that no index could hold moves to the parameters, and so do too many reasons', () => {
  const long = 'é'.repeat(600);
  const reasons = Array.from({ length: FINISH_REASONS_MAX + 1 }, () => 'stop');
  expect(stored({ requestModel: long, finishReasons: reasons, parameters: { requestModel: 1 } }).llm).toMatchObject({
    requestModel: null,
    finishReasons: [],
    parameters: { requestModel: 1, 'weir.requestModel': long, finishReasons: reasons },
  });
});

test('texts and parameters are in stored form, and count for the size of the record', () => {
  const record = stored({ provider: 'a\0b', parameters: { 'k\0': Number.NaN, big: 'x'.repeat(10_000) } });
  expect(record.llm).toMatchObject({ provider: 'a\ufffdb', parameters: { 'k\ufffd': 'NaN' } });
  expect(record.bytes).toBeGreaterThan(10_300);
  expect(rejection({ parameters: { big: 'x'.repeat(5 * 1024 * 1024) } })).toMatch(/^TOO_LARGE/);
  const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`);
  expect(rejection({ parameters: deep })).toBe('JSON_TOO_DEEP llm.parameters: expected at most 64 levels of JSON');
});

describe('cost', () => {
  const prices: Prices = {
    priceOf: ({ requestModel }) => (requestModel === 'known' ? { nanoUsd: 42, version: 'v1' } : null),
  };

  test('is rounded once to whole nano-dollars', () => {
    expect(stored({ costUsd: 0.0000000015 }).llm).toMatchObject({ costNanoUsd: 2, costSource: 'SENDER' });
    expect(stored({ costUsd: 0.07 }).llm?.costNanoUsd).toBe(70_000_000);
  });

  test("is the sender's, else the price list's, else unknown", () => {
    const cost = (draft: LlmDraft) => {
      const { costNanoUsd, costSource, priceVersion } = stored(draft, { prices }).llm!;
      return [costNanoUsd, costSource, priceVersion];
    };
    expect(cost({ requestModel: 'known', costUsd: 0 })).toEqual([0, 'SENDER', null]);
    expect(cost({ requestModel: 'known' })).toEqual([42, 'PRICE_LIST', 'v1']);
    expect(cost({ requestModel: 'other' })).toEqual([null, null, null]);
    expect(cost({ requestModel: 'known', counted: false })).toEqual([null, null, null]);
  });
});

describe('content', () => {
  const draft: LlmDraft = { operation: 'chat', input: { messages: new JsonText('[{"a":"b"}]') }, output: 'an answer' };
  const secret: LlmDraft = { input: 'postgres://ann:hunter22secret@db/x', parameters: { password: 'hunter22secret' } };
  const redactor = createRedactor(NO_EXTRAS);

  test('is dropped unless the server keeps it', () => {
    expect(stored(draft).llmContent).toBeNull();
    expect(stored(draft, { llmContent: 'off', redactor }).llmContent).toBeNull();
    expect(stored(draft, { llmContent: 'redacted' }).llmContent, 'without a redactor').toBeNull();
  });

  test('keeps texts that are JSON as JSON', () => {
    const content = { input: { messages: [{ a: 'b' }] }, output: 'an answer' };
    expect(stored(draft, { llmContent: 'full' }).llmContent).toEqual(content);
    expect(stored({ input: new JsonText('[broken') }, { llmContent: 'full' }).llmContent?.input).toBe('[broken');
  });

  test('is redacted, or as it came; parameters have no secrets either way', () => {
    const redacted = stored(secret, { llmContent: 'redacted', redactor });
    expect(JSON.stringify([redacted.llmContent, redacted.llm])).not.toContain('hunter22');
    const full = stored(secret, { llmContent: 'full', redactor });
    expect(full.llmContent?.input).toBe('postgres://ann:hunter22secret@db/x');
    expect(JSON.stringify(full.llm)).not.toContain('hunter22');
  });

  test('that is too deep rejects no record', () => {
    const deep = JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`);
    expect(isRejection(made({ input: deep }))).toBe(false);
    expect(isRejection(made({ input: deep }, { llmContent: 'full' }))).toBe(false);
  });
});
