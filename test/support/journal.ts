/** A field of the Journal Export Format with its length. `length`: a lie. */
export function binaryField(name: string, value: string | Buffer, length?: bigint): Buffer {
  const bytes = Buffer.from(value as string);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), size, bytes, Buffer.from('\n')]);
}

const BOOT = 'b'.repeat(32);

/** A journal in the export format: `count` entries of the unit `UNIT.service`, whose messages have so many bytes more. */
export function journalExport(unit: string, count: number, bytes = 0): Buffer {
  const beginMicros = (Date.now() - 60_000) * 1000;
  const entries = Array.from({ length: count }, (_, number) => {
    const micros = beginMicros + number;
    const fields = {
      __CURSOR: `s=${BOOT};i=${number.toString(16)};b=${BOOT};m=${number};t=${micros.toString(16)};x=${number}`,
      __REALTIME_TIMESTAMP: micros,
      __MONOTONIC_TIMESTAMP: number + 1,
      _BOOT_ID: BOOT,
      PRIORITY: 3,
      _HOSTNAME: 'web1',
      SYSLOG_IDENTIFIER: 'app',
      _SYSTEMD_UNIT: `${unit}.service`,
      _PID: 42,
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`);
    return Buffer.concat([
      Buffer.from(lines.join('')),
      binaryField('MESSAGE', `refused ${number}\nagain${'.'.repeat(bytes)}`),
      Buffer.from('\n'),
    ]);
  });
  return Buffer.concat(entries);
}
