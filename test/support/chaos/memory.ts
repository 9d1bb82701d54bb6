import { readFile } from 'node:fs/promises';

/** The memory of a process over time, in MB. */
interface MemoryCurve extends Disposable {
  megabytes: number[];
  /** As a line of bars, for people who read a test's output. */
  toString(): string;
}

const BARS = '▁▂▃▄▅▆▇█';

/** Reads the resident set of a process every `everyMs`, until it is disposed. Linux only. */
export function watchMemory(pid: number, everyMs: number): MemoryCurve {
  const megabytes: number[] = [];
  const timer = setInterval(async () => {
    const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(text) ?? [];
    if (kilobytes) megabytes.push(Math.round(Number(kilobytes) / 1024));
  }, everyMs);
  return {
    megabytes,
    toString() {
      const top = Math.max(...megabytes);
      const bars = megabytes.map((mb) => BARS[Math.min(BARS.length - 1, Math.floor((mb / top) * BARS.length))]);
      return `${bars.join('')} ${megabytes[0]} MB at first, ${top} MB at most, ${megabytes.at(-1)} MB at last`;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
