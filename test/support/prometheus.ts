import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './port.ts';
import { findProgram } from './program.ts';
import { until } from './server.ts';

const PACKAGE = 'prometheus';
const programs = [findProgram('prometheus', PACKAGE), findProgram('promtool', PACKAGE)];

/** Why tests that need Prometheus and its promtool are skipped; undefined where they are there. */
export const prometheusMissing: string | undefined = programs.every(Boolean)
  ? undefined
  : 'prometheus is missing: `sudo apt-get install prometheus` (Debian, Ubuntu), `brew install prometheus` (macOS)';

interface Prometheus extends AsyncDisposable {
  /** The values of a query, by the labels of each series; undefined labels of the scrape itself are left out. */
  query(promql: string): Promise<{ labels: Record<string, string>; value: number }[]>;
}

const SCRAPE_EVERY = '200ms';

/** A real Prometheus that scrapes a server, in a folder of its own. */
export async function startPrometheus(folder: string, serverUrl: string): Promise<Prometheus> {
  await mkdir(folder, { recursive: true });
  const config = {
    global: { scrape_interval: SCRAPE_EVERY },
    scrape_configs: [{ job_name: 'weir', static_configs: [{ targets: [new URL(serverUrl).host] }] }],
  };
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const port = await freePort();
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const server = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, 30_000, 'Prometheus is ready');
  return {
    async query(promql) {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`);
      const { data } = (await response.json()) as Answer;
      return data.result.map(({ metric: { job, instance, __name__, ...labels }, value: [, value] }) => ({
        labels,
        value: Number(value),
      }));
    },
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
  };
}

interface Answer {
  data: { result: { metric: Record<string, string>; value: [at: number, value: string] }[] };
}

/** What `promtool` says of a text on its stdin, or of a file. Empty: no fault. */
export function promtool(args: string[], input = ''): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile('promtool', args, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr }),
    );
    child.stdin!.end(input);
  });
}
