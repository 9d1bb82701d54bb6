import { Command } from 'commander';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { startServer } from '../server.ts';
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

async function serve(stop: AbortSignal): Promise<void> {
  const config = loadConfig(process.env);
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  await using server = await startServer(config, log);
  console.log(greeting(server.url, server.embedded, config.dataDir));
  const failure = await Promise.race([aborted(stop), server.failed]);
  console.log('Closing: accepted records are stored first.');
  if (failure) throw failure;
}

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

const greeting = (url: string, embedded: keyof typeof DATABASE, dataDir: string): string => `
Weir is ready, on ${DATABASE[embedded]}${embedded === 'none' ? '' : ` under ${dataDir}`}.

  GraphiQL        ${url}/graphql
  Send a record   curl ${url}/ingest -H 'content-type: application/json' -d '{"level":"info","message":"hello, weir"}'
  Follow          ${weirCommand()} tail${url === DEFAULT_URL ? '' : ` --url ${url}`}
`;
