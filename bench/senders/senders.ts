import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scrape } from '../../test/support/metrics.ts';
import { freePort } from '../../test/support/port.ts';
import { until } from '../../test/support/server.ts';
import { perSecond, quantile } from '../measure.ts';
import type { Setting } from '../setting.ts';
import { BODIES, HTTP_PROTOCOLS, RECORDS, SOCKET_PROTOCOLS } from './protocols.ts';

const INGEST = '/ingest, NDJSON';
const TARGETS: Readonly<Record<string, string>> = { 'OTLP/HTTP, protobuf': ' (target: 0.80 or more)' };
const ROUNDS = 3;
/** Clock ticks a second, of which the kernel counts CPU time. */
const TICKS = 100;

interface Figure {
  perSecond: number;
  cpuMicros: number;
}

/** Records a second by each protocol, and the server's CPU for a record, beside `POST /ingest` of the same records. */
export async function benchSenders(setting: Setting): Promise<void> {
  const names = [...Object.keys(HTTP_PROTOCOLS), ...Object.keys(SOCKET_PROTOCOLS)];
  const figures = new Map(names.map((name): [string, Figure[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) figures.get(name)!.push(await figureOf(setting, name));
  }
  const base = medianOf(figures.get(INGEST)!);
  for (const [name, found] of figures) {
    const { perSecond: rate, cpuMicros } = medianOf(found);
    console.log(
      `${name.padEnd(24)} ${perSecond(rate).padStart(18)}   ${cpuMicros.toFixed(1).padStart(6)} us CPU a record   ` +
        `${(rate / base.perSecond).toFixed(2)} of /ingest${TARGETS[name] ?? ''}`,
    );
  }
}

const medianOf = (figures: readonly Figure[]): Figure => ({
  perSecond: quantile(figures.map((figure) => figure.perSecond)),
  cpuMicros: quantile(figures.map((figure) => figure.cpuMicros)),
});

async function figureOf(setting: Setting, name: string): Promise<Figure> {
  const socket = SOCKET_PROTOCOLS[name];
  const port = socket ? await freePort() : undefined;
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url, socket ? { [socket.setting]: String(port) } : {});
  const client = fork(join(import.meta.dirname, 'client.ts'), [server.url, name, ...(port ? [String(port)] : [])]);
  await once(client, 'message');
  const before = await cpuMicros(server.process.pid!);
  const started = performance.now();
  client.send('go');
  await once(client, 'message');
  const total = BODIES * RECORDS;
  // A socket is not answered: what is stored says when all is done.
  if (socket)
    await until(
      async () => (await scrape(server.url)).get(`weir_ingest_records_total{protocol="${socket.label}"}`) === total,
      60_000,
    );
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: total / seconds, cpuMicros: ((await cpuMicros(server.process.pid!)) - before) / total };
}

/** User and system time of a process: `proc_pid_stat(5)`, fields 14 and 15. */
async function cpuMicros(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6;
}
