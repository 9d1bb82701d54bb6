import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/log/json.ts';
import { arrivalAt, type Draft, isRejection, makeRecord, type Redactor } from '../../../src/log/record.ts';
import { isCardNumber } from '../../../src/log/redact/card-number.ts';
import { extraPatternProblem } from '../../../src/log/redact/extra-pattern.ts';
import { createRedactor, NO_EXTRAS } from '../../../src/log/redact/redactor.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';
import { seedRecords } from '../../../src/seed/records.ts';
import { type LoghubName, loghubMissing, loghubTruth } from '../../support/loghub.ts';
import { record } from '../../support/records.ts';

const redactor = createRedactor(NO_EXTRAS);

/** Strings that look like secrets are put together here, so that no scanner finds them in this file. */
const letters = (count: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA'.repeat(9).slice(0, count);
const hex = (count: number): string => '0123456789abcdef'.repeat(9).slice(0, count);
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const JWT = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: '1', iat: 1 })}.${letters(43)}`;
const PRIVATE_KEY = `-----BEGIN RSA PRIVATE KEY-----\n${letters(64)}\n${letters(64)}\n-----END RSA PRIVATE KEY-----`;

const SECRETS: [kind: string, secret: string][] = [
  ['aws', `AKIA${'IOSFODNN7EXAMPLE'}`],
  ['github', `ghp_${letters(36)}`],
  ['github', `github_pat_${letters(22)}_${letters(59)}`],
  ['gitlab', `glpat-${letters(20)}`],
  ['slack', `xoxb-${'123456789012'}-${letters(24)}`],
  ['slack', `https://hooks.slack.com/services/${'T00000000'}/B00000000/${letters(24)}`.slice('https://'.length)],
  ['stripe', `sk_live_${letters(24)}`],
  ['stripe', `rk_test_${letters(24)}`],
  ['anthropic', `sk-ant-api03-${letters(93)}-${letters(8)}`],
  ['openai', `sk-proj-${letters(48)}`],
  ['openai', `sk-${letters(48)}`],
  ['google', `AIza${letters(35)}`],
  ['npm', `npm_${letters(36)}`],
  ['sendgrid', `SG.${letters(22)}.${letters(43)}`],
  ['twilio', `SK${hex(32)}`],
  ['weir', `weir_${letters(49)}`],
  ['api-key', `hf_${letters(34)}`],
  ['api-key', `dop_v1_${hex(64)}`],
  ['api-key', `hvs.${letters(24)}`],
  ['api-key', `dapi${hex(32)}`],
  ['jwt', JWT],
  ['private-key', PRIVATE_KEY],
  ['card', '4111111111111111'],
  ['card', '4111 1111 1111 1111'],
  ['card', '5500-0000-0000-0004'],
  ['card', '3782 822463 10005'],
  ['card', '6011000990139424'],
];

const sample = (name: string): string[] =>
  readFileSync(join(import.meta.dirname, '../../support/plain-logs', name), 'utf8')
    .trim()
    .split('\n');

function redact(draft: Draft) {
  const made = record({ ...draft });
  redactor.record(made);
  return made;
}

