import { expect, test } from 'vitest';
import { dropsIn } from '../../../src/ingest/listeners/kernel-drops.ts';

/** As Linux writes `/proc/net/udp`. */
const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  412: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31337 2 0000000000000000 42
  413: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31338 2 0000000000000000 7
`;

test('the drops of a port are found in the table of Linux', () => {
  expect(dropsIn(TABLE, 5514)).toBe(42);
  expect(dropsIn(TABLE, 9999)).toBe(0);
  expect(dropsIn('', 5514)).toBe(0);
});
