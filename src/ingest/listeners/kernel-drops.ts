import { readFile } from 'node:fs/promises';

/**
 * The datagrams that Linux has dropped at a port, because its receive buffer was full. 0 where that is not known.
 * Format: proc(5), `/proc/net/udp`.
 */
export async function kernelDrops(port: number, isIpv6: boolean): Promise<number> {
  const text = await readFile(`/proc/net/udp${isIpv6 ? '6' : ''}`, 'latin1').catch(() => '');
  return dropsIn(text, port);
}

export function dropsIn(text: string, port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(wanted))
    .reduce((sum, columns) => sum + (Number(columns.at(-1)) || 0), 0);
}