describe('a secret is replaced by its kind, and counted', () => {
  test.each(SECRETS)('%s: %s', (kind, secret) => {
    const { message, stackTrace, httpPath, httpUserAgent, attributes } = redact({
      message: `using "${secret}", which failed`,
      stackTrace: `Error: ${secret}\n    at main.ts:1`,
      httpPath: `/x/${secret}`,
      httpUserAgent: secret,
      attributes: { a: [{ b: [secret] }], [`x ${secret}`]: 1 },
    });
    expect(message).toBe(`using "[redacted:${kind}]", which failed`);
    expect(stackTrace).toBe(`Error: [redacted:${kind}]\n    at main.ts:1`);
    expect(httpPath).toBe(`/x/[redacted:${kind}]`);
    expect(httpUserAgent).toBe(`[redacted:${kind}]`);
    expect(attributes).toEqual({
      a: [{ b: [`[redacted:${kind}]`] }],
      [`x [redacted:${kind}]`]: 1,
      'weir.redacted': 6,
    });
  });

  test.each([
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: [redacted:authorization]'],
    ["curl -H 'authorization: Bearer abc' http://x/", "curl -H 'authorization: [redacted:authorization]' http://x/"],
    ['{"Authorization":"Token abc","x":1}', '{"Authorization":"[redacted:authorization]","x":1}'],
    ['sent Bearer 0123456789abcdefghij to x', 'sent Bearer [redacted:bearer] to x'],
    ['Set-Cookie: sid=abc; HttpOnly', 'Set-Cookie: [redacted:cookie]'],
    ["{'Cookie': 'sid=abc; b=c'}", "{'Cookie': '[redacted:cookie]'}"],
    ['postgres://app:hunter2@db:5432/x failed', 'postgres://app:[redacted:password]@db:5432/x failed'],
    ['redis://:hunter2@cache', 'redis://:[redacted:password]@cache'],
    ['GET /login?user=a&access_token=abc&x=1', 'GET /login?user=a&access_token=[redacted:accesstoken]&x=1'],
    ['GET /callback#access_token=abc&x=1', 'GET /callback#access_token=[redacted:accesstoken]&x=1'],
    ['password=hunter2&user=a', 'password=[redacted:password]&user=a'],
    ['jdbc:sqlserver://db;user=a;password=hunter2;x=1', 'jdbc:sqlserver://db;user=a;password=[redacted:password];x=1'],
    ['postgres://app:hun@ter2@db/x', 'postgres://app:[redacted:password]@db/x'],
    ['Cookie: a=[redacted:mine]; sid=abc', 'Cookie: [redacted:cookie]'],
    ['body {"user":"a","password": "a\\"b"}', 'body {"user":"a","password": "[redacted:password]"}'],
    ["body {'user': 'a', 'api_key': 'x'}", "body {'user': 'a', 'api_key': '[redacted:apikey]'}"],
    ['"{\\"clientSecret\\":\\"abc\\"}"', '"{\\"clientSecret\\":\\"[redacted:clientsecret]\\"}"'],
    ['{"password":"cut off he', '{"password":"[redacted:password]'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', '[redacted:private-key]'],
  ])('in text: %s', (message, expected) => {
    expect(redact({ message })).toMatchObject({ message: expected, attributes: { 'weir.redacted': 1 } });
  });

  test('the text value of a key that is a secret by its name, in any spelling, also in lists', () => {
    const { attributes } = redact({
      attributes: {
        password: 'a',
        'API-Key': 'b',
        client_secret: 'c',
        req: { headers: { 'set-cookie': ['d', 'e'], authorization: 'f' } },
        token: { id: 'g' },
        secret: 7,
        passwd: '',
        list: [
          { name: 'Cookie', value: 'h' },
          { key: 'api_key', value: ['i'] },
          { name: 'age', value: 'j' },
        ],
      },
    });
    expect(attributes).toEqual({
      password: '[redacted:password]',
      'API-Key': '[redacted:apikey]',
      client_secret: '[redacted:clientsecret]',
      req: {
        headers: {
          'set-cookie': ['[redacted:setcookie]', '[redacted:setcookie]'],
          authorization: '[redacted:authorization]',
        },
      },
      token: { id: 'g' },
      secret: 7,
      passwd: '',
      list: [
        { name: 'Cookie', value: '[redacted:cookie]' },
        { key: 'api_key', value: ['[redacted:apikey]'] },
        { name: 'age', value: 'j' },
      ],
      'weir.redacted': 8,
    });
  });

  test('a record that comes again, as a dead letter that is imported, stays the same', () => {
    const once = redact({ message: `postgres://a:b@c ${JWT}`, attributes: { password: 'x' } });
    const again = redact({ message: once.message, attributes: structuredClone(once.attributes) });
    expect(again).toMatchObject({ message: once.message, attributes: once.attributes });
  });

  test("the count replaces what a sender wrote under its name, and keeps the sender's beside it", () => {
    expect(redact({ attributes: { 'weir.redacted': 'x', password: 'y' } }).attributes).toEqual({
      password: '[redacted:password]',
      'weir.redacted': 1,
      'weir.weir.redacted': 'x',
    });
  });
});

describe('what is no secret passes unchanged', () => {
  const unchanged = (draft: Draft): void => {
    const before = record(structuredClone(draft));
    const after = record(structuredClone(draft));
    redactor.record(after);
    expect({ ...after, uid: '' }).toEqual({ ...before, uid: '' });
  };

  test('keys whose name only contains a secret one, and values that are no text', () => {
    unchanged({
      message: 'a token was refused: token=Token{a64f992 ActivityRecord}; password=',
      attributes: { prompt_tokens: 'many', max_tokens: 5, token_count: 'x', passwordResetAt: 'now', cookies: 'off' },
    });
  });

  test('names that end like the prefix of a key', () => {
    unchanged({ message: `read cache-key-${hex(32)}, wrote idempotency_key-${hex(32)}` });
  });

  test('ids: UUIDs, ULIDs, snowflakes, hashes and times, alone and in text', () => {
    for (let i = 0; i < 500; i++) {
      const digits = String(BigInt(`0x${randomBytes(8).toString('hex')}`) >> 1n);
      const ids = [
        randomUUID(),
        randomUUID().replace(/[a-f]/g, '4'),
        `01${randomBytes(15).toString('hex').toUpperCase().slice(0, 24)}`,
        digits.padStart(19, '4').slice(-19),
        digits.slice(0, 18),
        digits.slice(0, 17),
        randomBytes(16).toString('hex'),
        randomBytes(20).toString('hex'),
        String(1_764_000_000_000 + i * 7919),
        String(1_764_000_000_000_000 + i * 7919),
        String(1_764_000_000_000_000_000n + BigInt(i) * 7919n),
        String(Math.random()),
      ];
      unchanged({ message: `took ${ids.join(' ')}`, attributes: Object.fromEntries(ids.map((id) => [`k${id}`, id])) });
    }
  });

  test('numbers of JSON, whatever their digits', () => {
    unchanged({
      message: 'got {"card": 4111111111111111}',
      attributes: { id: 4111111111111111, n: [4111111111111111] },
    });
  });

  test.each([
    '4111111111111112',
    'x4111111111111111',
    '41111111111111110',
    '0.4111111111111111',
    '4111-1111-11111111',
    '12345678-4111-1111-1111-111111111111',
  ])('digits that are no card number: %s', (text) => unchanged({ message: `paid ${text} today` }));

  test.each([
    'task-scheduler-worker-7d9f8b6c5d',
    'sk-learn-pipeline-stage-2-of-17-eu-west',
    'http://localhost:8080/path@v2',
    'git@github.com:weir/weir.git',
    'authorization: user 17 is not permitted',
    'the cookie: none',
    'npm_config_registry',
    'Bearer of bad news arrived',
    'eyJust.kidding.here',
    'GET /search?q=token&page=2',
  ])('text with some characters of a secret: %s', (message) => unchanged({ message, httpPath: message }));

  test('ids are never changed', () => {
    const secret = `ghp_${letters(36)}`;
    const made = redact({ correlationId: secret, traceId: secret, spanId: secret, userId: secret, pipelineId: secret });
    expect(made).toMatchObject({ correlationId: secret, traceId: secret, spanId: secret, userId: secret });
  });

  test('the records of `weir seed`', () => {
    const arrival = arrivalAt('2026-11-21T12:00:00.000000Z', {
      maxAgeMs: 1e12,
      environment: null,
      deploymentVersion: null,
      redactor: null,
    });
    for (const made of seedRecords({ rows: 5000, days: 1, seed: 3, until: arrival.receivedAt }, arrival)) {
      if (isRejection(made)) throw new Error(made.reason);
      const before = structuredClone(made);
      redactor.record(made);
      expect(made).toEqual(before);
    }
  });

  test('records and log lines of others: a sample in the repository', () => {
    for (const line of sample('neutral.ndjson')) unchanged(draftFromJson(JSON.parse(line)));
    for (const line of [...sample('neutral.ndjson'), ...sample('loghub.log')]) expect(redactor.text(line)).toBe(line);
  });

  test.skipIf(loghubMissing).each<LoghubName>(['Android', 'Apache', 'HDFS', 'OpenSSH', 'Zookeeper'])(
    'the lines of %s',
    (name) => {
      for (const row of loghubTruth(name)) expect(redactor.text(row.Content)).toBe(row.Content);
    },
  );
});

test('issuers, lengths and check digits of card numbers', () => {
  const cards = '4242424242424242 5555555555554444 2223003122003222 378282246310005 6011111111111117 30569309025904';
  for (const card of `${cards} 3566002020360505 6200000000000005`.split(' '))
    expect([card, isCardNumber(card)]).toEqual([card, true]);
  for (const other of ['1764000000000000', '4242424242424241', '42424242424242', '9111111111111111'])
    expect([other, isCardNumber(other)]).toEqual([other, false]);
});

describe('settings', () => {
  test('more patterns and keys, and keys that are none', () => {
    const own = createRedactor({ patterns: ['EMP-(\\d)\\d{5}'], keys: ['ssn'], publicKeys: ['to-ken'] });
    const made = record({ message: 'EMP-123456 left', attributes: { SSN: '1', token: 'page 2' } });
    own.record(made);
    expect(made).toMatchObject({
      message: '[redacted:pattern] left',
      attributes: { SSN: '[redacted:ssn]', token: 'page 2', 'weir.redacted': 2 },
    });
  });

  test.each([
    ['(a+)+$', /backtracks/],
    ['\\s+x', /backtracks/],
    ['a*', /empty/],
    ['(', /Invalid|Unterminated/],
    ['(?<=x)y', /syntax/],
    ['(?:(?:a{1,999}){1,999}){1,999}b', /large/],
  ])('a pattern is not taken: %s', (source, problem) => {
    expect(extraPatternProblem(source)).toMatch(problem);
  });

  test('a pattern whose time grows with the text alone is taken', () => {
    expect(extraPatternProblem('\\bEMP-\\d{6}\\b')).toBeUndefined();
  });
});

describe('makeRecord', () => {
  const arrivalWith = (used: Redactor) =>
    arrivalAt('2026-11-21T12:00:00.000000Z', {
      maxAgeMs: 1e12,
      environment: null,
      deploymentVersion: null,
      redactor: used,
    });

  test('rejects a record whose redaction fails, and says nothing of the record', () => {
    const broken: Redactor = {
      record: () => {
        throw new RangeError('about hunter2');
      },
      text: (text) => text,
      pairs: null,
      isPlainName: () => true,
    };
    const made = makeRecord({ message: 'hunter2' }, arrivalWith(broken));
    expect(made).toEqual({ at: 0, code: 'NOT_REDACTED', reason: expect.not.stringContaining('hunter2') });
  });

  test('gives a reason without secrets: it is kept beside the idempotency key', () => {
    const made = makeRecord({ message: 'x', attributes: `ghp_${letters(36)}` }, arrivalWith(redactor));
    expect(made).toMatchObject({ code: 'INVALID_VALUE', reason: expect.stringContaining('[redacted:github]') });
  });

  test('redacts the deepest attributes that a record may have', () => {
    let deep: JsonObject = { password: 'hunter2' };
    for (let i = 0; i < 60; i++) deep = { deep };
    expect(JSON.stringify(makeRecord({ message: '', attributes: deep }, arrivalWith(redactor)))).not.toContain(
      'hunter2',
    );
  });
});
