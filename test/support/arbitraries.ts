import fc, { type Arbitrary } from 'fast-check';
import { type Json, type JsonObject, setOwn, storableJson, storableText } from '../../src/log/json.ts';
import type { LlmCall, LlmContent, LlmDraft } from '../../src/log/llm-call.ts';
import { arrivalAt, type Draft, isRejection, makeRecord, type NewRecord } from '../../src/log/record.ts';

/** Few letters, so that texts meet; among them what case folding, `like`, COPY, JSON and UTF-16 each get wrong. */
const LETTERS = [
  'a',
  'A',
  'b',
  'k',
  'K',
  '\u212a',
  'i',
  'I',
  '\u0130',
  '\u0131',
  's',
  '\u017f',
  '\u00df',
  '\u1e9e',
  '\u00e9',
  '\u00c9',
  '\u03c3',
  '\u03c2',
  '\u03a3',
  '0',
  '5',
  ' ',
  '.',
  '*',
  ':',
  '-',
  '(',
  ')',
  '"',
  "'",
  '%',
  '_',
  '\\',
  '\n',
  '\t',
  '\0',
  '{',
  '[',
  '\ufffd',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
  '\ud800',
  '\udc00',
];

/** Around 2^53 and far beyond it, as JSON keeps them; and texts that are nearly that. */
const NEAR_BIG_INTEGERS = [
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '10000000000000000',
  '1763556497161513790',
  '1763556497161513791',
  '9'.repeat(30),
  `1${'0'.repeat(29)}`,
].flatMap((digits) => [digits, `-${digits}`, `0${digits}`, `${digits}.5`, `${digits} `]);
export const anyBigInteger: Arbitrary<string> = fc.constantFrom(
  ...NEAR_BIG_INTEGERS.filter((text) => /^-?[1-9]\d{15,}$/.test(text)),
);

const letters = fc.constantFrom(...LETTERS);
export const anyText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.array(letters, { maxLength: 5 }).map((some) => some.join('')) },
  { weight: 1, arbitrary: fc.constantFrom(...NEAR_BIG_INTEGERS) },
  { weight: 1, arbitrary: fc.constantFrom('error', 'Timed out', 'true', '5', '9007199254740993', 'null', '[]') },
);

const NUMBERS = [
  0,
  -0,
  1,
  5,
  5.5,
  -5,
  0.1,
  0.30000000000000004,
  1e-7,
  5e-324,
  1e308,
  1.7976931348623157e308,
  2 ** 53,
  2 ** 53 - 1,
];
export const anyNumber: Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 1, arbitrary: fc.double({ noDefaultInfinity: true, noNaN: true }) },
);

/** Among them what paths of JSON take for something else: steps, elements, escapes. */
const KEYS = [
  'a',
  'b',
  'a.b',
  '',
  '0',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'x y',
  'a/b',
  '~1',
  '$',
  '*',
  '-1',
];
export const anyKey: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 1, arbitrary: anyText },
);

const objectOf = (value: Arbitrary<Json>): Arbitrary<JsonObject> =>
  fc.array(fc.tuple(anyKey, value), { maxLength: 4 }).map((entries) => {
    const object: JsonObject = {};
    for (const [name, inner] of entries) setOwn(object, name, inner);
    return object;
  });

export const anyJson: Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.boolean() },
    { weight: 3, arbitrary: anyNumber },
    { weight: 1, arbitrary: anyBigInteger },
    { weight: 3, arbitrary: anyText },
    { weight: 2, arbitrary: fc.array(tie('json'), { maxLength: 3 }) },
    { weight: 2, arbitrary: objectOf(tie('json')) },
  ),
})).json;

const ARRIVAL = arrivalAt('2026-11-21T20:06:40.731905Z', {
  maxAgeMs: 86_400_000,
  environment: null,
  deploymentVersion: null,
  redactor: null,
});
const dottedAndNested = fc.record({ 'a.b': anyJson, a: fc.record({ b: anyJson }) });

/** Often null. */
export const lacking = <T>(value: Arbitrary<T>): Arbitrary<T | null> => fc.option(value, { freq: 3 });

const storedText = anyText.map(storableText);
const storedJson = anyJson.map((json) => storableJson(json));
const lackingTokens = lacking(fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.constant(Number.MAX_SAFE_INTEGER)));

