import { describe, expect, test } from 'vitest';
import { parseJson, storableJson } from '../../../src/log/json.ts';
import { arrivalAt, type Draft, isRejection, makeRecord, type NewRecord } from '../../../src/log/record.ts';

const RECEIVED = '2026-11-21T12:00:00.000000Z';
const arrival = arrivalAt(RECEIVED, {
  maxAgeMs: 86_400_000,
  environment: 'production',
  deploymentVersion: 'v7',
  redactor: null,
});
const make = (draft: Draft) => makeRecord(draft, arrival);
const made = (draft: Draft): NewRecord => {
  const record = make(draft);
  if (isRejection(record)) throw new Error(record.reason);
  return record;
};
const code = (draft: Draft): string | null => {
  const record = make(draft);
  return isRejection(record) ? record.code : null;
};

describe('makeRecord', () => {
  test('fills in what the sender leaves out', () => {
    expect(made({ message: 'hello' })).toMatchObject({
      timestamp: RECEIVED,
      receivedAt: RECEIVED,
      severityNumber: 9,
      service: 'unknown_service',
      environment: 'production',
      deploymentVersion: 'v7',
      component: null,
      attributes: {},
      uidGiven: false,
    });
  });

  test('rejects a time that is too old or in the future', () => {
    expect(code({ timestamp: '2026-11-20T11:59:59.999999Z' })).toBe('TOO_OLD');
    expect(code({ timestamp: '2026-11-20T12:00:00.000000Z' })).toBeNull();
    expect(code({ timestamp: '2026-11-21T13:00:00.000000Z' })).toBeNull();
    expect(code({ timestamp: '2026-11-21T13:00:00.000001Z' })).toBe('IN_THE_FUTURE');
  });

  test("accepts a sender's uid only with a timestamp", () => {
    const uid = '0193A1C0-1111-7ABC-8DEF-0123456789AB';
    expect(code({ uid })).toBe('TIMESTAMP_REQUIRED');
    expect(code({ uid: 'mine', timestamp: RECEIVED })).toBe('INVALID_UID');
    expect(made({ uid, timestamp: RECEIVED })).toMatchObject({ uid: uid.toLowerCase(), uidGiven: true });
  });

  test('replaces NUL and lone surrogates everywhere', () => {
    const bad = 'a\0b\ud800c';
    const record = made({ message: bad, component: bad, stackTrace: bad, attributes: { [bad]: [bad] } });
    for (const text of [record.message, record.component, record.stackTrace]) expect(text).toBe('a\ufffdb\ufffdc');
    expect(record.attributes).toEqual({ 'a\ufffdb\ufffdc': ['a\ufffdb\ufffdc'] });
  });

  test('moves text that is too long for an index whole to the attributes', () => {
    const long = 'é'.repeat(513);
    const record = made({
      correlationId: long,
      service: long,
      component: 'é'.repeat(512),
      attributes: { service: 'mine' },
    });
    expect(record).toMatchObject({ correlationId: null, service: 'unknown_service', component: 'é'.repeat(512) });
    expect(record.attributes).toEqual({ service: 'mine', 'weir.service': long, correlationId: long });
    const taken = { service: 'mine', 'weir.service': 'mine too' };
    expect(made({ service: long, attributes: taken }).attributes).toEqual({ ...taken, 'weir.weir.service': long });
  });

  test('rejects JSON that is too deep, attributes that are no object, an unknown severity and a record that is too large', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 65; level++) deep = [deep];
    expect(code({ attributes: { deep } })).toBe('JSON_TOO_DEEP');
    expect(code({ attributes: [1] })).toBe('INVALID_VALUE');
    expect(code({ severityNumber: 25 })).toBe('INVALID_VALUE');
    expect(code({ message: 'x'.repeat(5_000_000) })).toBe('TOO_LARGE');
  });
});

describe('JSON', () => {
  test('keeps a number that a double cannot hold as text', () => {
    expect(parseJson('{"id":12345678901234567890,"x":1e400,"y":-1e400,"n":9007199254740991,"f":0.1}')).toEqual({
      id: '12345678901234567890',
      x: '1e400',
      y: '-1e400',
      n: 9007199254740991,
      f: 0.1,
    });
    expect(storableJson({ big: 2 ** 53, zero: -0, none: Number.POSITIVE_INFINITY })).toEqual({
      big: '9007199254740992',
      zero: 0,
      none: 'Infinity',
    });
  });

  test('treats __proto__ as an ordinary key', () => {
    const stored = storableJson(parseJson('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.keys(stored)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
