import { expect } from 'vitest';
import { countStored, NOTHING_WRONG, shown } from './count.ts';
import type { Sent } from './sender.ts';

/** Every record that was sent is stored, acknowledged or not: once, and in its sender's order. */
export async function expectAllStored(databaseUrl: string, sent: Sent[]): Promise<void> {
  const count = await countStored(databaseUrl, sent);
  expect(shown(count)).toEqual(NOTHING_WRONG);
  expect(count.stored).toBe(count.sent);
  expect(count.outOfOrder).toEqual([]);
}
