import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Logger, pino } from 'pino';
import { type Config, loadConfig } from '../config.ts';
import { clusterFolder } from '../db/embedded/cluster.ts';
import type { FirstKey } from '../db/keys/first-key.ts';
import { isLoopback } from '../http/host.ts';
import { createLogger } from '../logger.ts';
import { secretsOf } from '../secrets.ts';
import { type Server, startServer } from '../server.ts';
import { namingDataDir } from './data-dir-problem.ts';
import { DEFAULT_URL, examples } from './options.ts';
import { weirCommand } from './weir-command.ts';

/** `stop` asks for an orderly end: accepted records are stored first. */
export const serveCommand = (stop: AbortSignal): Command =>
  new Command('serve')
    .description(
      'Run the server. Its settings come from the environment or a file `.env`: docs/settings.md lists them.',
    )
    .addHelpText('after', examples('weir serve', 'PORT=4001 DATA_DIR=/var/lib/weir weir serve'))
    .action(() => serve(stop));

/** Settings that are API keys. */
const KEYS = ['WEIR_ADMIN_KEY', 'SYSLOG_KEY', 'GELF_KEY', 'FORWARD_KEY'];

async function serve(stop: AbortSignal): Promise<void> {
  const config = loadConfig(process.env);
  const secrets = [
    ...secretsOf([
      ...[config.logsDatabaseUrl, config.redisUrl, process.env.DATABASE_URL],
      config.alerts.mailServer?.url,
    ]),
    ...KEYS.flatMap((name) => process.env[name]?.trim() || []),
  ];
  const log = createLogger(config.logLevel, secrets, pino.destination({ dest: 2, sync: true }));
  if (config.logsDatabaseUrl === null && !existsSync(clusterFolder(config.dataDir))) {
    console.log(`Making the database under ${config.dataDir}, once: this takes some seconds.`);
  }
  await using server = await start(config, log);
  console.log(greeting(server, config));
  const failure = await Promise.race([aborted(stop), server.failed]);
  console.log('Closing: accepted records are stored first.');
  if (failure) throw failure;
}

const start = (config: Config, log: Logger): Promise<Server> =>
  startServer(config, log).catch((error) => {
    throw namingDataDir(error, config.dataDir);
  });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const DATABASE = {
  none: 'the database of LOGS_DATABASE_URL',
  started: 'an embedded PostgreSQL',
  'taken over': 'the embedded PostgreSQL that was still running',
};

const greeting = (server: Server, { host, dataDir }: Config): string => {
  const { url, embedded, auth } = server;
  const key = auth === 'required' ? ` -H "Authorization: Bearer $WEIR_API_KEY"` : '';
  return `
Weir is ready, on ${DATABASE[embedded]}${embedded === 'none' ? '' : ` under ${dataDir}`}.

  The page        ${url}
  GraphiQL        ${url}/graphql
  Send a record   curl ${url}/ingest${key} -H 'content-type: application/json' -d '{"level":"info","message":"hello, weir"}'
  Follow          ${weirCommand()} tail${urlOption(url)}
${aboutKeys(server, host)}`;
};

const urlOption = (url: string): string => (url === DEFAULT_URL ? '' : ` --url ${url}`);

function aboutKeys({ url, auth, firstKey }: Server, host: string): string {
  if (auth === 'loopback') {
    return `
  No API key is needed: only programs of this machine reach the server. AUTH=required asks for keys here too.
`;
  }
  if (auth === 'off') return isLoopback(host) ? '' : openWarning(host);
  return `
  API keys are required: docs/security.md.${firstKey === null ? '' : firstKeySaid(firstKey, url)}
`;
}

const firstKeySaid = ({ host, file }: FirstKey, url: string): string => `
  The first one has the right ADMIN. It is on the host ${host}, in the file
    ${file}
  Make your own key with it, and the file is removed:
    WEIR_API_KEY=$(cat '${file}') ${weirCommand()} keys create --name me --right admin${urlOption(url)}`;

const openWarning = (host: string): string => `
  WARNING: HOST is ${host}, and AUTH=off: everyone who reaches this machine over the network can read, store and
  delete all records. Unset AUTH to ask for keys, or allow only trusted machines by a firewall.
`;
