import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { createGate, type Gate } from '../../../src/http/gate.ts';

const RIGHT_KEY = 'weir_right';

function gateOf(lines: string[] = []): Gate {
  const log = pino({}, { write: (line) => void lines.push(line) });
  const holder = { ...ANYONE, apiKey: { id: '1', name: 'a', prefix: 'weir_a' } };
  const find = async (key: string) => (key === RIGHT_KEY ? holder : undefined);
  return createGate('required', { find, findSession: async () => undefined }, { read: () => [] }, log);
}

async function codeOf(gate: Gate, key: string, address: string): Promise<string | undefined> {
  const header = (name: string): string | null => (name === 'x-api-key' ? key : null);
  const identity = await gate.identify({ header, headerNames: [], address, takesSession: false });
  try {
    gate.admit(identity, 'READ', '/');
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('too many wrong keys of one address are 429, and neither a right key nor another address is refused for them', async () => {
  const gate = gateOf();
  for (let attempt = 0; attempt < 1000; attempt++) {
    expect(await codeOf(gate, 'weir_wrong', '192.0.2.1')).toBe('UNAUTHENTICATED');
  }
  expect(await codeOf(gate, 'weir_wrong', '192.0.2.1')).toBe('TOO_MANY_ATTEMPTS');
  expect(await codeOf(gate, RIGHT_KEY, '192.0.2.1')).toBeUndefined();
  expect(await codeOf(gate, 'weir_wrong', '192.0.2.2')).toBe('UNAUTHENTICATED');
});

test('the addresses of one IPv6 network are one client', async () => {
  const gate = gateOf();
  for (let attempt = 0; attempt < 1000; attempt++)
    await codeOf(gate, 'weir_wrong', `2001:db8::${attempt.toString(16)}`);
  expect(await codeOf(gate, 'weir_wrong', '2001:db8::1:1')).toBe('TOO_MANY_ATTEMPTS');
});

test('wrong keys are one line in the log for each minute, with counts and without a key', async () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const gate = gateOf(lines);
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) await codeOf(gate, 'weir_secret', address);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { attempts: 3, addresses: 2, most: ['192.0.2.1', 2], msg: expect.stringContaining('wrong API keys') },
    ]);
    expect(lines.join()).not.toContain('weir_secret');
  } finally {
    vi.useRealTimers();
  }
});
