import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import * as database from '../db/schema/migrate.ts';
import { sentence } from './client/api.ts';
import { examples } from './options.ts';
import { say } from './terminal/output.ts';

export const migrateCommand = (): Command =>
  new Command('migrate')
    .description(
      'Bring the database at LOGS_DATABASE_URL to the newest schema. `serve` does this automatically when it starts.',
    )
    .addHelpText('after', examples('LOGS_DATABASE_URL=postgres://weir@db.example.com/logs weir migrate'))
    .action(migrate);

async function migrate(): Promise<void> {
  const { logsDatabaseUrl } = loadConfig(process.env);
  if (logsDatabaseUrl === null) {
    say('LOGS_DATABASE_URL is not set. `weir serve` migrates the embedded database automatically when it starts.');
    return;
  }
  const { from, to } = await database.migrate(logsDatabaseUrl, (error) => say(`weir: ${sentence(error)}; retrying`));
  say(from === to ? `schema version ${to}: already the newest` : `schema version ${from} -> ${to}`);
}
