import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DebianPackages, unpackPackages } from './debian-package.ts';
import { freePort } from './port.ts';
import { temporaryFolder, until } from './server.ts';

const rsyslog = unpackPackages('rsyslog', 'rsyslog-openssl');
const syslogNg = unpackPackages('syslog-ng-core');
const nginx = unpackPackages('nginx');

const why = (name: string, there: unknown): string | undefined =>
  there ? undefined : `${name} cannot be had as a package of Debian`;
/** Why tests that need them are skipped; undefined where they are there. */
export const rsyslogMissing = why('rsyslog', rsyslog);
export const syslogNgMissing = why('syslog-ng', syslogNg);
export const nginxMissing = why('nginx', nginx);

export interface Daemon extends AsyncDisposable {
  /** Where local programs log: `logger -u`. */
  socket: string;
  said(): string;
}

/** A real rsyslogd that takes messages from a socket. `actions`: where it sends them, in its configuration's language. */
export async function startRsyslog(actions: (folder: string) => string): Promise<Daemon> {
  const { path, libraries, env } = rsyslog!;
  const folder = await temporaryFolder();
  const socket = join(folder, 'log');
  const conf = join(folder, 'rsyslog.conf');
  await mkdir(join(folder, 'work'));
  await writeFile(
    conf,
    `global(workDirectory="${join(folder, 'work')}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" CreatePath="on" RateLimit.Interval="0")
${actions(folder)}
`,
  );
  const args = ['-n', '-f', conf, '-i', join(folder, 'pid'), '-M', join(libraries, 'rsyslog')];
  return daemon(path('/usr/sbin/rsyslogd'), args, env, socket);
}

/** A real syslog-ng. `destination`: where it sends them. */
export async function startSyslogNg(destination: string): Promise<Daemon> {
  const { path, env } = syslogNg!;
  const folder = await temporaryFolder();
  const socket = join(folder, 'log');
  const conf = join(folder, 'syslog-ng.conf');
  await writeFile(
    conf,
    `@version: 3.35
options { keep-hostname(yes); };
source local { unix-dgram("${socket}"); };
destination weir { ${destination} };
log { source(local); destination(weir); };
`,
  );
  const files = ['--persist-file', '--pidfile', '--control'].flatMap((option) => [
    option,
    join(folder, option.slice(2)),
  ]);
  const modules = ['--module-path', path('/usr/lib/syslog-ng/3.38')];
  return daemon(path('/usr/sbin/syslog-ng'), ['-F', '-f', conf, '--no-caps', ...files, ...modules], env, socket);
}

/** A real nginx that answers any path with its last part as status. */
export async function startNginx(http: string): Promise<AsyncDisposable & { url: string }> {
  const { path, env } = nginx!;
  const folder = await temporaryFolder();
  const port = await freePort();
  const conf = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    conf,
    `daemon off;
pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')};
events {}
http {
  ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    ${http}
    location / { return 502; }
  }
}
`,
  );
  const started = spawnDaemon(
    path('/usr/sbin/nginx'),
    ['-p', folder, '-c', conf, '-e', join(folder, 'error.log')],
    env,
  );
  const url = `http://127.0.0.1:${port}`;
  await until(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    10_000,
    'nginx answers',
  );
  return { url, [Symbol.asyncDispose]: started.end };
}

async function daemon(program: string, args: string[], env: DebianPackages['env'], socket: string): Promise<Daemon> {
  const { child, said, end } = spawnDaemon(program, args, env);
  const { existsSync } = await import('node:fs');
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${said()}`);
      return existsSync(socket);
    },
    10_000,
    `${program} listens`,
  );
  return { socket, said, [Symbol.asyncDispose]: end };
}

function spawnDaemon(program: string, args: string[], env: DebianPackages['env']) {
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk));
  return {
    child,
    said: () => text,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