/** Model calls as they are stored. */
export const anyLlmCall: Arbitrary<LlmCall> = fc.record({
  operation: lacking(fc.oneof(fc.constantFrom('chat', 'embeddings', 'execute_tool'), storedText)),
  counted: fc.boolean(),
  provider: lacking(fc.oneof(fc.constantFrom('openai', 'anthropic'), storedText)),
  requestModel: lacking(fc.oneof(fc.constantFrom('gpt-4o', 'claude-sonnet-4-5'), storedText)),
  responseModel: lacking(fc.oneof(fc.constantFrom('gpt-4o', 'gpt-4o-2024-08-06'), storedText)),
  conversationId: lacking(fc.oneof(fc.constantFrom('talk 1', 'talk 2'), storedText)),
  toolName: lacking(storedText),
  agentName: lacking(storedText),
  inputTokens: lackingTokens,
  outputTokens: lackingTokens,
  cacheReadTokens: lackingTokens,
  cacheCreationTokens: lackingTokens,
  reasoningTokens: lackingTokens,
  costNanoUsd: lacking(fc.integer({ min: 0, max: 2 ** 40 })),
  costSource: lacking(fc.constantFrom('SENDER', 'PRICE_LIST')),
  priceVersion: lacking(storedText),
  timeToFirstTokenMs: lacking(fc.constantFrom(0, 0.1, 350.5, 60_000)),
  finishReasons: fc.array(fc.oneof(fc.constantFrom('stop', 'length'), storedText), { maxLength: 3 }),
  parameters: lacking(objectOf(anyJson).map((object) => storableJson(object) as JsonObject)),
});

export const anyLlmContent: Arbitrary<LlmContent> = fc.record({ input: storedJson, output: storedJson });

/** A call, often of few fields. */
const anyCall: Arbitrary<LlmDraft> = fc.record({
  operation: lacking(fc.oneof(anyText, fc.constantFrom('chat', 'execute_tool'))),
  provider: lacking(anyText),
  requestModel: lacking(anyText),
  responseModel: lacking(anyText),
  conversationId: lacking(anyText),
  toolName: lacking(anyText),
  agentName: lacking(anyText),
  inputTokens: lacking(fc.constantFrom(0, 5, 100, 2 ** 53 - 1)),
  outputTokens: lacking(fc.constantFrom(0, 5, 100)),
  cacheReadTokens: lacking(fc.constantFrom(0, 5)),
  costUsd: lacking(fc.constantFrom(0, 0.07, 0.1, 0.30000000000000004, 5.5, 9_000_000)),
  timeToFirstTokenMs: lacking(fc.constantFrom(0, 0.1, 5, 5.5, 1e300)),
  finishReasons: fc.array(anyText, { maxLength: 3 }),
  parameters: lacking(objectOf(anyJson)),
});

/** Records as they are stored: made by `makeRecord`, all within the day before 2026-11-21T20:06:40Z. */
export const anyRecord: Arbitrary<NewRecord> = recordWith(fc.constant(null));

/** As `anyRecord`, half of them with a model call. */
export const anyRecordOrCall: Arbitrary<NewRecord> = recordWith(fc.option(anyCall, { freq: 2 }));

function recordWith(llm: Arbitrary<LlmDraft | null>): Arbitrary<NewRecord> {
  return fc
    .record<Draft>({
      llm,
      severityNumber: fc.integer({ min: 1, max: 24 }),
      message: anyText,
      service: anyText,
      component: lacking(anyText),
      action: lacking(anyText),
      host: lacking(anyText),
      environment: lacking(anyText),
      deploymentVersion: lacking(anyText),
      correlationId: lacking(anyText),
      traceId: lacking(anyText),
      spanId: lacking(anyText),
      pipelineId: lacking(anyText),
      userId: lacking(anyText),
      durationMs: lacking(anyNumber),
      errorType: lacking(anyText),
      stackTrace: lacking(anyText),
      httpMethod: lacking(anyText),
      httpPath: lacking(anyText),
      httpStatus: lacking(fc.constantFrom(0, 200, 404, 500, 2 ** 31 - 1, -(2 ** 31))),
      httpUserAgent: lacking(anyText),
      httpClientIp: lacking(anyText),
      attributes: fc.oneof({ weight: 3, arbitrary: objectOf(anyJson) }, { weight: 1, arbitrary: dottedAndNested }),
    })
    .map((draft) => {
      const made = makeRecord(draft, ARRIVAL);
      if (isRejection(made)) throw new Error(made.reason);
      return made;
    });
}
