#!/usr/bin/env node
// `bin/weir.cjs` starts this. It stays executable: in a clone that ran `npx weir` at 0.1.0, npx has kept a link to this file.
import { existsSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command } from 'commander';
import { isReaderGone } from './cli/terminal/sink.ts';
import { hideSecrets, secretsOf, shownError } from './secrets.ts';
import { VERSION } from './version.ts';

/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;
/**
 * npm repeats the SIGINT that a terminal sends to the whole group, and so does a supervisor that signals a group. A signal that
 * comes so soon after the first is the same request.
 */
const SAME_REQUEST_MS = 2000;
/** The time a command has to end after a signal. Then the process exits, even if a peer still has not responded. */
const ENDING_MS_MAX = 9500;

type Make = (stop: AbortSignal) => Command;

/** A command's module is loaded only if the user typed that command. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Make> }> = {
  serve: { summary: 'Run the server.', load: async () => (await import('./cli/serve.ts')).serveCommand },
  import: {
    summary: 'Store the records of a log file.',
    load: async () => (await import('./cli/import.ts')).importCommand,
  },
  tail: {
    summary: 'Follow records as they are stored.',
    load: async () => (await import('./cli/tail.ts')).tailCommand,
  },
  query: { summary: 'Show stored records.', load: async () => (await import('./cli/query.ts')).queryCommand },
  llm: {
    summary: 'Show what model calls cost, their tokens and durations.',
    load: async () => (await import('./cli/llm.ts')).llmCommand,
  },
  patterns: {
    summary: 'Show what messages say, without what varies.',
    load: async () => (await import('./cli/patterns.ts')).patternsCommand,
  },
  runs: {
    summary: 'Show how far long operations are.',
    load: async () => (await import('./cli/runs.ts')).runsCommand,
  },
  alerts: {
    summary: 'Show the alerts and their states, and send a trial.',
    load: async () => (await import('./cli/alerts.ts')).alertsCommand,
  },
  status: {
    summary: 'Show the health of the server and what it stores.',
    load: async () => (await import('./cli/status.ts')).statusCommand,
  },
  mcp: {
    summary: 'Let an assistant on this machine read logs (MCP over stdio).',
    load: async () => (await import('./cli/mcp.ts')).mcpCommand,
  },
  login: {
    summary: 'Save an API key for the other commands.',
    load: async () => (await import('./cli/login.ts')).loginCommand,
  },
  keys: {
    summary: 'Make, list and revoke API keys.',
    load: async () => (await import('./cli/keys.ts')).keysCommand,
  },
  audit: {
    summary: 'Show what the holders of ADMIN keys did.',
    load: async () => (await import('./cli/audit.ts')).auditCommand,
  },
  migrate: {
    summary: 'Bring the logs database to the newest schema.',
    load: async () => (await import('./cli/migrate.ts')).migrateCommand,
  },
  seed: {
    summary: 'Store generated records for trials.',
    load: async () => (await import('./cli/seed.ts')).seedCommand,
  },
  cleanup: {
    summary: 'Delete old records permanently.',
    load: async () => (await import('./cli/cleanup.ts')).cleanupCommand,
  },
  archive: {
    summary: 'Ask, copy and bring back archived records (Parquet files).',
    load: async () => (await import('./cli/archive.ts')).archiveCommand,
  },
};

async function program(words: readonly string[], stop: AbortSignal): Promise<Command> {
  const weir = new Command('weir')
    .description('A log server: records in over HTTP, kept in Postgres, answered as GraphQL with live tails.')
    .version(VERSION)
    // `weir alerts test --url URL`: "alerts" must not take the options of "test".
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'weir: ')) })
    .addHelpText('after', '\n`weir <command> --help` has examples.');
  const typed = words.find((word) => Object.hasOwn(COMMANDS, word));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    if (name === typed) {
      const command = (await load())(stop).summary(summary).copyInheritedSettings(weir);
      for (const below of command.commands) below.copyInheritedSettings(weir);
      weir.addCommand(command);
    } else weir.command(name).summary(summary);
  }
  return weir;
}

/** The first signal asks the command to end in order. A later, deliberate one, or ENDING_MS_MAX, ends the process. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  let stoppedAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        if (performance.now() - stoppedAt <= SAME_REQUEST_MS) return;
        console.error(`Ended at once by another ${signal}.`);
        process.exit(INTERRUPTED);
      }
      stoppedAt = performance.now();
      stop.abort();
      setTimeout(() => process.exit(), ENDING_MS_MAX).unref();
    });
  }
  return stop.signal;
}

/** A reader of stdout that has gone does not end the process here: a server continues, `weir tail | head` ends itself. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isReaderGone(error)) throw error;
    });
  }
}

/** Reads settings from the current folder. Variables of the environment have precedence. */
function readDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile();
}

/** No output has a key, or a password of a URL, of the environment. */
const withoutSecrets = (text: string): string =>
  hideSecrets(text, [
    ...secretsOf(['LOGS_DATABASE_URL', 'DATABASE_URL', 'REDIS_URL', 'WEIR_URL'].map((name) => process.env[name])),
    ...['WEIR_API_KEY', 'WEIR_ADMIN_KEY', 'SYSLOG_KEY', 'GELF_KEY', 'FORWARD_KEY'].flatMap(
      (name) => process.env[name]?.trim() || [],
    ),
  ]);

/** As Node would end, but without the properties of the error, which may hold a password. */
function endOnUncaught(): void {
  process.on('uncaughtException', (error) => {
    console.error(withoutSecrets(inspect(shownError(error))));
    process.exit(1);
  });
}

/** Prints one sentence to stderr, except after Ctrl-C or when the reader of a pipe has gone. */
async function fail(error: unknown): Promise<void> {
  if (isReaderGone(error)) return;
  const interrupted = error instanceof Error && error.name === 'AbortError';
  process.exitCode = interrupted ? INTERRUPTED : 1;
  if (process.env.WEIR_DEBUG) console.error(withoutSecrets(inspect(shownError(error))));
  else if (!interrupted) {
    console.error(`weir: ${withoutSecrets((await import('./cli/client/api.ts')).sentence(error))}`);
  }
}

async function main(): Promise<void> {
  outliveReaders();
  endOnUncaught();
  const stop = stopOnSignals();
  try {
    readDotEnv();
    // Libraries check more, and are slower, where it is not set: graphql by a third.
    process.env.NODE_ENV ??= 'production';
    await (await program(process.argv.slice(2), stop)).parseAsync();
  } catch (error) {
    await fail(error);
  }
  // A process that ends without this call takes its signal handlers away some 100 ms before it is gone. A repeated signal would
  // kill it in this time, and an orderly end would be reported as an interrupted one.
  if (stop.aborted) process.exit();
}

// Without a top-level await: `bin/weir.cjs` loads this module with `require`.
void main();
