import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_DEPTH_MAX, type Json, storableJson } from '../../../src/log/json.ts';
import { LLM_CONTENT_LENGTH_MAX, type LlmContentMode, storedContent } from '../../../src/log/llm-content.ts';
import { arrivalAt, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { createRedactor, NO_EXTRAS } from '../../../src/log/redact/redactor.ts';
import { now } from '../../../src/log/time.ts';
import { anyJson } from '../../support/arbitraries.ts';

const stored = (input: unknown, output: unknown = null) => storedContent({ input, output }, 'full', { bytes: 0 });
const SECRET = 'my key is sk-ant-api03-0123456789abcdefghijABCDEFGHIJ0123456789';

describe('the content of a model call', () => {
  test('is kept as it was sent where it is short', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (input, output) => {
        expect(stored(input, output)).toEqual(
          input === null && output === null ? null : { input: storableJson(input), output: storableJson(output) },
        );
      }),
    );
  });

  test('is not there with `off`, nor where nothing was sent', () => {
    expect(storedContent({ input: 'a', output: 'b' }, 'off', { bytes: 0 })).toBeNull();
    expect(stored(undefined, undefined)).toBeNull();
  });

  test('that is too long is cut at its end, with a mark; input and output have a bound each', () => {
    const text = 'x'.repeat(LLM_CONTENT_LENGTH_MAX + 10);
    const { input, output } = stored(text, 'short')!;
    expect(input).toBe(`${'x'.repeat(LLM_CONTENT_LENGTH_MAX)}… [10 characters left out]`);
    expect(output).toBe('short');
  });

  test('says in each list and object how much of it was left out', () => {
    const half = 'y'.repeat(LLM_CONTENT_LENGTH_MAX / 2);
    const message = { role: 'user', content: half };
    const kept = stored([message, message, message, message])!.input as { content: string }[];
    expect(kept).toHaveLength(3);
    expect(kept[0]).toEqual(message);
    expect(kept[1]!.content).toMatch(/^y+… \[\d+ characters left out\]$/);
    expect(kept[2]).toBe('… [2 elements left out]');
    expect(stored({ a: half, b: half, c: half, d: half })!.input).toMatchObject({ '…': '… [2 members left out]' });
  });

  test('is never longer than its bound and its marks, nor deeper than what can be stored', () => {
    const many = Array.from({ length: LLM_CONTENT_LENGTH_MAX }, (_, n) => ({ n }));
    expect(JSON.stringify(stored(many)).length).toBeLessThan(2 * LLM_CONTENT_LENGTH_MAX);
    let deep: Json = 'end';
    for (let level = 0; level < 2 * JSON_DEPTH_MAX; level++) deep = [deep];
    expect(JSON.stringify(stored(deep))).toContain(`[more than ${JSON_DEPTH_MAX} levels left out]`);
  });

  test('has only text that PostgreSQL can store', () => {
    expect(stored('a\0b\ud800')!.input).toBe('a\ufffdb\ufffd');
  });
});

describe('a record that arrives with the content of a call', () => {
  const made = (llmContent: LlmContentMode) => {
    const redactor = createRedactor(NO_EXTRAS);
    const arrival = arrivalAt(now(), {
      ...{ maxAgeMs: 1e12, environment: null, deploymentVersion: null },
      ...{ redactor, llmContent },
    });
    const content = { input: [{ content: SECRET }], output: { password: 'hunter2', text: 'fine' } };
    return makeRecord({ message: 'chat', llm: { operation: 'chat', ...content } }, arrival) as NewRecord;
  };

  test('keeps nothing of it with LLM_CONTENT=off', () => {
    const { llmContent, ...rest } = made('off');
    expect(llmContent).toBeNull();
    expect(JSON.stringify(rest)).not.toContain('hunter2');
  });

  test('keeps it without secrets with `redacted`, and counts them', () => {
    const { llmContent, attributes } = made('redacted');
    expect(llmContent).toEqual({
      input: [{ content: expect.stringMatching(/^my key is \[redacted:[\w-]+\]$/) }],
      output: { password: expect.stringMatching(/^\[redacted:/), text: 'fine' },
    });
    expect(attributes).toEqual({ 'weir.redacted': 2 });
  });

  test('keeps it as it was sent with `full`', () => {
    const { llmContent, attributes } = made('full');
    expect(llmContent).toMatchObject({ input: [{ content: SECRET }], output: { password: 'hunter2' } });
    expect(attributes).toEqual({});
  });

  test('counts it in the size of the record', () => {
    expect(made('full').bytes).toBeGreaterThan(made('off').bytes + SECRET.length);
  });
});
