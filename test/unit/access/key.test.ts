import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, isKey, keyOf, makeKey, prefixOf } from '../../../src/access/key.ts';

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('every secret becomes a key of 54 characters that is known as a key, and two secrets never the same one', () => {
  fc.assert(
    fc.property(secrets, secrets, (a, b) => {
      expect(keyOf(a)).toMatch(/^weir_[0-9A-Za-z]{49}$/);
      expect(isKey(keyOf(a))).toBe(true);
      expect(keyOf(a) === keyOf(b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
    }),
  );
  expect(keyOf(new Uint8Array(32))).toMatch(/^weir_0{43}/);
  expect(isKey(keyOf(new Uint8Array(32).fill(255)))).toBe(true);
});

test('a key with one other character, two exchanged ones, or one more or less is none', () => {
  const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  fc.assert(
    fc.property(secrets, fc.nat(53), fc.constantFrom(...DIGITS), (secret, at, digit) => {
      const key = keyOf(secret);
      const changed = key.slice(0, at) + digit + key.slice(at + 1);
      expect(isKey(changed)).toBe(changed === key);
      const exchanged = key.slice(0, at) + (key[at + 1] ?? '') + key[at] + key.slice(at + 2);
      expect(isKey(exchanged)).toBe(exchanged === key);
      expect(isKey(key.slice(0, at) + key.slice(at + 1))).toBe(false);
      expect(isKey(key.slice(0, at) + digit + key.slice(at))).toBe(false);
    }),
  );
  for (const text of ['', 'weir_', `${makeKey()}\n`, ` ${makeKey()}`]) expect(isKey(text)).toBe(false);
});

test('keys are random, and neither the hash nor the shown prefix has the key', () => {
  const keys = Array.from({ length: 1000 }, makeKey);
  expect(new Set(keys).size).toBe(1000);
  const key = keys[0]!;
  expect(hashOf(key)).toMatch(/^[0-9a-f]{64}$/);
  expect([prefixOf(key).length, key.startsWith(prefixOf(key))]).toEqual([11, true]);
});
