import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CursorInvalid } from '../../../src/errors.ts';
import {
  decodeChainCursor,
  decodeLogId,
  decodePageCursor,
  decodeTailCursor,
  encodeChainCursor,
  encodeLogId,
  encodePageCursor,
  encodeTailCursor,
} from '../../../src/log/cursor.ts';
import { timestampFromMicros } from '../../../src/log/time.ts';
import { newUid, parseUid, uidsOfEntry } from '../../../src/log/uid.ts';

test('uids are UUIDv7, and each is greater than the one before', () => {
  const uids = Array.from({ length: 100_000 }, newUid);
  for (const uid of uids) expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uids.toSorted()).toEqual(uids);
  expect(new Set(uids).size).toBe(uids.length);
  const ms = Number.parseInt(uids[0]!.replace('-', '').slice(0, 12), 16);
  expect(Math.abs(ms - Date.now())).toBeLessThan(3_600_000);
});

test("a sender's uid is rewritten as Postgres prints it, or rejected", () => {
  expect(parseUid('0193A1C0-1111-7ABC-8DEF-0123456789AB')).toBe('0193a1c0-1111-7abc-8def-0123456789ab');
  expect(parseUid('0193a1c011117abc8def0123456789ab')).toBeUndefined();
});

const entryId = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

test('the uid of a queue entry is a UUIDv7 that follows from the entry alone', () => {
  fc.assert(
    fc.property(entryId, fc.string(), fc.nat(), ([ms, sequence], content, place) => {
      const uid = uidsOfEntry(`${ms}-${sequence}`, content)(place);
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(uidsOfEntry(`${ms}-${sequence}`, content)(place)).toBe(uid);
    }),
  );
  expect(uidsOfEntry('1795291200731-0', 'x')(0).slice(0, 13)).toBe('01a1ffb1-bcdb');
  expect(() => uidsOfEntry('1795291200731', 'x')).toThrow('expected the id of a stream entry, got 1795291200731');
});

test('uids of queue entries keep the order of entries and of their records, and any difference in the entry changes them', () => {
  const uids = [0, 1, 2].flatMap((ms) =>
    [0, 1, 7, 100_000].flatMap((sequence) =>
      [0, 1, 2, 60_000].map((place) => uidsOfEntry(`${1_795_291_200_000 + ms}-${sequence}`, 'same')(place)),
    ),
  );
  expect(uids.toSorted()).toEqual(uids);
  const beyond = [2 ** 18, 2 ** 30].flatMap((sequence) =>
    [2 ** 16, 2 ** 16 + 1].map((place) => uidsOfEntry(`1-${sequence}`, 'same')(place)),
  );
  const other = uidsOfEntry('1795291200000-0', 'of another Redis')(0);
  expect(new Set([...uids, ...beyond, other]).size).toBe(uids.length + beyond.length + 1);
});

const position = fc.record({
  timestamp: fc
    .bigInt({ min: -62135596800000000n, max: 253402300799999999n })
    .map((micros) => timestampFromMicros(micros)!),
  uid: fc.uuid(),
});

test('ids and cursors are unchanged after they are encoded and decoded', () => {
  fc.assert(
    fc.property(position, fc.nat(), fc.nat(), fc.string({ minLength: 1 }), (place, seq, batchId, text) => {
      const correlationId = text.toWellFormed();
      expect(decodeLogId(encodeLogId(place))).toEqual(place);
      expect(decodePageCursor(encodePageCursor(place), 'after')).toEqual(place);
      for (const after of [null, place]) {
        expect(decodeTailCursor(encodeTailCursor({ seq, batchId, after }))).toEqual({ seq, batchId, after });
      }
      const chain = { timestamp: place.timestamp, correlationId };
      expect(decodeChainCursor(encodeChainCursor(chain), 'after')).toEqual(chain);
    }),
  );
});

test('any text that is not a cursor of the expected kind is rejected', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), position.map(encodeLogId)), (text) => {
      expect(() => decodePageCursor(text, 'after')).toThrow(CursorInvalid);
      expect(() => decodeTailCursor(text)).toThrow(CursorInvalid);
      expect(() => decodeChainCursor(text, 'after')).toThrow(CursorInvalid);
    }),
  );
  for (const far of [-1, Number.MAX_SAFE_INTEGER + 1]) {
    expect(() => decodeTailCursor(encodeTailCursor({ seq: far, batchId: 1, after: null }))).toThrow(CursorInvalid);
    expect(() => decodeTailCursor(encodeTailCursor({ seq: 1, batchId: far, after: null }))).toThrow(CursorInvalid);
  }
  expect(decodeLogId(`${encodeLogId({ timestamp: '2026-01-01T00:00:00.000000Z', uid: newUid() })}A`)).toBeUndefined();
});
