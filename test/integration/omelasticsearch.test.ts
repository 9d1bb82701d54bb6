import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackPackages } from '../support/debian-package.ts';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { remove, temporaryFolder, until } from '../support/server.ts';

const rsyslog = unpackPackages('rsyslog', 'rsyslog-elasticsearch');
if (!rsyslog) console.log('skipped: rsyslog-elasticsearch cannot be had as a package of Debian');

/** The configuration that docs/senders.md shows. */
const documented = (): string =>
  /```\n(module\(load="omelasticsearch"\)\n.*?)```/s.exec(readFileSync('docs/senders.md', 'utf8'))![1]!;

test.skipIf(!rsyslog)(
  'rsyslog with omelasticsearch, configured as docs/senders.md says, stores what programs log',
  async () => {
    await using server = await startKeyServer();
    const { key } = await makeKeyIn(server.database, ['INGEST']);
    const folder = await temporaryFolder();
    const { path, libraries, env } = rsyslog!;
    const socket = join(folder, 'log');
    const conf = join(folder, 'rsyslog.conf');
    await mkdir(join(folder, 'work'));
    const actions = documented()
      .replace('weir.example.com:4000', new URL(server.url).host)
      .replace('weir_...', key)
      .replace('/var/log/weir-errors.json', join(folder, 'errors.json'));
    await writeFile(
      conf,
      `global(workDirectory="${join(folder, 'work')}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" CreatePath="on" RateLimit.Interval="0")
${actions}`,
    );
    const args = ['-n', '-f', conf, '-i', join(folder, 'pid'), '-M', join(libraries, 'rsyslog')];
    const child = spawn(path('/usr/sbin/rsyslogd'), args, { env: { ...process.env, ...env }, stdio: 'inherit' });
    try {
      await until(() => existsSync(socket));
      const log = (priority: string, text: string) =>
        execFileSync('logger', ['-u', socket, '-t', 'shop', '-p', priority, text]);
      log('local0.err', 'order "7" failed');
      log('local0.info', 'order 8 placed');
      const stored = () =>
        server.database.sql`select * from system_logs where attributes ->> '_index' = 'syslog' order by ts`;
      await until(async () => (await stored()).length === 2, 20_000, 'both records');
      expect(await stored()).toMatchObject([
        { message: 'order "7" failed', severity_number: 17, component: 'shop', host: expect.any(String) },
        { message: 'order 8 placed', severity_number: 9, component: 'shop' },
      ]);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await remove(folder);
    }
  },
);
